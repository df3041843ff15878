import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, expect, test } from 'vitest';
import { readWebConfig, type WebConfig } from '../../src/http/web-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'windsock-web-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'web.yml');

async function read(text: string): Promise<{ config: WebConfig } | { message: string }> {
  writeFileSync(file, text);
  const { result } = await readWebConfig(file);
  if (result.ok) return { config: result.config };
  expect(result.message.startsWith(`http.web_config_file ${file}: `)).toBe(true);
  return { message: result.message.slice(`http.web_config_file ${file}: `.length) };
}

const hash = hashSync('secret', 4);

test.each(['', '{}', '# nothing yet\n', 'http_server_config: {http2: false}\n'])('%o changes nothing', async (text) => {
  expect(await read(text)).toEqual({ config: { tls: null, headers: {}, users: new Map() } });
});

test('users and headers are taken, and a blank header is unset', async () => {
  const text = `
http_server_config:
  headers:
    Strict-Transport-Security: max-age=31536000
    X-Frame-Options: ""
basic_auth_users:
  alice: ${hash}
  bob: ${hash.replace('$2b$', '$2y$')}
`;
  expect(await read(text)).toEqual({
    config: {
      tls: null,
      headers: { 'Strict-Transport-Security': 'max-age=31536000' },
      users: new Map([
        ['alice', hash],
        ['bob', hash.replace('$2b$', '$2y$')],
      ]),
    },
  });
});

const tls = 'cert_file: a.crt, key_file: a.key';

test.each([
  ['tls_server: {}', 'tls_server: is no setting of a web config file'],
  ['tls_server_config: {cert_fil: a.crt, key: x, cert: y}', 'tls_server_config.cert_fil: is no setting of a web config file'],
  ['http_server_config: {headers: {Server: x}}', 'http_server_config.headers.Server: is no setting of a web config file'],
  ['- a list', 'must hold keys and values'],
  ['a: [', 'line 1: is no YAML (BAD_INDENT)'],
  ['basic_auth_users: {}\nbasic_auth_users: {}', 'line 2: is no YAML (DUPLICATE_KEY)'],
  ['rate_limit: {interval: 1s, burst: 20}', 'rate_limit: is not supported by Windsock; leave it out'],
  [
    'http_server_config: {http2: true}',
    'http_server_config.http2: cannot be true: Windsock speaks HTTP/1.1, over TLS too; leave it out or set it to false',
  ],
  [
    'http_server_config: {headers: {X-Frame-Options: maybe}}',
    'http_server_config.headers.X-Frame-Options: must be deny or sameorigin',
  ],
  [
    'http_server_config: {headers: {X-Content-Type-Options: sniff}}',
    'http_server_config.headers.X-Content-Type-Options: must be nosniff',
  ],
  [
    'http_server_config: {headers: {Content-Security-Policy: "a\\r\\nSet-Cookie: b"}}',
    'http_server_config.headers.Content-Security-Policy: must be one line of printable ASCII',
  ],
  [
    'basic_auth_users: {alice: secret}',
    "basic_auth_users.alice: is no bcrypt hash; make one with: htpasswd -nBC 10 '' | tr -d ':\\n'",
  ],
  ['basic_auth_users: {alice: 1}', 'basic_auth_users.alice: is no bcrypt hash'],
  [`basic_auth_users: {"a:b": "${hash}"}`, 'basic_auth_users.a:b: must not be empty nor hold a colon'],
  [
    `basic_auth_users: {alice: "${hash.replace('$04$', '$17$')}"}`,
    'basic_auth_users.alice: has a cost of 17, which takes too long to check; 10 to 14 is usual, 16 the most',
  ],
  [
    'tls_server_config: {}',
    'tls_server_config.cert_file: is missing: TLS needs a certificate; tls_server_config.key_file: is missing: TLS needs the key of its certificate',
  ],
  ['tls_server_config: {cert_file: a.crt}', 'tls_server_config.key_file: is missing: TLS needs the key of its certificate'],
  [`tls_server_config: {${tls}, cert: x}`, 'tls_server_config.cert: is set and so is cert_file; keep one'],
  [
    `tls_server_config: {${tls}, min_version: TLS11}`,
    'tls_server_config.min_version: is too old to be safe; write TLS12 or TLS13',
  ],
  [`tls_server_config: {${tls}, max_version: "1.2"}`, 'tls_server_config.max_version: is no TLS version; write TLS12 or TLS13'],
  [
    `tls_server_config: {${tls}, min_version: TLS13, max_version: TLS12}`,
    'tls_server_config.max_version: is lower than min_version',
  ],
  [
    `tls_server_config: {${tls}, curve_preferences: [CurveP999]}`,
    'tls_server_config.curve_preferences.0: is none of CurveP256, CurveP384, CurveP521, X25519',
  ],
  [
    `tls_server_config: {${tls}, client_auth_type: Sometimes}`,
    'tls_server_config.client_auth_type: is none of NoClientCert, RequestClientCert, RequireClientCert, RequireAnyClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert',
  ],
  [
    `tls_server_config: {${tls}, client_auth_type: RequireAndVerifyClientCert}`,
    'tls_server_config.client_ca_file: is missing: RequireAndVerifyClientCert needs the CA of the clients',
  ],
  [
    `tls_server_config: {${tls}, client_ca_file: ca.crt}`,
    'tls_server_config.client_auth_type: is not set to verify clients, so their CA would mean nothing; write RequireAndVerifyClientCert',
  ],
  [
    `tls_server_config: {${tls}, client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.crt, client_allowed_sans: [a]}`,
    'tls_server_config.client_allowed_sans: means nothing unless client_auth_type requires a certificate',
  ],
  [
    `tls_server_config: {${tls}}`,
    `tls_server_config.cert_file: there is no ${join(folder, 'a.crt')}; tls_server_config.key_file: there is no ${join(folder, 'a.key')}`,
  ],
  [
    'tls_server_config: {cert: no certificate, key: no key}',
    expect.stringMatching(
      /^tls_server_config\.cert: is no PEM certificate \(.+\); tls_server_config\.key: is no PEM key \(.+\)$/,
    ),
  ],
])('%s is refused with its path', async (text, message) => {
  expect(await read(text)).toEqual({ message });
});

test('several faults are told at once, and none holds a hash or a key', async () => {
  const answer = await read(`
tls_server_config: {cert: ${'c'.repeat(30)}, key: ${'k'.repeat(30)}, min_version: TLS10}
basic_auth_users: {alice: hunter2hunter2, bob: "$2y$99$nonsense"}
`);
  expect(answer).toEqual({ message: expect.stringMatching(/min_version.*alice.*bob/) });
  expect(JSON.stringify(answer)).not.toMatch(/c{30}|k{30}|hunter2|nonsense/);
});

test('a file that is not there, or is a folder, is told as such', async () => {
  expect((await readWebConfig(join(folder, 'none.yml'))).result).toMatchObject({
    ok: false,
    message: expect.stringContaining('there is no'),
  });
  expect((await readWebConfig(folder)).result).toMatchObject({
    ok: false,
    message: expect.stringContaining('cannot be read (EISDIR)'),
  });
});
