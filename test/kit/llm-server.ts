import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a client sent. */
export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Waits before it answers; Infinity never does. */
  afterMs?: number;
  /** Sends the body, and then breaks the connection instead of ending it. */
  breaks?: boolean;
}

export interface LlmServer extends AsyncDisposable {
  url: string;
  received: Received[];
  /** Connections that are open and wait for an answer. */
  waiting: () => number;
}

/** A server on loopback that answers each request by `reply`, which sees how many came before. */
export async function startLlmServer(reply: (received: Received, before: number) => Reply): Promise<LlmServer> {
  const received: Received[] = [];
  let waiting = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body: unknown = text === '' ? {} : JSON.parse(text);
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: { ...(body as object) },
      };
      const answer = reply(one, received.length);
      received.push(one);
      waiting += 1;
      response.on('close', () => (waiting -= 1));
      const { afterMs = 0 } = answer;
      if (afterMs === 0) send(response, answer);
      else if (Number.isFinite(afterMs)) setTimeout(() => send(response, answer), afterMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    waiting: () => waiting,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '', breaks = false }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  if (breaks) response.write(body, () => response.destroy());
  else response.end(body);
}
