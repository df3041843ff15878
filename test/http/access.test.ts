import { describe, expect, test } from 'vitest';
import type { AccessSettings, PasswordCheck } from '../../src/http/credentials.ts';
import { askApp, keptLog } from '../kit/http.ts';

const readToken = { name: 'grafana', token: 'read-token-0123456789', scopes: ['read' as const] };
const writeToken = { name: 'ci', token: 'write-token-0123456789', scopes: ['read' as const, 'write' as const] };
const tokens = [readToken, writeToken];
const users = new Map([['alice', 'hash of wonderland']]);
const wonderland: PasswordCheck = async (user, password, known) => known.get(user) === `hash of ${password}`;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

interface Asked {
  settings?: Partial<AccessSettings>;
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  peer?: string;
}

async function ask({ settings = {}, path = '/', method = 'GET', headers = {}, peer = '127.0.0.1' }: Asked): Promise<Response> {
  return askApp({ settings, checkPassword: wonderland }).ask(path, { method, headers, peer });
}
const status = async (asked: Asked): Promise<number> => (await ask(asked)).status;

describe('without tokens and users', () => {
  test.each(['/metrics', '/healthz', '/readyz'])('%s answers everyone', async (path) => {
    expect(
      await status({ path, peer: '203.0.113.7', headers: { host: 'windsock.example', origin: 'https://evil.example' } }),
    ).toBe(200);
  });

  test.each([
    ['127.0.0.1', 200],
    ['127.8.9.10', 200],
    ['::1', 200],
    ['::ffff:127.0.0.1', 200],
    ['10.0.0.1', 403],
    ['::ffff:10.0.0.1', 403],
    ['128.0.0.1', 403],
    ['fe80::1', 403],
    ['', 403],
    ['127.0.0.1.evil.example', 403],
  ])('a page asked for from %s answers %i', async (peer, expected) => {
    expect(await status({ peer })).toBe(expected);
  });

  test.each([
    ['localhost', 200],
    ['LocalHost:9112', 200],
    ['127.0.0.1:80', 200],
    ['[::1]:9112', 200],
    ['', 403],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['evil.example:9112', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost@evil.example', 403],
    ['evil.example#localhost', 403],
    ['localhost:9112:1', 403],
    ['localhost, evil.example', 403],
    ['0.0.0.0:9112', 403],
    ['[::]', 403],
  ])(
    'a page asked for by the name "%s" answers %i: a name bound anew to this machine gives itself away',
    async (host, expected) => {
      expect(await status({ headers: { host } })).toBe(expected);
    },
  );

  test.each([
    ['http://localhost:3000', 200],
    ['https://127.0.0.1', 200],
    ['http://[::1]:9112', 200],
    ['null', 403],
    ['https://evil.example', 403],
    ['http://localhost.evil.example', 403],
    ['http://localhost@evil.example', 403],
    ['file://localhost', 403],
  ])('a page of %s gets %i', async (origin, expected) => {
    expect(await status({ headers: { origin } })).toBe(expected);
    expect(await status({ path: '/-/reload', method: 'POST', headers: { origin } })).toBe(expected);
  });

  test.each([
    { 'x-forwarded-for': '127.0.0.1' },
    { forwarded: 'for=127.0.0.1;host=localhost' },
    { 'x-forwarded-host': 'localhost', 'x-real-ip': '127.0.0.1' },
  ])('forwarded headers open nothing: %o', async (headers) => {
    expect(await status({ peer: '10.0.0.1', headers })).toBe(403);
    expect(await status({ headers: { host: 'evil.example', ...headers } })).toBe(403);
  });

  test('credentials that were never set up open nothing', async () => {
    expect(await status({ peer: '10.0.0.1', headers: bearer(readToken.token) })).toBe(403);
    expect(await status({ peer: '10.0.0.1', headers: basic('', '') })).toBe(403);
  });

  test('the refusal says what to do, and does not tell which paths there are', async () => {
    const known = await ask({ path: '/-/reload', peer: '10.0.0.1' });
    const unknown = await ask({ path: '/nothing', peer: '10.0.0.1' });
    expect([known.status, unknown.status]).toEqual([403, 403]);
    expect(await known.json()).toMatchObject({ detail: expect.stringContaining('http.tokens') });
  });
});

describe('with tokens', () => {
  const settings = { tokens };

  test.each(['/metrics', '/healthz', '/readyz'])('%s still answers everyone', async (path) => {
    expect(await status({ settings, path, peer: '10.0.0.1', headers: { host: 'windsock.example' } })).toBe(200);
    expect(await status({ settings, path, peer: '10.0.0.1', headers: bearer('wrong') })).toBe(200);
  });

  test.each([
    ['no credentials', {}, 401],
    ['a read token', bearer(readToken.token), 200],
    ['a write token', bearer(writeToken.token), 200],
    ['a token with a letter more', bearer(`${readToken.token}x`), 401],
    ['a token with a letter less', bearer(readToken.token.slice(0, -1)), 401],
    ['a token in other case', bearer(readToken.token.toUpperCase()), 401],
    ["a token's name", bearer('grafana'), 401],
    ['an empty token', { authorization: 'Bearer ' }, 401],
    ['a scheme in other case', { authorization: `bearer ${readToken.token}` }, 200],
    ['no scheme', { authorization: readToken.token }, 401],
    ['another scheme', { authorization: `Digest ${readToken.token}` }, 401],
    ['a token as password, as a browser sends it', basic('anyone', readToken.token), 200],
    ['a token as user', basic(readToken.token, ''), 401],
    ['basic authentication that is no base64', { authorization: 'Basic %%%' }, 401],
  ])('reading with %s answers %i, from this machine and from elsewhere', async (_what, headers, expected) => {
    expect(await status({ settings, headers })).toBe(expected);
    expect(await status({ settings, headers: { host: 'windsock.example', ...headers }, peer: '203.0.113.7' })).toBe(expected);
  });

  test.each([
    ['no credentials', {}, 401],
    ['a read token', bearer(readToken.token), 403],
    ['a write token', bearer(writeToken.token), 200],
    ['a write token from a page of another site', { ...bearer(writeToken.token), origin: 'https://other.example' }, 200],
    ['a write token as password', basic('me', writeToken.token), 200],
    ['the same from our own page', { ...basic('me', writeToken.token), host: 'w.example', origin: 'https://w.example' }, 200],
    [
      'the same with the port said',
      { ...basic('me', writeToken.token), host: 'w.example:443', origin: 'https://w.example' },
      200,
    ],
    ['the same from another site', { ...basic('me', writeToken.token), host: 'w.example', origin: 'https://evil.example' }, 403],
    ['the same from another port', { ...basic('me', writeToken.token), host: 'w.example:1', origin: 'http://w.example:2' }, 403],
    ['the same from a sandbox', { ...basic('me', writeToken.token), origin: 'null' }, 403],
  ])('changing with %s answers %i', async (_what, headers, expected) => {
    expect(await status({ settings, path: '/-/reload', method: 'POST', headers })).toBe(expected);
  });

  test('a change is logged with who asked for it, and never with the token', async () => {
    const { logger, lines } = keptLog();
    const { ask: asked } = askApp({ settings, logger });
    await asked('/-/reload', { method: 'POST', headers: bearer(writeToken.token) });
    const line = JSON.parse(lines[0] ?? '{}') as Record<string, unknown>;
    expect(line).toMatchObject({ level: 'info', method: 'POST', path: '/-/reload', status: 200, by: 'ci' });
    expect(lines.join()).not.toContain(writeToken.token);
  });

  test('a refusal asks for a token, or for one as password', async () => {
    const response = await ask({ settings });
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="windsock", Basic realm="windsock", charset="UTF-8"');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('with users of a web config file', () => {
  const settings = { users };

  test.each(['/metrics', '/healthz', '/readyz', '/'])('%s is for users only', async (path) => {
    expect(await status({ settings, path })).toBe(401);
    expect(await status({ settings, path, headers: basic('alice', 'wrong') })).toBe(401);
    expect(await status({ settings, path, headers: basic('bob', 'wonderland') })).toBe(401);
    expect(await status({ settings, path, headers: basic('', '') })).toBe(401);
    expect(await status({ settings, path, headers: basic('alice', 'wonderland'), peer: '203.0.113.7' })).toBe(200);
  });

  test('a user may change things, but not from a page of another site', async () => {
    const change = { settings, path: '/-/reload', method: 'POST' };
    const headers = basic('alice', 'wonderland');
    expect(await status({ ...change, headers })).toBe(200);
    expect(await status({ ...change, headers: { ...headers, origin: 'https://evil.example' } })).toBe(403);
  });

  test('a token is as good as a user, within its scopes', async () => {
    const both = { users, tokens };
    expect(await status({ settings: both, path: '/metrics', headers: bearer(readToken.token) })).toBe(200);
    expect(await status({ settings: both, path: '/-/reload', method: 'POST', headers: bearer(readToken.token) })).toBe(403);
    expect(await status({ settings: both, path: '/metrics', headers: basic('alice', 'wonderland') })).toBe(200);
  });

  test('a password with colons and letters of any language is understood', async () => {
    const odd = new Map([['jürgen', 'hash of a:b:ç']]);
    expect(await status({ settings: { users: odd }, headers: basic('jürgen', 'a:b:ç') })).toBe(200);
  });

  test('too many checks at once are put off', async () => {
    const { ask: askBusy } = askApp({ settings, checkPassword: async () => 'busy' });
    const response = await askBusy('/metrics', { headers: basic('alice', 'x') });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1']);
  });

  test('who guesses is told to wait a minute', async () => {
    const { ask: askGuessed } = askApp({ settings, checkPassword: async () => 'guessed' });
    const response = await askGuessed('/', { headers: { ...basic('alice', 'x'), accept: 'text/html' } });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '60']);
    expect(await response.text()).toContain('try again in a minute');
  });
});
