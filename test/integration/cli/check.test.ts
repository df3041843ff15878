import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCheck } from '../../kit/check.ts';
import { createAirflowDatabase, createDatabase, type TestDatabase } from '../../kit/database.ts';
import { runWindsock } from '../../kit/run-windsock.ts';

let airflow: TestDatabase;
let store: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), 'windsock-check-'));
beforeAll(async () => {
  [airflow, store] = [await createAirflowDatabase('3.3.2'), await createDatabase('template_store')];
});
afterAll(async () => {
  await airflow[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const changed = (url: string, change: (url: URL) => void): string => {
  const copy = new URL(url);
  change(copy);
  return copy.href;
};

const check = (environment: Record<string, string> = {}) =>
  runCheck({ WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url, WINDSOCK_STORE_DATABASE_URL: store.url, ...environment });

test('all that serve needs is tried, a line each, and the exit code is 0', async () => {
  const { code, lines, stderr, of } = await check();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(lines.filter(({ state }) => state === 'fail')).toEqual([]);
  expect(lines.map(({ what }) => what)).toEqual([
    'configuration',
    'http',
    'store',
    'detect',
    'airflow',
    'role',
    ...['runs', 'activity', 'unfinished', 'components', 'pools', 'import_errors', 'dags', 'deadlines', 'assets'].map(
      (name) => `collector ${name}`,
    ),
    'clocks',
    'task logs',
    'explanations',
    'slack',
    'llm',
  ]);
  expect(of('explanations')[0]?.detail).toBe(
    "a failure takes at most 20 short reads of Airflow's database, and no log, since none can be read: by what the database says",
  );
  expect(of('llm')[0]?.detail).toBe('none configured: rules alone explain; see llm.providers');
  expect(of('http')[0]?.detail).toBe('0.0.0.0, port 9112; no TLS; without tokens only /metrics and probes answer other machines');
  expect(of('store')[0]?.detail).toMatch(/^PostgreSQL 18\.\d+, 127\.0\.0\.1:\d+\/test_\w+$/);
  expect(of('airflow')[0]?.detail).toMatch(/^3\.3\b.*, revision \w+, at 127\.0\.0\.1:\d+\/test_\w+$/);
  for (const { seconds, detail } of lines.filter(({ what }) => what.startsWith('collector '))) {
    expect(seconds).toBeGreaterThan(0);
    expect(detail).toMatch(/^\d+\.\d ms$/);
  }
  expect(JSON.stringify(lines)).not.toContain(new URL(airflow.url).password);
});

test('for people it is a mark, a name and a sentence a line, without colours in a pipe', async () => {
  const { code, stdout } = await runWindsock(['check'], {
    WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
    WINDSOCK_STORE_DATABASE_URL: store.url,
  });
  expect(code).toBe(0);
  for (const line of stdout.trimEnd().split('\n')) expect(line).toMatch(/^(ok {2}|warn) [\w ]{24} \S/);
});

test('a role that only reads what it needs is fine, and a grant that is missing costs its collector alone', async () => {
  const role = `reader_${airflow.name}`;
  await airflow.query(`CREATE ROLE ${role} LOGIN PASSWORD 'r'`);
  await airflow.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
  await airflow.query(`REVOKE SELECT ON slot_pool FROM ${role}`);
  try {
    const url = changed(airflow.url, (copy) => Object.assign(copy, { username: role, password: 'r' }));
    const { code, of } = await check({ WINDSOCK_AIRFLOW_DATABASE_URL: url });
    expect(code).toBe(0);
    expect(of('role')).toEqual([{ what: 'role', state: 'ok', detail: `${role} only reads` }]);
    expect(of('grant slot_pool')).toEqual([
      { what: 'grant slot_pool', state: 'warn', detail: expect.stringContaining('grant it with docs/airflow-role.sql') },
    ]);
    expect(of('collector pools')[0]).toMatchObject({ state: 'warn', detail: expect.stringContaining('slot_pool') });
    expect(of('collector dags')[0]).toMatchObject({ state: 'ok' });
  } finally {
    await airflow.query(`DROP OWNED BY ${role}`);
    await airflow.query(`DROP ROLE ${role}`);
  }
});

const refusedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

interface Wrong {
  what: string;
  environment: () => Record<string, string> | Promise<Record<string, string>>;
  line: string;
  detail: RegExp;
  code: number;
}

const wrongs: Wrong[] = [
  {
    what: 'a MySQL URL',
    environment: () => ({ WINDSOCK_AIRFLOW_DATABASE_URL: 'mysql+mysqldb://airflow:hunter2@db/airflow' }),
    line: 'configuration',
    detail: /is a MySQL URL; Windsock works with PostgreSQL only/,
    code: 2,
  },
  {
    what: 'a port where nothing listens',
    environment: async () => ({
      WINDSOCK_AIRFLOW_DATABASE_URL: `postgresql://a:hunter2@127.0.0.1:${await refusedPort()}/airflow`,
    }),
    line: 'airflow',
    detail: /^Airflow's database at 127\.0\.0\.1:\d+\/airflow refuses connections; is PostgreSQL running there/,
    code: 5,
  },
  {
    what: 'a wrong password',
    environment: () => ({ WINDSOCK_AIRFLOW_DATABASE_URL: changed(airflow.url, (url) => (url.password = 'hunter2')) }),
    line: 'airflow',
    detail: /refuses the user or password; check airflow\.database_url/,
    code: 4,
  },
  {
    what: 'a database that is no Airflow',
    environment: () => ({ WINDSOCK_AIRFLOW_DATABASE_URL: changed(airflow.url, (url) => (url.pathname = '/postgres')) }),
    line: 'airflow',
    detail: /^This database holds no Airflow \(there is no table dag_run\); check the database in airflow\.database_url/,
    code: 2,
  },
  {
    what: 'a store that does not answer',
    environment: async () => ({
      WINDSOCK_STORE_DATABASE_URL: `postgresql://a:hunter2@127.0.0.1:${await refusedPort()}/windsock`,
    }),
    line: 'store',
    detail: /^Windsock's store refuses connections; is PostgreSQL running there, and is store\.database_url right\?$/,
    code: 5,
  },
  {
    what: 'a web config file with a fault',
    environment() {
      writeFileSync(join(folder, 'web.yml'), 'basic_auth_users: {alice: hunter2}\n');
      return { WINDSOCK_HTTP_WEB_CONFIG_FILE: join(folder, 'web.yml') };
    },
    line: 'http',
    detail: /web\.yml: basic_auth_users\.alice: is no bcrypt hash; make one with: htpasswd/,
    code: 2,
  },
];

test.concurrent.each(wrongs)(
  '$what is one line that says what to do, and exit code $code',
  async ({ environment, line, detail, code }) => {
    const ended = await check(await environment());
    expect(ended.code).toBe(code);
    const failed = ended.lines.filter(({ state }) => state === 'fail');
    expect(failed).toEqual([{ what: line, state: 'fail', detail: expect.stringMatching(detail) }]);
    expect(ended.stderr).toBe('windsock: the check failed; the lines marked as failed say why\n');
    expect(JSON.stringify(ended.lines)).not.toContain('hunter2');
  },
);

test('every fault of a configuration is a line, and nothing else is tried', async () => {
  const { code, lines } = await check({ WINDSOCK_INTERVAL: 'soon', WINDSOCK_HTTP_PORT: '70000' });
  expect(code).toBe(2);
  expect(lines.map(({ what, state }) => [what, state])).toEqual([
    ['configuration', 'fail'],
    ['configuration', 'fail'],
  ]);
  expect(new Set(lines.map(({ detail }) => detail.split(' ')[0]))).toEqual(new Set(['http.port', 'interval']));
});

test('serve says the same in one line and the same exit code', async () => {
  const mysql = await runWindsock(['serve'], { WINDSOCK_AIRFLOW_DATABASE_URL: 'mysql://airflow:hunter2@db/airflow' });
  expect(mysql).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^windsock: [^\n]+ is a MySQL URL; Windsock works with PostgreSQL only\n$/),
  });
  const store = await runWindsock(['serve'], {
    WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
    WINDSOCK_STORE_DATABASE_URL: changed(airflow.url, (url) => (url.password = 'hunter2')),
  });
  expect(store).toMatchObject({
    code: 4,
    stderr: "windsock: Windsock's store refuses the user or password; check store.database_url\n",
  });
});

test('a port in use is one line and exit code 5', async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { code, stderr } = await runWindsock(['serve', '--port', String(port)], {
    WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
    WINDSOCK_STORE_DATABASE_URL: store.url,
    WINDSOCK_HTTP_HOST: '127.0.0.1',
  });
  await new Promise((done) => other.close(done));
  expect(code).toBe(5);
  expect(stderr).toContain(`windsock: port ${port} is in use on 127.0.0.1; end what listens there, or set another http.port`);
});
