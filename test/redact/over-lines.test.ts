import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createRedactor, lineLengthMax } from '../../src/redact/redactor.ts';
import { redact } from '../../src/redact/redact.ts';
import { plainSecret } from './canaries.ts';

/** As the lines of a log, as the text of one, and as Windsock's own texts. */
const ways: Readonly<Record<string, (text: string) => string>> = {
  'line by line': (text) => text.split('\n').map(createRedactor().log()).join('\n'),
  'as one text': (text) => createRedactor().text(text),
  'as a text of our own': redact,
};

describe.each(Object.entries(ways))('%s', (_way, redacted) => {
  test.each([
    // The environment of pods and cloud tasks.
    `{'name': 'DB_PASSWORD', 'value': '${plainSecret}', 'value_from': None}`,
    `Exception when attempting to create Namespaced Pod: { "env": [ { "name": "DB_PASSWORD", "value": "${plainSecret}" } ] }`,
    JSON.stringify({
      event: 'pod',
      env: [
        { name: 'HOME', value: '/' },
        { name: 'API_TOKEN', value: plainSecret },
      ],
    }),
    JSON.stringify({ event: 'task', tags: [{ Key: 'db-password', Value: plainSecret }] }),
    `env:\n- name: DB_PASSWORD\n  value: ${plainSecret}\n- name: HOME`,
    `"env": [\n  {\n    "name": "DB_PASSWORD",\n    "value": "${plainSecret}"\n  }\n]`,
    `[('user', 'etl'), ('password', '${plainSecret}')]`,
    // Colours, as structlog puts them round names and values.
    `\u001B[36mpassword\u001B[0m=\u001B[35m${plainSecret}\u001B[0m`,
    `\u001B[1mapi_key\u001B[0m: ${plainSecret}`,
    // Columns.
    `sasl.password            = ${plainSecret}`,
    `password:\t\t\t\t\t${plainSecret}`,
    `password = """${plainSecret}"""`,
    // As addresses and pages write it.
    `aws://?__extra__=%7B%22token%22%3A+%22${plainSecret}%22%7D`,
    `&quot;password&quot;:&quot;${plainSecret}&quot;`,
    String.raw`{\u0022password\u0022: \u0022${plainSecret}\u0022}`,
    // SQL and command lines.
    `COPY sales FROM 's3://lake' ACCESS_KEY_ID 'A' SECRET_ACCESS_KEY '${plainSecret}'`,
    `CREATE USER etl IDENTIFIED WITH mysql_native_password BY '${plainSecret}'`,
    `aws configure set aws_secret_access_key ${plainSecret}`,
    `docker login -u etl -p ${plainSecret} registry.example`,
    `sqlcmd -S db -U sa -P ${plainSecret}`,
    `bcp sales out x.csv -U sa -P${plainSecret}`,
    `beeline -u jdbc:hive2://h -n etl -p ${plainSecret}`,
    `mongodump -u etl -p ${plainSecret} --host h`,
    `ldapsearch -D cn=etl -w ${plainSecret} -H ldap://h`,
    `lftp -u etl,${plainSecret} sftp://h`,
    `openssl rsa -passin pass:${plainSecret}`,
    `jdbc:oracle:thin:scott/${plainSecret}@//db.example:1521/orders`,
    `sqlplus scott/${plainSecret}@db.example`,
    `HMAC_KEY=${plainSecret} SSH_KEY=x`,
    `Kennwort: ${plainSecret}`,
  ])('%s', (text) => {
    const once = redacted(text);
    expect(once).not.toContain(plainSecret);
    expect(redacted(once)).toBe(once);
  });

  test.each([
    `{'name': 'DB_HOST', 'value': 'db.example', 'value_from': None}`,
    `{'name': 'DB_PASSWORD_FILE', 'value': '/run/secrets/db'}`,
    '- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef: null',
    '- name: DB_HOST\n  value: db.example',
    `columns: ['id', 'password', 'email']`,
    `Name: token Type: string`,
    'jdbc:oracle:thin:@//db.example:1521/orders',
    'sqlplus /nolog @/opt/sql/load.sql',
    'docker login registry.example',
    "MySQL error: secret 'db-creds' not found",
  ])('stays as it is: %s', (text) => expect(redacted(text)).toBe(text));
});

test('the colours of a line go, whether or not it has secrets', () =>
  expect(createRedactor().log()('\u001B[31mERROR\u001B[0m it failed')).toBe('ERROR it failed'));

describe('a real key of several lines', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim().split('\n');
  test.each<[string, (line: string) => string]>([
    ['a pod in Airflow 2', (line) => `[2024-05-01T10:11:12.345+0000] {pod_manager.py:418} INFO - [base] ${line}`],
    ['a pod in Airflow 3', (line) => JSON.stringify({ timestamp: '2026-03-01T10:11:12Z', event: `[base] ${line}` })],
    ['a log format of the user', (line) => `2024-05-01 10:11:12,345 INFO - ${line}`],
    ['docker compose', (line) => `worker-1  | ${line}`],
    ['a quote', (line) => `> ${line}`],
    ['a list of lines', (line) => `'${line}\\n',`],
  ])('behind what %s puts before each line', (_who, write) => {
    const lines = ['before', ...key.slice(0, 4), 'a word between', ...key.slice(4), 'after'].map(write);
    const shown = lines.map(createRedactor().log());
    expect(key.slice(1, -1).filter((line) => shown.join('\n').includes(line.slice(0, 16)))).toEqual([]);
    expect([shown[0], shown[5], shown.at(-1)]).toEqual([lines[0], lines[5], lines.at(-1)]);
  });
});

test('what a long secret makes room for at the cut shows no half of the next one', () => {
  const token = `ghp_${'A1b2'.repeat(9)}`;
  for (const visible of [6, 12, 18, 24]) {
    const head = `Authorization: Bearer ${plainSecret.repeat(40)} `;
    const line = `${head.padEnd(lineLengthMax + 512 - visible, 'x ')}${token} and more`;
    expect(createRedactor().log()(line)).not.toContain(token.slice(0, 6));
  }
});
