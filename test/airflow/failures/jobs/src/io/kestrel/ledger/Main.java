package io.kestrel.ledger;

import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Fails as programs on a JVM do: with a chain of exceptions, the cause at its end. */
public final class Main {
  static final class LedgerException extends RuntimeException {
    LedgerException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private static void hold(String noun) {
    List<long[]> pages = new ArrayList<>();
    for (int page = 1; ; page++) {
      pages.add(new long[500_000]);
      System.out.println("INFO ledger " + noun + ": page " + page + " held");
    }
  }

  private static void connect(String noun, int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      System.out.println("INFO ledger " + noun + ": connected to " + socket.getPort());
    } catch (Exception error) {
      throw new IllegalStateException("broker of " + noun + " is not available", error);
    }
  }

  private static void parse(String noun) {
    String[] fields = {"1", "2", "7,5"};
    long total = 0;
    for (String field : fields) total += Long.parseLong(field);
    System.out.println("INFO ledger " + noun + ": total " + total);
  }

  public static void main(String[] arguments) {
    String noun = arguments[0];
    System.out.println("INFO ledger " + noun + ": started");
    try {
      switch (arguments[1]) {
        case "heap" -> hold(noun);
        case "connect" -> connect(noun, Integer.parseInt(arguments[2]));
        default -> parse(noun);
      }
    } catch (RuntimeException error) {
      throw new LedgerException("ledger run of " + noun + " failed", error);
    }
  }
}
