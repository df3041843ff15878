import { connect, type Socket } from 'node:net';

/** What came back over a connection, as far as it came. */
export interface RawAnswer {
  /** Of the first answer; 0 when there was none. */
  status: number;
  head: string;
  body: string;
  /** Everything, byte by byte. */
  text: string;
}

/** A client that sends what it likes, and reads until it is closed. */
export interface RawClient {
  socket: Socket;
  /** What it got; resolves when the connection is closed, by whomever. */
  answer: Promise<RawAnswer>;
  isOpen(): boolean;
}

function answerOf(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0),
    head: text.slice(0, end),
    body: text.slice(end + 4),
    text,
  };
}

/** Connects from `localAddress`, and sends `start` as it is: clients of the platform would mend much of it. */
export function rawClient(port: number, start: string | Buffer, localAddress = '127.0.0.1'): RawClient {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  const chunks: Buffer[] = [];
  let open = true;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A server that has had enough may reset the connection: what came before counts.
  socket.on('error', () => {});
  const answer = new Promise<RawAnswer>((done) => {
    socket.on('close', () => {
      open = false;
      done(answerOf(Buffer.concat(chunks).toString('utf8')));
    });
  });
  socket.write(start);
  return { socket, answer, isOpen: () => open };
}

export interface RawRequest {
  headers?: readonly string[];
  body?: string | Buffer;
  host?: string;
}

/** One request as it is written, `GET /path` first, on a connection of its own; fails when no answer comes within 20 s. */
export async function rawRequest(port: number, start: string, given: RawRequest = {}): Promise<RawAnswer> {
  const { headers = [], body = '', host = `localhost:${port}` } = given;
  const head = [`${start} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n');
  const { socket, answer } = rawClient(port, Buffer.concat([Buffer.from(head), Buffer.from(body)]));
  const late = setTimeout(() => socket.destroy(), 20_000);
  const found = await answer;
  clearTimeout(late);
  if (found.text === '' && !start.startsWith('CONNECT')) throw new Error(`no answer to ${start.slice(0, 200)}`);
  return found;
}
