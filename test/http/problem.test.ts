import { expect, test } from 'vitest';
import { AppError, type ErrorCode } from '../../src/lib/errors.ts';
import { askApp, keptLog, sourcesWith } from '../kit/http.ts';

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ type: 'about:blank', status: response.status, request_id: response.headers.get('x-request-id') });
  return body;
}

test('an unknown path is a problem 404', async () => {
  const response = await askApp().ask('/nothing');
  expect(response.status).toBe(404);
  expect(await problemOf(response)).toMatchObject({ title: 'Not Found' });
});

test.each([
  ['POST', '/metrics', 'GET, HEAD'],
  ['DELETE', '/', 'GET, HEAD'],
  ['GET', '/-/reload', 'POST'],
  ['HEAD', '/-/reload', 'POST'],
  ['OPTIONS', '/healthz', 'GET, HEAD'],
  ['PROPFIND', '/readyz', 'GET, HEAD'],
])('%s %s is a problem 405 that allows %s', async (method, path, allow) => {
  const response = await askApp().ask(path, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe(allow);
  if (method !== 'HEAD') expect(await problemOf(response)).toMatchObject({ detail: `Only ${allow} can be used here.` });
});

test('a parameter that a list does not know is refused by name: a misspelt filter would show everything', async () => {
  const { ask } = askApp();
  const { paths } = (await (await ask('/openapi.json')).json()) as {
    paths: Record<string, { get?: { parameters?: { in: string }[] } }>;
  };
  const lists = Object.entries(paths).flatMap(([path, { get }]) =>
    get?.parameters?.some((parameter) => parameter.in === 'query') === true ? [path.replace('{kind}', 'daily')] : [],
  );
  expect(lists.length).toBeGreaterThan(7);
  for (const path of lists) {
    const response = await ask(`${path}?sate=open&ownr=ada`);
    expect([path, response.status]).toEqual([path, 400]);
    const { detail } = await problemOf(response);
    expect(detail).toMatch(/^sate: is not known here; .*; ownr: is not known here/);
  }
});

test('a member that a body does not know is refused by its path', async () => {
  const response = await askApp().ask('/api/v1/metrics', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([
      { name: 'rows', value: 1 },
      { name: 'rows', value: 1, valeu: 2 },
    ]),
  });
  expect(response.status).toBe(400);
  expect(await problemOf(response)).toMatchObject({ detail: '1.valeu: is not known here; /openapi.json lists what is' });
});

test('a fault of ours is a problem 500 that shows nothing, and is logged under the request id', async () => {
  const { logger, lines } = keptLog();
  const sources = sourcesWith({
    status: () => {
      throw new TypeError('inner workings');
    },
  });
  const response = await askApp({ sources, logger }).ask('/', { headers: { 'x-request-id': 'abc-123' } });
  expect(response.status).toBe(500);
  expect(JSON.stringify(await problemOf(response))).not.toContain('inner');
  const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ level }) => level === 'error');
  expect(logged).toEqual([expect.objectContaining({ request_id: 'abc-123', path: '/', method: 'GET' })]);
  expect(JSON.stringify(logged)).toContain('inner workings');
});

test.each<[ErrorCode, number]>([
  ['INVALID', 400],
  ['DENIED', 403],
  ['NOT_FOUND', 404],
  ['CONFLICT', 409],
  ['CONFIG', 422],
  ['UNSUPPORTED', 501],
  ['UNAVAILABLE', 503],
])('an error %s is a problem %i with its message on one line', async (code, status) => {
  const sources = sourcesWith({ reload: () => Promise.reject(new AppError(code, 'what happened\n  and what to do')) });
  const response = await askApp({ sources }).ask('/-/reload', { method: 'POST' });
  expect(response.status).toBe(status);
  expect(await problemOf(response)).toMatchObject({ detail: 'what happened and what to do' });
});

test.each([
  ['one of letters, digits and dashes is kept', 'req-1_A=', true],
  ['one of 255 characters is kept', 'a'.repeat(255), true],
  ['a longer one is replaced', 'a'.repeat(256), false],
  ['one that holds markup is replaced', '<script>', false],
  ['one that holds a blank is replaced', 'a b', false],
])('the request id of a client: %s', async (_what, id, kept) => {
  const given = (await askApp().ask('/healthz', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
  if (kept) expect(given).toBe(id);
  else expect(given).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  [1024 * 1024, 200],
  [1024 * 1024 + 1, 413],
])('a body of %i bytes is answered %i, with its length said or not', async (bytes, status) => {
  let reloads = 0;
  const sources = sourcesWith({
    reload: async () => {
      reloads += 1;
      return { ok: true, needsRestart: [] };
    },
  });
  const { ask } = askApp({ sources });
  const body = 'x'.repeat(bytes);
  const said = await ask('/-/reload', { method: 'POST', body, headers: { 'content-length': String(bytes) } });
  const unsaid = await ask('/-/reload', { method: 'POST', body, headers: { 'transfer-encoding': 'chunked' } });
  expect([said.status, unsaid.status]).toEqual([status, status]);
  expect(reloads).toBe(status === 200 ? 2 : 0);
});

test('every answer carries the safe headers, and those of the web config file win', async () => {
  const settings = { headers: { 'X-Frame-Options': 'sameorigin', 'Content-Security-Policy': "default-src 'self'" } };
  for (const path of ['/', '/metrics', '/nothing', '/healthz']) {
    const ours = await askApp().ask(path);
    expect(ours.headers.get('x-content-type-options')).toBe('nosniff');
    expect(ours.headers.get('x-frame-options')).toBe('DENY');
    expect(ours.headers.get('cache-control')).toBe('no-store');
    const theirs = await askApp({ settings }).ask(path);
    expect(theirs.headers.get('x-frame-options')).toBe('sameorigin');
    expect(theirs.headers.get('content-security-policy')).toBe("default-src 'self'");
  }
});

test('/openapi.json describes what is served', async () => {
  const response = await askApp().ask('/openapi.json');
  expect(response.headers.get('content-type')).toBe('application/json');
  const document = (await response.json()) as { openapi: string; info: { version: string }; paths: Record<string, object> };
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
  const operation = Object.entries(document.paths).filter(([path]) => !path.startsWith('/api/'));
  const described = operation.map(([path, methods]) => [path, Object.keys(methods)]);
  expect(Object.fromEntries(described)).toEqual({
    '/metrics': ['get'],
    '/healthz': ['get'],
    '/readyz': ['get'],
    '/-/reload': ['post'],
  });
});

test('a message that shows a secret is a problem without it', async () => {
  const failing = () =>
    Promise.reject(new AppError('UNAVAILABLE', 'postgresql://windsock:tr0ub4dor-3@db/airflow does not answer'));
  const response = await askApp({ sources: sourcesWith({ reload: failing }) }).ask('/-/reload', { method: 'POST' });
  const { detail } = await problemOf(response);
  expect(detail).toContain('does not answer');
  expect(detail).not.toContain('tr0ub4dor-3');
});
