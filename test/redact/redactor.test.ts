import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenShapes } from '../../src/redact/token-shapes.ts';
import { createRedactor, lineLengthMax } from '../../src/redact/redactor.ts';
import { pemBlock, plainSecret, shapedSecrets } from './canaries.ts';
import { cpuMs } from '../kit/cpu.ts';

/** Where logs show values: each takes one. */
const syntaxes: Readonly<Record<string, (value: string) => string>> = {
  bare: (value) => value,
  sentence: (value) => `got ${value}, which is wrong`,
  brackets: (value) => `connect(${value})`,
  'JSON text': (value) => JSON.stringify({ rows: 3, value, done: true }),
  'JSON in JSON': (value) => JSON.stringify({ event: JSON.stringify({ body: JSON.stringify({ value }) }) }),
  'Python repr': (value) => `{'host': 'db', 'value': '${value}', 'port': 5432}`,
  bytes: (value) => `b'${value}'`,
  YAML: (value) => `  value: ${value}`,
  environment: (value) => `export VALUE=${value}; run`,
  flag: (value) => `tool --value ${value} --verbose`,
  header: (value) => `X-Value: ${value}`,
  'address query': (value) => `GET https://api.example/v1?value=${value}&page=2 -> 401`,
  'Airflow 2': (value) => `[2024-05-01T10:11:12.345+0000] {subprocess.py:93} INFO - ${value}`,
  'Airflow 3': (value) =>
    JSON.stringify({ timestamp: '2026-03-01T00:00:00Z', level: 'error', event: 'x', error_detail: [{ exc_value: value }] }),
};

/** How a name gives its value away. */
const assignments: Readonly<Record<string, (name: string, value: string) => string>> = {
  'key=value': (name, value) => `${name}=${value} host=db`,
  'upper case': (name, value) => `export DB_${name.toUpperCase()}='${value}'`,
  JSON: (name, value) => JSON.stringify({ host: 'db', [name]: value }),
  'JSON in a line of Airflow 3': (name, value) => JSON.stringify({ event: `answer ${JSON.stringify({ [name]: value })}` }),
  'JSON thrice': (name, value) => `body ${JSON.stringify(JSON.stringify(JSON.stringify({ [name]: value })))}`,
  'list in JSON': (name, value) => JSON.stringify({ event: 'x', [name]: ['none', value] }),
  'list in text': (name, value) => `{"${name}": ["a", "${value}"]}`,
  YAML: (name, value) => `  ${name}: ${value}`,
  'quoted YAML': (name, value) => `  ${name}: "${value}"`,
  'Python repr': (name, value) => `{'host': 'db', '${name}': '${value}', 'port': 5432}`,
  'Python bytes': (name, value) => `{'${name}': b'${value}'}`,
  'Python call': (name, value) => `connect(host='db', ${name}='${value}', port=5432)`,
  'Python item': (name, value) => `os.environ["${name}"] = "${value}"`,
  'Python wrapper': (name, value) => `Settings(${name}=SecretStr('${value}'))`,
  Ruby: (name, value) => `:${name} => "${value}"`,
  XML: (name, value) => `<conf><${name}>${value}</${name}></conf>`,
  INI: (name, value) => `${name} = ${value}`,
  flag: (name, value) => `tool --${name} ${value} --verbose`,
  'flag with =': (name, value) => `tool --${name}=${value}`,
  'printed command': (name, value) => `Running: ['tool', '--${name}', '${value}', '-v']`,
  'connection string': (name, value) => `Server=db;User Id=sa;${name}=${value};Encrypt=yes`,
};
const names = [
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'secret',
  'client_secret',
  'token',
  'access_token',
  'api_key',
  'apikey',
  'access_key',
  'aws_secret_access_key',
  'private_key',
  'authorization',
  'credential',
  'keyfile_dict',
  'AccountKey',
  'subscription-key',
];

const lineOf = (text: string): string => createRedactor().log()(text);

describe('what is known by its looks', () => {
  test('every shape has a canary', () => {
    // The others stand where they are found, in addresses and headers: below.
    const placed = /webhook|authorization|azure_sas|url_signature/;
    const rules = tokenShapes.map(({ rule }) => rule).filter((rule) => !placed.test(rule));
    expect(rules.length).toBeGreaterThan(40);
    expect(rules.filter((rule) => !shapedSecrets.some(([known]) => known === rule))).toEqual([]);
  });

  test.each(shapedSecrets)('%s is taken out in every syntax, and counted by its name', (rule, secret) => {
    for (const [syntax, write] of Object.entries(syntaxes)) {
      const redactor = createRedactor();
      const shown = redactor.log()(write(secret));
      expect(shown, syntax).not.toContain(secret.slice(-12));
      expect(shown, syntax).toContain(`‹secret:${rule}#1›`);
      expect(redactor.counts().get(rule), syntax).toBe(1);
    }
  });

  test.each(shapedSecrets)('%s is taken out wherever it stands in a line, at the cut of a long one too', (_rule, secret) => {
    for (const before of [
      0,
      1,
      100,
      lineLengthMax - secret.length - 1,
      lineLengthMax - 20,
      lineLengthMax - 5,
      lineLengthMax + 50,
    ]) {
      const line = `${'word '
        .repeat(Math.ceil(before / 5))
        .slice(0, before)
        .padEnd(before)} ${secret} ${'tail '.repeat(300)}`;
      const shown = lineOf(line);
      for (let at = 0; at + 10 <= secret.length; at += 5) expect(shown).not.toContain(secret.slice(at, at + 10));
    }
  });
});

describe('what stands behind a name', () => {
  test.each(Object.entries(assignments))('%s', (_syntax, write) => {
    for (const name of names) {
      const redactor = createRedactor();
      const shown = redactor.log()(write(name, plainSecret));
      expect(shown, name).not.toContain(plainSecret);
      expect(
        [...redactor.counts().values()].reduce((sum, count) => sum + count, 0),
        name,
      ).toBeGreaterThanOrEqual(1);
      expect(redactor.log()(shown), name).toBe(shown);
    }
  });

  test.each([
    `Authorization: Bearer ${plainSecret}`,
    `"Authorization": "Basic ${plainSecret}"`,
    `> Cookie: session=abc1234567; csrf=${plainSecret}; theme=dark`,
    `Set-Cookie: id=${plainSecret}; Path=/`,
    `Authorization: Digest username="u", realm="r", response="${plainSecret}"`,
    `Authorization: AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=${plainSecret}`,
    `curl -u admin:${plainSecret} https://x.example`,
    `['curl', '--user', 'admin:${plainSecret}', 'https://x.example']`,
    `mysql -h db -u root -p${plainSecret} shop`,
    `sshpass -p ${plainSecret} ssh db`,
    `redis-cli -h cache -a ${plainSecret} ping`,
    `requests.get(url, auth=('admin', '${plainSecret}'))`,
    `HTTPBasicAuth('admin', '${plainSecret}')`,
    `CREATE ROLE app LOGIN PASSWORD '${plainSecret}'`,
    `ALTER USER app IDENTIFIED BY '${plainSecret}'`,
    `--conf spark.hadoop.fs.s3a.secret.key=${plainSecret}`,
    `fs.azure.account.key.lake.dfs.core.windows.net=${plainSecret}`,
    `https://lake.blob.core.windows.net/x?sv=2022&se=2026&sig=${plainSecret}%3D`,
    `https://s3.example/x?X-Amz-Signature=${plainSecret}`,
    `postgresql://u:p@ss/w@rd${plainSecret}@db.example:5432/x`,
    `postgresql://u:it's"<b>${plainSecret}@db.example:5432/x`,
    `'postgresql://u:${plainSecret}@db.example/x'`,
    `git clone https://${plainSecret}00@git.example/x.git`,
    `https://hooks.slack.com/services/T000/B000/${plainSecret}`,
    `AIRFLOW_CONN_LAKE='{"conn_type": "aws", "password": "${plainSecret}"}'`,
    `password=(x)${plainSecret}`,
    `password=self.x,token=${plainSecret}`,
  ])('%s', (line) => expect(lineOf(line)).not.toContain(plainSecret));

  test('what says something of a secret and holds none stays', () => {
    for (const line of [
      'password=None token=null secret: *** api_key=',
      'postgresql://airflow:***@db:5432/airflow',
      'Authorization: Bearer ***',
      'token=self._token, password=os.environ["PG_PASSWORD"], key=conn.password',
      'def connect(host: str, password: str, token: Optional[str] = None) -> Connection:',
      'select * from users where token = %(token)s and password = %s',
      'psql --password $PGPASSWORD, token=${API_TOKEN}, secret={{ conn.password }}',
      'secret_name=db-creds token_url=https://login.example/token private_key_path=/etc/keys/a.pem',
      'prompt_tokens: 1204, completion_tokens=87, max_tokens=4096 tokens: 1291',
      'tokenizer: bert-base-uncased, token_type: Bearer',
      'is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf',
      '[2024-05-01T10:11:12.345+0000] {secrets_manager.py:73} INFO - reading',
      '[2024-05-01T10:11:12.345+0000] {token.py:12} INFO - reading',
      'pyspark.sql.utils.ParseException: extraneous input, unexpected token: FROM',
      'docker run -u 1000:1000 image',
    ])
      expect(lineOf(line)).toBe(line);
  });
});

describe('a private key over several lines', () => {
  const inLines = (lines: readonly string[]): string[] => {
    const redact = createRedactor().log();
    return lines.map((line) => redact(line));
  };
  const writers: Readonly<Record<string, (line: string) => string>> = {
    'in plain text': (line) => line,
    'in lines of Airflow 2': (line) => `[2024-05-01T10:11:12.345+0000] {subprocess.py:93} INFO - ${line}`,
    'in lines of Airflow 3': (line) => JSON.stringify({ timestamp: '2026-01-01T00:00:00Z', event: line, logger: 'task.stdout' }),
  };
  test.each(Object.entries(writers))('%s: every line of it is taken out, the lines before and after stay', (_how, write) => {
    const lines = [write('before it'), ...pemBlock('Canary7Zx').map(write), write('after it'), write('deadbeefdeadbeefdeadbeef')];
    const shown = inLines(lines);
    expect(shown).toHaveLength(lines.length);
    expect(shown.filter((line) => line.includes('Canary'))).toEqual([]);
    expect([shown[0], shown.at(-2), shown.at(-1)]).toEqual([lines[0], lines.at(-2), lines.at(-1)]);
    expect(shown.slice(1, -2).every((line) => line.includes('‹secret:private_key#1›'))).toBe(true);
  });

  test('a line of another in between stays, and the key is taken out behind it', () => {
    const [first = '', second = '', ...rest] = pemBlock('Canary7Zx');
    const shown = inLines([first, second, 'worker 2: read 12 rows', ...rest]);
    expect(shown[2]).toBe('worker 2: read 12 rows');
    expect(shown.join('\n')).not.toContain('Canary');
  });

  test('on one line, with its breaks escaped, as in the key file of a service account', () => {
    const key = pemBlock('Canary7Zx').join('\n');
    for (const line of [
      JSON.stringify({ private_key: key }),
      `keyfile: ${JSON.stringify(key)}`,
      `{'k': '${key.replaceAll('\n', '\\n')}'}`,
    ])
      expect(lineOf(line)).not.toContain('Canary');
  });

  test('two keys have two numbers, and another log begins without an open key', () => {
    const redactor = createRedactor();
    const [head = '', line = ''] = pemBlock('Canary7Zx');
    expect(redactor.log()(head)).toBe('‹secret:private_key#1›');
    const another = redactor.log();
    expect(another(line)).toBe(line);
    expect(another(head)).toBe('‹secret:private_key#2›');
  });
});

test('the same secret has the same number in all of an incident, another has another', () => {
  const redactor = createRedactor();
  const [a, b] = [`${plainSecret}A`, `${plainSecret}B`];
  expect(redactor.log()(`password=${a}`)).toBe('password=‹secret:password#1›');
  expect(redactor.log()(`{"event": "x", "password": "${b}"}`)).toBe('{"event":"x","password":"‹secret:password#2›"}');
  expect(redactor.text(`db_password: ${a}`)).toBe('db_password: ‹secret:password#1›');
  expect([...redactor.counts()]).toEqual([['password', 3]]);
});

test('a line of JSON stays one, whatever is in it, and however long its lines are', () => {
  const event = `${'x'.repeat(6000)}\npassword=${plainSecret}\n${'y'.repeat(100)}`;
  const shown = JSON.parse(lineOf(JSON.stringify({ event, error_detail: [{ exc_value: 'v'.repeat(9000), frames: [] }] }))) as {
    event: string;
  };
  const [first, second, third] = shown.event.split('\n');
  expect([first?.length, second, third]).toEqual([lineLengthMax + 1, 'password=‹secret:password#1›', 'y'.repeat(100)]);
});

// A log that shows what failed is of use; these are lines that logs are full of.
test.each([
  '[2024-05-01T10:11:12.345+0000] {taskinstance.py:1345} INFO - Marking task as FAILED. dag_id=etl, task_id=load, run_id=scheduled__2024-05-01T00:00:00+00:00, execution_date=20240501T000000, start_date=20240501T101100, end_date=20240501T101112',
  '{"timestamp":"2026-03-01T10:11:12.345678Z","level":"info","event":"Worker startup parse complete","bundle_name":"dags-folder","ti_id":"01953f5e-7c3e-7b1a-9d0f-2a4b6c8d0e1f"}',
  'commit 9fceb02d0ae598e95dc970b74767f19372d61af8 of 3c59dc048e8850243be8079a5c74d079',
  'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'request id 550e8400-e29b-41d4-a716-446655440000, trace 4bf92f3577b34da6a3ce929d0e0e4736',
  'payload iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==',
  '/opt/airflow/dags/shop/secrets/pipeline.py and s3://lake/raw/dt=2024-05-01/part-0001.snappy.parquet',
  "INSERT INTO mart.orders (id, total) SELECT id, total FROM stage.orders WHERE day = '2024-05-01' AND key = 'a'",
  'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "orders_pkey" DETAIL:  Key (id)=(42) already exists.',
  'FATAL:  password authentication failed for user "airflow"',
  'botocore.exceptions.ClientError: An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired.',
  'requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://partner.example/v2/items?page=3',
  'connection to server at "db.example" (10.20.0.14), port 5432 failed: Connection refused',
  "airflow.exceptions.AirflowNotFoundException: The conn_id `lake_writer` isn't defined",
  "KeyError: 'api_key'",
  "TypeError: connect() got an unexpected keyword argument 'password'",
  'hashing 12,345 rows; monkey=1 keyboard=2 primary_key=id foreign_key: order_id',
  'jdbc:postgresql://warehouse.example:5432/mart?ssl=true',
  'git+https://github.com/apache/airflow.git@2.9.0#egg=apache-airflow',
  'scheduled__2024-05-01T00:00:00+00:00 manual__2024-05-01T10:11:12.345678+00:00 dataset_triggered__2024-05-01',
  '\tat org.apache.spark.scheduler.Task.run(Task.scala:139) ~[spark-core_2.12-3.4.1.jar:3.4.1]',
  'Starting task-runner-sk-learn-training-pipeline with 8 workers',
  "ERROR 1045 (28000): Access denied for user 'root'@'10.0.0.1' (using password: YES)".replace('YES', 'true'),
])('an ordinary line stays as it is: %s', (line) => expect(lineOf(line)).toBe(line));

describe('time', () => {
  const pieces = [
    ...new Set(tokenShapes.flatMap(({ hints }) => hints)),
    ...names,
    ...'= : " \' \\ \\" [ ( { } ) ] , ; > < - -- @ :// / ? & % $ . a 7 Z + _ -u mysql -p auth=( BasicAuth( -----BEGIN -----END PRIVATE KEY-----'.split(
      ' ',
    ),
    ' ',
    '\n',
    'secret_name=',
    'self.',
    '‹secret:',
    '[redacted]',
    '@a.b',
    '1.2.3.4',
  ];
  test('a text made to be slow takes no longer than its length allows', () => {
    const parts = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 });
    const redactor = createRedactor({ personal: ['email', 'ip', 'iban', 'card', 'phone'] });
    fc.assert(
      fc.property(parts, parts, (head, loop) => {
        const once = loop.join('');
        const text = head.join('') + once.repeat(Math.ceil(100_000 / once.length));
        const began = cpuMs();
        redactor.text(text);
        // A rule that looks at pairs of places would take minutes.
        expect(cpuMs() - began).toBeLessThan(3000);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
