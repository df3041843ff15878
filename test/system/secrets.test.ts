import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createAirflowDatabase, createDatabase, type TestDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startWindsock } from '../kit/windsock.ts';

const folder = mkdtempSync(join(tmpdir(), 'windsock-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every secret that Windsock is given or can see holds this word. */
const canary = ['canary', '7', 'Zx'].join('');
const secretOf = (what: string): string => `${canary}-${what}-0123456789`;

/** The shapes in which DAG files give their secrets away in a stack trace. */
const stacktrace = `Traceback (most recent call last):
  File "/opt/airflow/dags/leaky.py", line 3, in <module>
    hook = connect(host="db", password="${secretOf('call')}", port=5432)
  File "/opt/airflow/dags/leaky.py", line 4
    requests.get("https://api:${secretOf('url')}@partner.example/v1", headers={"Authorization": "Bearer ${secretOf('bearer')}"})
ValueError: bad settings {'api_key': '${secretOf('dict')}', "nested": "{\\"token\\": \\"${secretOf('json')}\\"}"}
AIRFLOW_CONN_LAKE=postgresql://lake:${secretOf('conn')}@lake/db AWS_SECRET_ACCESS_KEY=${secretOf('aws')}`;

/** A role that may log in with a secret, on this database; dropped with `drop`. */
async function roleWithSecret(database: TestDatabase, name: string): Promise<string> {
  await database.query(`CREATE ROLE ${name} SUPERUSER LOGIN PASSWORD '${secretOf('password')}'`);
  const url = new URL(database.url);
  url.username = name;
  url.password = secretOf('password');
  return url.href;
}

/** `windsock check`, to its end. */
function check(environment: Record<string, string>, ...args: string[]): Promise<{ code: unknown; output: string }> {
  const entry = resolve(import.meta.dirname, '../../src/main.ts');
  return new Promise((done) => {
    const env = { PATH: process.env['PATH'] ?? '', ...environment };
    execFile(process.execPath, [entry, 'check', ...args], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });
}

test('no secret of the databases, the configuration or an import error is in what a serving Windsock logs and serves', async () => {
  await using airflow = await createAirflowDatabase('3.3.2');
  await using store = await createDatabase();
  const role = `secrets_${airflow.name}`;
  const config = join(folder, 'windsock.yml');
  const settings = (extra: string): void =>
    writeFileSync(
      config,
      `airflow: {database_url: "${airflowUrl}", connect_timeout: 1s}
store: {database_url: "${store.url}"}
http: {host: 127.0.0.1, tokens: [{name: reader, token: "${secretOf('token')}"}]}
telemetry: {log: {level: debug}}
${extra}\n`,
    );
  const airflowUrl = await roleWithSecret(airflow, role);
  await airflow.query(`INSERT INTO import_error (timestamp, filename, stacktrace) VALUES (now(), $1, $2)`, [
    `/dags/leaky.py?password=${secretOf('file')}`,
    stacktrace,
  ]);
  settings('history: 1d');
  const served: string[] = [];
  let output = '';
  {
    await using windsock = startWindsock({ WINDSOCK_CONFIG: config });
    const get = async (path: string, init: RequestInit = {}): Promise<string> => {
      const response = await fetch(`${await windsock.url()}${path}`, { ...init, signal: AbortSignal.timeout(20_000) });
      const body = `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
      served.push(body);
      return body;
    };
    await eventually('the import error is counted', async () => (await get('/metrics')).includes('airflow_import_errors 1'));
    const bearer = { authorization: `Bearer ${secretOf('token')}` };
    expect(await get('/', { headers: bearer })).toContain('leaky.py');
    for (const path of ['/', '/healthz', '/readyz', '/nothing', `/metrics?token=${secretOf('query')}`]) {
      await get(path);
      await get(path, { headers: bearer });
      await get(path, { headers: { accept: 'text/html', authorization: `Bearer ${secretOf('wrong')}` } });
    }
    await get('/metrics', { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
    await get('/-/reload', { method: 'POST', headers: { authorization: `Basic ${btoa(`a:${secretOf('basic')}`)}` } });

    // What followers serve lies in the store.
    const [published] = await store.query<{ status: object }>('SELECT status FROM exposition');
    expect(JSON.stringify(published)).toContain('leaky.py');
    served.push(JSON.stringify(published));

    // A configuration that is refused, and one whose secret does not fit any more.
    settings(`unknown: ${secretOf('value')}\n"postgres://u:${secretOf('key')}@h/x": 1`);
    windsock.signal('SIGHUP');
    await windsock.says(/reload refused/);
    await airflow.query(`ALTER ROLE ${role} PASSWORD 'another'`);
    settings('history: 2d');
    windsock.signal('SIGHUP');
    await windsock.says(/refuses the user or password/);
    await eventually('Airflow is down', async () => (await get('/metrics')).includes('airflow_up 0'));
    for (const path of ['/', '/readyz']) await get(path, { headers: bearer });
    windsock.signal('SIGTERM');
    expect((await windsock.exit).code).toBe(0);
    output = windsock.output();
  }
  expect(output).toContain('listening on');
  const told = [output, ...served].filter((text) => text.includes(canary));
  expect(told).toEqual([]);
  await airflow.query(`DROP ROLE ${role}`);
}, 120_000);

test('no secret is in what check says, be all well or nothing', async () => {
  await using airflow = await createAirflowDatabase('3.3.2');
  await using store = await createDatabase();
  const role = `secrets_${airflow.name}`;
  const url = await roleWithSecret(airflow, role);
  const environment = { WINDSOCK_AIRFLOW_DATABASE_URL: url, WINDSOCK_STORE_DATABASE_URL: store.url };
  const well = await check(environment, '--json');
  expect(well.output).toContain('"what":"airflow","state":"ok"');
  const bad = `postgres://u:${secretOf('store')}@127.0.0.1:1/x`;
  const badly = await Promise.all([
    check({ ...environment, WINDSOCK_STORE_DATABASE_URL: bad }),
    check({ ...environment, WINDSOCK_AIRFLOW_DATABASE_URL: url.replace('-password-', '-wrong-') }),
    check({
      ...environment,
      WINDSOCK_AIRFLOW_DATABASE_URL: url.replace('127.0.0.1', 'no-such-host.invalid'),
    }),
    check({ WINDSOCK_AIRFLOW_DATABASE_URL: `mysql://u:${secretOf('mysql')}@h/x`, WINDSOCK_INTERVAL: secretOf('interval') }),
    check(environment, '--config', join(folder, 'is-not-there.yml')),
  ]);
  expect(badly.map(({ code }) => code)).toEqual([5, 4, 5, 2, 2]);
  expect([well, ...badly].filter(({ output }) => output.includes(canary))).toEqual([]);
  await airflow.query(`DROP ROLE ${role}`);
}, 120_000);
