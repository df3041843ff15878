import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { namesSecret } from '../../src/redact/secret-names.ts';
import { redact, redactedJson } from '../../src/redact/redact.ts';
import { cpuMs } from '../kit/cpu.ts';

// Put together at run time, so that no file holds what looks like a secret.
const secret = ['hunter', '2', 'X'.repeat(36)].join('');
const upper = 'ABCDEFGHIJKLMNOP';
const base64 = Buffer.from(`windsock:${secret}`).toString('base64');
const jwt = [{ alg: 'none' }, { sub: secret }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');

/** A text, and what must not be in it afterwards (the secret, unless said otherwise). */
const texts: readonly (readonly [text: string, canary?: string])[] = [
  // URLs
  [`postgres://u:${secret}@db/x`],
  [`redis://:${secret}@cache:6379/0`],
  [`could not connect to postgresql+psycopg2://airflow:${secret}@db:5432/airflow?sslmode=require (timeout)`],
  [`postgres://u:a/b${secret}@db/x`],
  [`postgres://u:a@b${secret}@db/x`],
  [`postgres://u:${secret.repeat(100)}@db/x`],
  [`a://b:${secret}@c,d://e:${secret}@f`],
  // Names and values
  [`password=${secret} host=db`],
  [`password = '${secret}'`],
  [`PGPASSWORD=${secret}`],
  [`AWS_SECRET_ACCESS_KEY: ${secret}`],
  [`AccountName=a;AccountKey=${secret};EndpointSuffix=b`],
  [`{"api_key": "${secret}"}`],
  [`{"api_key": "a\\"${secret}"}`],
  [`"{\\"password\\": \\"${secret}\\", \\"host\\": \\"db\\"}"`],
  [`{'secret': '${secret}'}`],
  [`:secret => "${secret}"`],
  [`secret key: ${secret}`],
  [`connect(host='db', passwd='${secret}')`],
  [`conn = connect(token=${secret}, timeout=5)`],
  [`password="${secret}`],
  [`password=a;(b)&c{${secret}}`],
  [`?X-Amz-Signature=${secret}&x=1`],
  [`Set-Cookie: session=${secret}; Path=/`],
  [`mysql --password ${secret} -h db`],
  [`tool --api-key '${secret}'`],
  // By their looks
  [`Authorization: Basic ${base64}`, base64],
  [`sent bearer ${secret}`],
  [`basic ${base64}`, base64],
  [`got ${jwt}.c2ln`, jwt],
  [['gh', `p_${secret}`].join('')],
  [['xox', `b-1234-${secret}`].join('')],
  [['sk', `-ant-${secret}`].join('')],
  [['AK', `IA${upper}`].join(''), upper],
  [['https://hooks.slack', `.com/services/T000/B000/${secret}`].join('')],
  [['https://discord', `.com/api/webhooks/123/${secret}`].join('')],
  [['-----BEGIN RSA PRIVATE', `KEY-----\n${secret}\n`].join(' ')],
  [['-----BEGIN PRIVATE', `KEY-----\n${secret}\n-----END PRIVATE KEY-----\nrest`].join(' ')],
  [['-----BEGIN PGP PRIVATE', `KEY BLOCK-----\n${secret}`].join(' ')],
];

describe('what is taken out', () => {
  test.each(texts.map(([text, canary = secret]) => [text, canary] as const))(
    'case %#: the secret is gone, and taking it out twice changes nothing',
    (text, canary) => {
      expect(text).toContain(canary);
      const once = redact(text);
      expect(once).not.toContain(canary);
      expect(once).toContain('[redacted]');
      expect(redact(once)).toBe(once);
    },
  );

  test('what stands around a secret stays', () => {
    expect(redact(`failed: postgresql://u:${secret}@db:5432/x?y=1, then "password": "${secret}", host: db`)).toBe(
      'failed: postgresql://u:[redacted]@db:5432/x?y=1, then "password": "[redacted]", host: db',
    );
    expect(redact(['a\n-----BEGIN PRIVATE', `KEY-----\n${secret}\n-----END PRIVATE KEY-----\nb`].join(' '))).toBe(
      'a\n[redacted]\nb',
    );
  });

  test('a secret is found wherever it stands in a text', () => {
    const around = fc.string({ unit: fc.constantFrom('a', '7', ' ', '\n', ',', '{', '(', 'é', '=', ':', '/', '-', '.') });
    fc.assert(
      fc.property(around, fc.constantFrom(...texts), around, (before, [text, canary = secret], after) => {
        expect(redact(`${before} ${text}\n${after}`)).not.toContain(canary);
      }),
      { numRuns: 500 },
    );
  });

  test('redacting twice changes nothing, whatever the text', () => {
    const parts = [
      'password',
      'token',
      '=',
      ':',
      ' ',
      '"',
      "'",
      '\\',
      '://',
      '@',
      '[redacted]',
      '--',
      'bearer ',
      'eyJ',
      '.',
      'a1',
      '\n',
      ',',
    ];
    const text = fc.array(fc.constantFrom(...parts)).map((some) => some.join(''));
    fc.assert(
      fc.property(text, (some) => {
        expect(redact(redact(some))).toBe(redact(some));
      }),
      { numRuns: 5000 },
    );
  });
});

test.each([
  'the database does not answer: connect ECONNREFUSED 127.0.0.1:5432',
  'unexpected token at line 3',
  'postgres://u@db:5432/x',
  'http://127.0.0.1:9112/metrics',
  'see https://host:8080/users/me@example.com',
  'https://example.com/a:b@c',
  'Basic authentication and bearer authorization are refused',
  'password authentication failed for user "windsock"',
  'token=None, password="" and secret: null are not set',
  'airflow.database_url (WINDSOCK_AIRFLOW_DATABASE_URL) is missing',
  '2025-01-01T00:00:00Z INFO - a plain line of a log, {"rows": 3}',
])('a text without secrets stays as it is: %s', (text) => expect(redact(text)).toBe(text));

test.each([
  ['password', true],
  ['db_api_key', true],
  ['AuthorizationHeader', true],
  ['url', false],
  ['dag_id', false],
])('the name %s is held to name a secret: %s', (name, expected) => expect(namesSecret(name)).toBe(expected));

// A rule that looks at every pair of places would take minutes for these.
const hostile = [
  '://a:',
  '://',
  'a:b@',
  'password=',
  'password="',
  "pwd='",
  'token: \\"',
  'secret=[redacted]',
  '--a-',
  '--token ',
  'eyJaaaaaaaaa.',
  'eyJaaaaaaaaa-',
  'eyJ',
  '-----BEGIN PRIVATE ',
  '-----BEGIN PRIVATE KEY-----',
  '-----END ',
  'bearer ',
  'basic a',
  'sk-',
  'SG.aaaaaaaaaaaaaaaa',
  'xoxb-',
  'AKIA',
  'hooks.slack.com/services/',
  '\\',
  '"',
  '@',
  'a',
  ' ',
  '\n',
  '{"password":',
];
test.each(hostile)('a megabyte of %j takes less than two seconds', (part) => {
  const text = part.repeat(Math.ceil(1e6 / part.length));
  const began = cpuMs();
  const length = redact(text).length;
  expect(cpuMs() - began).toBeLessThan(2000);
  expect(length).toBeGreaterThan(0);
});

test('JSON stays JSON whatever is taken out of its texts, and numbers stay what they are', () => {
  const value = {
    authorization: 3,
    note: `token=${secret}`,
    list: [`{"password": "${secret}"}`, `--password ${secret}`],
    none: null,
  };
  const text = redactedJson(value);
  expect(JSON.parse(text)).toMatchObject({ authorization: 3, list: [expect.any(String), expect.any(String)], none: null });
  expect(text).not.toContain(secret);
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(() => JSON.parse(redactedJson(JSON.parse(json)))).not.toThrow();
    }),
  );
});
