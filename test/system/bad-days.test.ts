import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAirflowDatabase, createDatabase, type TestDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { valueOf } from '../kit/parse-exposition.ts';
import { grantReadOnly } from '../kit/read-only-role.ts';
import { startWindsock, type WindsockProcess } from '../kit/windsock.ts';

// Roles belong to the whole server.
const roles = { poor: 'windsock_poor_days_test', full: 'windsock_full_days_test' };

let airflow: TestDatabase;
beforeAll(async () => {
  airflow = await createAirflowDatabase('3.3.2');
  for (const role of Object.values(roles)) await grantReadOnly(airflow, role);
  await airflow.query(`REVOKE ALL (id, dag_id, run_id, state) ON dag_run FROM ${roles.poor}`);
  await airflow.query(`ALTER ROLE ${roles.full} CONNECTION LIMIT 0`);
});
afterAll(() => airflow[Symbol.asyncDispose]());

const changed = (databaseUrl: string, change: (url: URL) => unknown): string => {
  const made = new URL(databaseUrl);
  change(made);
  // The password that every role of the test has.
  if (Object.values(roles).includes(made.username)) made.password = 'for-this-test';
  return made.href;
};

/** The one warning about the cycle: what happened and what to do, on one line, without a secret. */
async function failure(windsock: WindsockProcess): Promise<string> {
  const line = await windsock.says(/the cycle failed/);
  expect(line.error).not.toMatch(/\n|for-this-test|secret-word/);
  return line.error;
}

describe('serve goes on trying, says once what to do, and shows that Airflow cannot be read', () => {
  const cases: [what: string, url: () => string, says: RegExp, up: number][] = [
    [
      'a port where nobody listens',
      () => changed(airflow.url, (url) => (url.port = '1')),
      /^Airflow's database at 127\.0\.0\.1:1\/\w+ refuses connections; is PostgreSQL running there, and is airflow\.database_url right\?$/,
      0,
    ],
    [
      'a host that does not exist',
      () => changed(airflow.url, (url) => (url.hostname = 'airflow.invalid')),
      /host in airflow\.invalid:\d+\/\w+ cannot be resolved; check the host name in airflow\.database_url$/,
      0,
    ],
    [
      'a wrong password',
      () => changed(airflow.url, (url) => (url.password = 'secret-word')),
      /refuses the user or password; check airflow\.database_url$/,
      0,
    ],
    [
      'a database that does not exist',
      () => changed(airflow.url, (url) => (url.pathname = '/nowhere')),
      /^There is no such database at \S+\/nowhere; check the database name in airflow\.database_url$/,
      0,
    ],
    [
      'a database that holds no Airflow',
      () => changed(airflow.url, (url) => (url.pathname = '/postgres')),
      /^This database holds no Airflow \(there is no table dag_run\); check the database in airflow\.database_url, or set airflow\.schema$/,
      1,
    ],
    [
      'a role that may not read the runs',
      () => changed(airflow.url, (url) => (url.username = roles.poor)),
      /^The role may not read dag_run \(.*\bid\b.*\); grant it with docs\/airflow-role\.sql$/,
      1,
    ],
    [
      'a role whose connections are used up',
      () => changed(airflow.url, (url) => (url.username = roles.full)),
      /has no connection left; the next cycle tries again$/,
      0,
    ],
  ];
  test.concurrent.each(cases)('%s', async (_what, makeUrl, says, up) => {
    await using store = await createDatabase('template_store');
    await using windsock = startWindsock({
      WINDSOCK_AIRFLOW_DATABASE_URL: makeUrl(),
      WINDSOCK_STORE_DATABASE_URL: store.url,
    });
    expect(await failure(windsock)).toMatch(says);
    const metrics = await windsock.metrics();
    expect(valueOf(metrics, 'airflow_up')).toBe(up);
    expect(metrics.samples.filter(({ name }) => name.startsWith('airflow_') && name !== 'airflow_up')).toEqual([]);
    expect(await windsock.readyStatus()).toBe(503);
    await eventually(
      'a second cycle',
      async () => (valueOf(await windsock.metrics(), 'windsock_cycle_duration_seconds_count') ?? 0) >= 2,
    );
    expect(windsock.lines().filter(({ level }) => level !== 'info')).toHaveLength(1);
  });
});

describe('serve ends at once with one line that says what to do', () => {
  const good = () => ({ WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url });
  const cases: [what: string, environment: () => Record<string, string>, code: number, says: RegExp][] = [
    [
      'an Airflow in MySQL',
      () => ({ WINDSOCK_AIRFLOW_DATABASE_URL: 'mysql+mysqldb://airflow:secret-word@db/airflow' }),
      2,
      /airflow\.database_url.*is a MySQL URL; Windsock works with PostgreSQL only/,
    ],
    [
      'a store with a wrong password',
      () => ({ ...good(), WINDSOCK_STORE_DATABASE_URL: changed(airflow.url, (url) => (url.password = 'secret-word')) }),
      4,
      /^windsock: Windsock's store refuses the user or password; check store\.database_url$/m,
    ],
    [
      'a store that does not exist',
      () => ({ ...good(), WINDSOCK_STORE_DATABASE_URL: changed(airflow.url, (url) => (url.pathname = '/nowhere')) }),
      2,
      /^windsock: There is no such database for the store; create it or check store\.database_url$/m,
    ],
    [
      'a data folder that cannot be made',
      () => ({ ...good(), WINDSOCK_STORE_DATA_DIR: '/dev/null/windsock' }),
      2,
      /^windsock: store\.data_dir \/dev\/null\/windsock cannot be made: /m,
    ],
  ];
  test.concurrent.each(cases)('%s', async (_what, environment, code, says) => {
    await using windsock = startWindsock(environment());
    expect(await windsock.exit).toEqual({ code, signal: null });
    expect(windsock.output()).toMatch(says);
    expect(windsock.output()).not.toMatch(/secret-word| at .*\.ts:\d/);
  });
});

test('a schema newer than any known works by its columns, and says so', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await using store = await createDatabase('template_store');
  await database.query(`DELETE FROM alembic_version`);
  await database.query(`INSERT INTO alembic_version VALUES ('f0f0f0f0f0f0')`);
  await using windsock = startWindsock({ WINDSOCK_AIRFLOW_DATABASE_URL: database.url, WINDSOCK_STORE_DATABASE_URL: store.url });
  await windsock.says(/Airflow's schema f0f0f0f0f0f0 is newer than any that Windsock knows; it is read by its columns/);
  const metrics = await windsock.metrics();
  expect(valueOf(metrics, 'airflow_up')).toBe(1);
  expect(metrics.samples.filter(({ name, value }) => name === 'windsock_collect_success' && value !== 1)).toEqual([]);
});
