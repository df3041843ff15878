import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { httpConfig } from '../../../src/http/config.ts';
import { listen } from '../../../src/http/listen.ts';
import type { HttpSources } from '../../../src/http/sources.ts';
import { eventually } from '../../kit/eventually.ts';
import { keptLog, sourcesWith } from '../../kit/http.ts';
import { rawClient, rawRequest, type RawClient } from '../../kit/raw-http.ts';

type Limits = Parameters<typeof listen>[3];

/** A server that remembers every change that it was made to do. */
async function serve(limits: Limits = {}) {
  const changes: string[] = [];
  const base = sourcesWith();
  const reload: HttpSources['reload'] = async () => {
    changes.push('reload');
    return { ok: true, needsRestart: [] };
  };
  const act: HttpSources['incidents']['act'] = async (id) => {
    changes.push(`act on ${id}`);
    return base.incidents.act(id, { kind: 'acknowledge' }, 'nobody');
  };
  const sources = { ...base, reload, incidents: { ...base.incidents, act } };
  const server = await listen(sources, httpConfig.parse({ host: '127.0.0.1', port: 0 }), keptLog().logger, limits);
  return { ...server, changes, [Symbol.asyncDispose]: () => server.close() };
}

const kept = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe('what is no plain request changes nothing, and the answer is sound', () => {
  const chunked = 'Transfer-Encoding: chunked';
  const cases: [what: string, start: string, headers: string[], body: string, status: number[]][] = [
    ['another method in a header', 'GET /-/reload', ['X-HTTP-Method-Override: POST', 'X-Method-Override: POST'], '', [405]],
    ['another method in the query', 'GET /-/reload?_method=POST', [], '', [405]],
    ['GET with a body', 'GET /-/reload', ['Content-Length: 2', 'Content-Type: application/json'], '{}', [405]],
    ['TRACE, which would give headers back', 'TRACE /', ['Authorization: Bearer seen'], '', [405]],
    ['CONNECT', 'CONNECT evil.example:443', [], '', [0]],
    ['a method that nobody knows', 'PURGE /-/reload', [], '', [400, 405]],
    ['a method in small letters', 'post /-/reload', [], '', [400]],
    ['OPTIONS of everything', 'OPTIONS *', [], '', [400]],
    ['an upgrade to a WebSocket', 'GET /-/reload', ['Connection: Upgrade', 'Upgrade: websocket'], '', [405]],
    [
      'an upgrade to HTTP/2',
      'GET /-/reload',
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'],
      '',
      [405],
    ],
    ['an expectation that nobody has', 'POST /-/reload', ['Expect: the-spanish-inquisition', 'Content-Length: 0'], '', [417]],
    ['chunks whose size is no number', 'POST /-/reload', [chunked], 'zz\r\n\r\n', [400]],
    ['chunks of a size beyond all', 'POST /-/reload', [chunked], 'fffffffffffffffff\r\n', [400]],
    ['a coding that nobody knows', 'POST /-/reload', ['Transfer-Encoding: gzip'], 'x', [400]],
    [
      'a second request in the body of the first',
      'GET /nothing',
      ['Content-Length: 4', chunked],
      'POST /-/reload HTTP/1.1\r\n\r\n',
      [400],
    ],
    ['a blank before the colon', 'POST /-/reload', ['Content-Length : 4'], 'abcd', [400]],
    ['NUL in a header', 'POST /-/reload', ['X-A: a\0b'], '', [400]],
    ['a header folded over two lines', 'POST /-/reload', ['X-A: a\r\n b'], '', [400]],
    ['five hundred headers', 'POST /-/nothing', Array.from({ length: 500 }, (_, n) => `X-${n}: a`), '', [404, 431]],
  ];
  test.each(cases)('%s', async (_what, start, headers, body, statuses) => {
    await using server = await serve();
    const { status, text } = await rawRequest(server.port, start, { headers, body });
    expect(statuses).toContain(status);
    expect(text).not.toContain('seen');
    expect(server.changes).toEqual([]);
    expect((await rawRequest(server.port, 'GET /healthz')).status).toBe(200);
  });
});

test('a packed body is refused, and never unpacked: ten kilobytes could be ten megabytes', async () => {
  await using server = await serve();
  const body = gzipSync(Buffer.alloc(10 * 1024 * 1024, ' '));
  expect(body.length).toBeLessThan(20_000);
  for (const coding of ['gzip', 'GZIP', 'deflate', 'br', 'zstd', 'gzip, gzip', 'identity, gzip']) {
    const headers = [`Content-Encoding: ${coding}`, `Content-Length: ${body.length}`, 'Content-Type: application/json'];
    const answer = await rawRequest(server.port, 'POST /api/v1/metrics', { headers, body });
    expect([coding, answer.status]).toEqual([coding, 415]);
    expect(JSON.parse(answer.body)).toMatchObject({ detail: 'Send the body as it is, without Content-Encoding.' });
  }
  const plain = { headers: ['Content-Encoding: identity', 'Content-Length: 0'] };
  expect((await rawRequest(server.port, 'POST /-/reload', plain)).status).toBe(200);
});

test.each([
  ['a name that was bound anew to this machine', 'evil.example', []],
  ['our name and port at another domain', 'localhost.evil.example', []],
  ['a page of another site', undefined, ['Origin: https://evil.example']],
  ['a sandboxed page', undefined, ['Origin: null']],
  ['an address that only looks like ours', '127.0.0.1.evil.example', ['Origin: http://127.0.0.1.evil.example']],
  [
    'forwarded headers beside a foreign name',
    'evil.example',
    ['X-Forwarded-Host: localhost', 'Forwarded: host=localhost;for=127.0.0.1'],
  ],
] as const)('without tokens nothing at all is open to %s, and nothing is told of what there is', async (_whom, host, headers) => {
  await using server = await serve();
  const { paths } = JSON.parse((await rawRequest(server.port, 'GET /openapi.json')).body) as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const pages = [
    '',
    'incidents',
    'incidents/1',
    'dags',
    'dags/1',
    'slas',
    'errors',
    'errors/1',
    'status',
    'style.css',
    'openapi.json',
    'nothing',
  ];
  // Webhooks have secrets of their own.
  const webhooks = ['POST /api/v1/webhooks/alertmanager', 'POST /api/v1/webhooks/slack'];
  const open = ['GET /metrics', 'GET /healthz', 'GET /readyz', ...webhooks];
  const targets = [
    ...described.filter((each) => !open.includes(each)),
    ...pages.map((page) => `GET /${page}`),
    'POST /incidents/1/acknowledge',
  ];
  expect(targets.length).toBeGreaterThan(30);
  const refused = await Promise.all(
    targets.map(async (target) => {
      const { status, body } = await rawRequest(server.port, target.replaceAll(/[{}]/g, ''), {
        ...(host && { host }),
        headers: [...headers, 'Content-Length: 0'],
      });
      return [target, status, (JSON.parse(body) as { detail: string }).detail];
    }),
  );
  const detail = expect.stringMatching(/^Without tokens this is for requests from the machine itself/);
  expect(refused).toEqual(targets.map((target) => [target, 403, detail]));
  expect(server.changes).toEqual([]);
});

const last = (path: string) => kept(path).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');

test('requests sent at once over one connection are answered in their order, and a thousand of them not at all', async () => {
  await using server = await serve();
  const many = (count: number) =>
    Array.from({ length: count }, (_, n) => kept('/nothing').replace('\r\n\r\n', `\r\nX-Request-Id: n${n}\r\n\r\n`)).join('');
  const few = await rawClient(server.port, many(9) + last('/healthz')).answer;
  expect([...few.text.matchAll(/^x-request-id: n(\d+)/gim)].map(([, id]) => Number(id))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  const cut = await rawClient(server.port, many(1000)).answer;
  expect([...cut.text.matchAll(/^HTTP/gm)].length).toBeLessThan(20);
});

test('a connection may be used for as many requests as come one after the other', async () => {
  await using server = await serve();
  const client = rawClient(server.port, '');
  for (let asked = 0; asked < 50; asked += 1) {
    const before = client.socket.bytesRead;
    client.socket.write(kept('/healthz'));
    await eventually('it is answered', () => client.socket.bytesRead > before, { everyMs: 1 });
  }
  expect(client.isOpen()).toBe(true);
  client.socket.destroy();
});

describe('connections are limited, and the limit is no way to shut others out', () => {
  const isAnswered = async (client: RawClient) => {
    client.socket.write(last('/healthz'));
    return (await client.answer).status === 200;
  };

  test('who only keeps a connection makes room for who asks', async () => {
    await using server = await serve({ connectionsMax: 4 });
    const idle = Array.from({ length: 3 }, () => rawClient(server.port, kept('/healthz')));
    await eventually('they are answered', () => idle.every(({ socket }) => socket.bytesRead > 0));
    for (let scrape = 0; scrape < 5; scrape += 1) expect((await rawRequest(server.port, 'GET /metrics')).status).toBe(200);
    for (const client of idle) client.socket.destroy();
  });

  // Only Linux has all of 127.0.0.0/8 without being told.
  test.skipIf(process.platform !== 'linux')('who takes all that one address may have leaves the rest to others', async () => {
    await using server = await serve({ connectionsMax: 10, connectionsOfPeerMax: 5 });
    const greedy = Array.from({ length: 20 }, () => rawClient(server.port, 'GET /metrics HTTP/1.1\r\nX-A: '));
    await eventually('what is too much is closed', () => greedy.filter((each) => each.isOpen()).length === 5);
    expect(await isAnswered(rawClient(server.port, '', '127.0.0.2'))).toBe(true);
    expect(await isAnswered(rawClient(server.port, ''))).toBe(false);
    for (const client of greedy) client.socket.destroy();
    await eventually('there is room again', () => isAnswered(rawClient(server.port, '')));
  });
});
