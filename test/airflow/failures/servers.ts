// The other side of what fails: partners' services on loopback that answer badly, or not at all.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';

const bodies: Record<number, string> = {
  401: '{"error": "invalid_token", "error_description": "token expired at 2025-01-01T01:58:12Z"}',
  403: '{"error": "forbidden", "required_scope": "exports.read"}',
  429: '{"error": "too_many_requests", "limit": 100, "window": "60 s"}',
  500: '{"error": "internal", "request": "b7e1"}',
  503: 'upstream connect error or disconnect/reset before headers',
};

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '';
  const said = request.headers['x-answer'];
  const body = typeof said === 'string' && said !== '' ? Buffer.from(said, 'base64').toString() : undefined;
  const status = Number(/\/status\/(\d{3})/.exec(path)?.[1] ?? 200);
  if (path.endsWith('/slow')) return;
  if (path.endsWith('/reset')) {
    request.socket.resetAndDestroy();
    return;
  }
  if (path.endsWith('/truncated')) {
    response.writeHead(200, { 'content-type': 'text/csv', 'content-length': '9000' });
    response.write('id,amount\n1,2\n', () => setTimeout(() => request.socket.destroy(), 200));
    return;
  }
  if (path.endsWith('/html')) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end('<!doctype html><title>Please log in</title><p>Your session has ended.</p>');
    return;
  }
  const headers = { 'content-type': 'application/json', ...(status === 429 ? { 'retry-after': '60' } : {}) };
  response.writeHead(status, STATUS_CODES[status], headers);
  response.end(body ?? bodies[status] ?? '{"rows": 1417}');
}

/** Mail is taken from nobody: credentials are refused. */
const mail = createTcpServer((socket) => {
  socket.on('error', () => undefined);
  socket.write('220 mail.internal ESMTP\r\n');
  socket.on('data', (data) => {
    const command = data.toString().slice(0, 4).toUpperCase();
    if (command === 'EHLO') socket.write('250-mail.internal\r\n250 AUTH PLAIN LOGIN\r\n');
    else if (command === 'QUIT') socket.end('221 bye\r\n');
    else socket.write('535 5.7.8 Error: authentication failed: bad credentials\r\n');
  });
});

/** Quotes are streamed to who asks for `ok`; everyone else is cut off. */
const quotes = createTcpServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('data', (data) => {
    if (data.toString().includes(' ok')) socket.end('BID 1.0\r\n'.repeat(20));
    else socket.resetAndDestroy();
  });
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export type Servers = { http: number; tls: number; mail: number; quotes: number; gone: number; ca: string; stop: () => void };

/** Starts them all; `gone` is a port on which nobody listens. `ca` is the certificate of the TLS server, for another host. */
export async function startServers(folder: string): Promise<Servers> {
  const [key, ca] = [join(folder, 'partner.key'), join(folder, 'partner.pem')];
  const subject = ['-subj', '/CN=api.partner.internal', '-addext', 'subjectAltName=DNS:api.partner.internal'];
  const paths = ['-keyout', key, '-out', ca];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', ...subject, ...paths], {
    stdio: 'ignore',
  });
  const http = createServer(answer);
  const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(ca) }, answer);
  const unused = createTcpServer();
  const gone = await listen(unused);
  unused.close();
  const all = [http, tls, mail, quotes];
  const ports = {
    http: await listen(http),
    tls: await listen(tls),
    mail: await listen(mail),
    quotes: await listen(quotes),
    gone,
  };
  const stop = (): void => {
    http.closeAllConnections();
    tls.closeAllConnections();
    for (const server of all) server.close();
  };
  return { ...ports, ca, stop };
}
