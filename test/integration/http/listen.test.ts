import { connect, createServer, type Socket } from 'node:net';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { httpConfig } from '../../../src/http/config.ts';
import { listen } from '../../../src/http/listen.ts';
import { createHttpServer, usualLimits } from '../../../src/http/server.ts';
import type { HttpSources } from '../../../src/http/sources.ts';
import { eventually } from '../../kit/eventually.ts';
import { parseExposition } from '../../kit/parse-exposition.ts';
import { keptLog, sourcesWith } from '../../kit/http.ts';

type Limits = Parameters<typeof listen>[3];

async function serve(given: { sources?: HttpSources; limits?: Limits; host?: string } = {}) {
  const { sources = sourcesWith(), limits = {}, host = '127.0.0.1' } = given;
  const { logger, lines } = keptLog();
  const server = await listen(sources, httpConfig.parse({ host, port: 0 }), logger, limits);
  return { ...server, lines, [Symbol.asyncDispose]: () => server.close() };
}

/** Sends bytes as they are and collects what comes back until the connection is closed. */
function raw(port: number, text: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  const answer = new Promise<string>((done) => {
    socket.on('close', () => done(Buffer.concat(chunks).toString('latin1')));
  });
  socket.write(text);
  return { socket, answer };
}

const get = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: localhost', ...headers, 'Connection: close', '', ''].join('\r\n');

const problemIn = (answer: string): unknown => {
  expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
};

test('over a real socket the headers are exact, plain and compressed, and HEAD has no body', async () => {
  await using server = await serve();
  const plain = await raw(server.port, get('/metrics')).answer;
  expect(plain).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(plain).toContain('\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n');
  const body = plain.slice(plain.indexOf('\r\n\r\n') + 4);
  expect(Number(/content-length: (\d+)/.exec(plain)?.[1])).toBe(body.length);
  expect(parseExposition(body).samples).toHaveLength(2);
  const zipped = await raw(server.port, get('/metrics', 'Accept-Encoding: gzip')).answer;
  expect(zipped).toContain('\r\ncontent-encoding: gzip\r\n');
  expect(gunzipSync(Buffer.from(zipped.slice(zipped.indexOf('\r\n\r\n') + 4), 'latin1')).toString()).toBe(body);
  const head = await raw(server.port, get('/metrics').replace('GET', 'HEAD')).answer;
  expect(head).toContain(`\r\ncontent-length: ${body.length}\r\n`);
  expect(head.endsWith('\r\n\r\n')).toBe(true);
});

test('the peer is taken from the connection, and Host and Origin from the headers', async () => {
  await using server = await serve();
  expect(await raw(server.port, get('/')).answer).toMatch(/^HTTP\/1\.1 200 /);
  const rebound = await raw(server.port, get('/').replace('localhost', 'evil.example')).answer;
  expect(rebound).toMatch(/^HTTP\/1\.1 403 /);
  expect(problemIn(rebound)).toMatchObject({ status: 403 });
  expect(await raw(server.port, get('/', 'Origin: http://evil.example')).answer).toMatch(/^HTTP\/1\.1 403 /);
  expect(await raw(server.port, get('/', 'Host: evil.example')).answer).toMatch(/^HTTP\/1\.1 (400|403) /);
  expect(await raw(server.port, get('http://localhost/').replace('Host: localhost', 'Host: evil.example')).answer).toMatch(
    /^HTTP\/1\.1 403 /,
  );
});

test.each([
  ['no HTTP at all', 'hello\r\n\r\n', 400],
  ['a header broken by a line feed', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\nInjected\r\n\r\n', 400],
  ['a path that is no URL', get('/%').replace('/%', '\\..\\'), 400],
  ['two lengths', 'POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
  [
    'a length and chunks, as for smuggling',
    'POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['a header of 17 kB', get('/metrics', `X-Long: ${'a'.repeat(17_000)}`), 431],
])('%s is refused as a problem and closed', async (_what, text, status) => {
  await using server = await serve();
  const answer = await raw(server.port, text).answer;
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(problemIn(answer)).toMatchObject({ status });
  expect(await raw(server.port, get('/healthz')).answer).toMatch(/^HTTP\/1\.1 200 /);
});

test('Host may be missing in HTTP/1.0 only, for probes, and opens no page', async () => {
  await using server = await serve();
  expect(await raw(server.port, 'GET /healthz HTTP/1.1\r\n\r\n').answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(server.port, 'GET /healthz HTTP/1.0\r\n\r\n').answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(await raw(server.port, 'GET / HTTP/1.0\r\n\r\n').answer).toMatch(/^HTTP\/1\.1 403 /);
});

test('a header of 15 kB is fine', async () => {
  await using server = await serve();
  expect(await raw(server.port, get('/healthz', `X-Long: ${'a'.repeat(15_000)}`)).answer).toMatch(/^HTTP\/1\.1 200 /);
});

test('what a client sends as its request id cannot make headers', async () => {
  await using server = await serve();
  const answer = await raw(server.port, get('/nothing%0d%0aX-Evil:1', 'X-Request-Id: a%0d%0aX-Evil: 1')).answer;
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).not.toMatch(/^x-evil/im);
});

test('a body of 10 MB is refused before it is read, with its length said or not', async () => {
  await using server = await serve();
  const head = 'POST /-/reload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n';
  const size = 10 * 1024 * 1024;
  const said = raw(server.port, `${head}Content-Length: ${size}\r\n\r\n`);
  expect(await said.answer).toMatch(/^HTTP\/1\.1 413 /);
  const unsaid = raw(server.port, `${head}Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n`);
  unsaid.socket.write(Buffer.alloc(size));
  expect(await unsaid.answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(await raw(server.port, get('/healthz')).answer).toMatch(/^HTTP\/1\.1 200 /);
});

test.each([
  ['its header', 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n', { headersTimeout: 300, requestTimeout: 60_000 }],
  [
    'its body',
    'POST /-/reload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
    { headersTimeout: 300, requestTimeout: 600 },
  ],
])('a client that does not end %s in time is told so and closed, however often it drips', async (_what, start, limits) => {
  await using server = await serve({ limits: { ...limits, connectionsCheckingInterval: 50 } });
  const slow = raw(server.port, start);
  const drip = setInterval(() => slow.socket.write(start.startsWith('GET') ? 'X-A: b\r\n' : '1\r\na\r\n'), 100);
  const answer = await slow.answer;
  clearInterval(drip);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(problemIn(answer)).toMatchObject({ status: 408, title: 'Request Timeout' });
});

test('a client that says nothing at all is closed', async () => {
  await using server = await serve({ limits: { headersTimeout: 300, connectionsCheckingInterval: 50 } });
  expect(await raw(server.port, '').answer).toMatch(/^(HTTP\/1\.1 408 [^]*)?$/);
});

test('a client that asks for much and takes nothing is closed', async () => {
  const much = new Uint8Array(64 * 1024 * 1024);
  const { server, close } = createHttpServer(() => new Response(much), { ...usualLimits, silentTimeout: 300 });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const open = () => promisify(server.getConnections.bind(server))();
  const address = server.address();
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write(get('/metrics'));
  await eventually('it is connected', async () => (await open()) === 1);
  await eventually('it is closed', async () => (await open()) === 0);
  socket.destroy();
  await close();
});

/** One request over a kept connection; its body is read. */
const askKept = (agent: Agent, url: string): Promise<IncomingMessage> =>
  new Promise((done, fail) => {
    httpRequest(url, { agent }, (response) => {
      response.on('data', () => {});
      response.on('end', () => done(response));
    })
      .on('error', fail)
      .end();
  });

test('closing ends idle connections at once', async () => {
  let tookMs = Number.POSITIVE_INFINITY;
  // The quickest of three: a machine that is busy with other tests may stand still for a while.
  for (let time = 0; time < 3; time += 1) {
    const server = await serve();
    const agent = new Agent({ keepAlive: true });
    expect((await askKept(agent, `${server.url}/metrics`)).statusCode).toBe(200);
    const began = performance.now();
    await server.close();
    tookMs = Math.min(tookMs, performance.now() - began);
    await expect(askKept(agent, `${server.url}/metrics`)).rejects.toThrow();
  }
  expect(tookMs).toBeLessThan(800);
});

test('closing lets a request under way end, and not one that takes too long', async () => {
  /** Sources that say when they were asked, and answer when they are told to. */
  const held = () => {
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const sources = sourcesWith({
      selfFamilies: async () => {
        asked.resolve();
        await answer.promise;
        return [];
      },
    });
    return { sources, asked: asked.promise, answer: answer.resolve };
  };
  const brief = held();
  const patient = await serve({ sources: brief.sources });
  const answered = raw(patient.port, get('/metrics').replace('Connection: close\r\n', ''));
  await brief.asked;
  const closing = patient.close();
  brief.answer();
  await closing;
  expect(await answered.answer).toMatch(/^HTTP\/1\.1 200 [^]*airflow_up 1/);

  const endless = held();
  const server = await serve({ sources: endless.sources });
  const cut = raw(server.port, get('/metrics'));
  await endless.asked;
  const began = performance.now();
  await server.close();
  expect(await cut.answer).toBe('');
  expect(performance.now() - began).toBeGreaterThan(900);
});

test('a port in use is one clear line', async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(listen(sourcesWith(), httpConfig.parse({ host: '127.0.0.1', port }), keptLog().logger)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: `port ${port} is in use on 127.0.0.1; end what listens there, or set another http.port (--port; 0 takes a free one)`,
  });
  await new Promise((done) => other.close(done));
});

test.each(['203.0.113.1', 'no-such-host.invalid'])('the host %s, which is not ours, is one clear line', async (host) => {
  await expect(listen(sourcesWith(), httpConfig.parse({ host, port: 0 }), keptLog().logger)).rejects.toMatchObject({
    code: 'CONFIG',
    message: `http.host ${host} is no address of this machine; 0.0.0.0 stands for all of them`,
  });
});

test.each([
  ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
  ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+$/],
  ['localhost', /^http:\/\/localhost:\d+$/],
])('listening on %s prints a URL that works here', async (host, url) => {
  await using server = await serve({ host });
  expect(server.url).toMatch(url);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

test('new tokens are in force without a restart, and closed connections stay the only loss', async () => {
  await using server = await serve();
  const page = (headers: Record<string, string> = {}) => fetch(`${server.url}/`, { headers }).then(({ status }) => status);
  expect(await page()).toBe(200);
  const tokens = [{ name: 'ci', token: 'a-token-of-sixteen', scopes: ['read'] }];
  await server.reconfigure(httpConfig.parse({ host: '127.0.0.1', port: 0, tokens }));
  expect([await page(), await page({ authorization: 'Bearer a-token-of-sixteen' })]).toEqual([401, 200]);
  await expect(server.reconfigure(httpConfig.parse({ web_config_file: '/nowhere/web.yml' }))).rejects.toMatchObject({
    code: 'CONFIG',
    message: 'http.web_config_file /nowhere/web.yml: there is no /nowhere/web.yml',
  });
  expect(await page({ authorization: 'Bearer a-token-of-sixteen' })).toBe(200);
});
