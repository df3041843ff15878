import pg from 'pg';
import { expect, test } from 'vitest';
import { startBusyAirflow } from '../kit/busy-airflow.ts';
import { createDatabase, type TestDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startProxy } from '../kit/proxy.ts';
import { grantReadOnly } from '../kit/read-only-role.ts';
import { countedTotals, differences, sumOf, truthTotals } from '../kit/totals.ts';
import { startWindsock, type LogLine } from '../kit/windsock.ts';

const role = 'windsock_outages_test';

/** Holds a table as a migration does, until the returned function is called. */
async function lockTable(database: TestDatabase, table: string): Promise<() => Promise<void>> {
  const client = new pg.Client(database.url);
  client.on('error', () => {});
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return () => client.end();
}

/** Lets each row of a table take its time for the role, until the returned function is called. */
async function slowTable(database: TestDatabase, table: string): Promise<() => Promise<void>> {
  await database.query(`CREATE POLICY slow ON ${table} FOR SELECT TO ${role} USING (pg_sleep(0.7) IS NOT NULL)`);
  await database.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
  return async () => {
    await database.query(`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`);
    await database.query(`DROP POLICY slow ON ${table}`);
  };
}

test('a serve that lives through one bad day after the other says what is wrong, once each, and loses nothing', async () => {
  await using database = await createDatabase();
  await using storeDatabase = await createDatabase('template_store');
  await using busy = await startBusyAirflow(database, { actEvery: 0 });
  const { simulation } = busy;
  await using airflow = await startProxy(await grantReadOnly(database, role));
  await using store = await startProxy(storeDatabase.url);
  const later = (seconds: number) => simulation.step(new Date(simulation.now().getTime() + seconds * 1000));

  // Down when Windsock starts.
  airflow.cut();
  await using windsock = startWindsock({
    WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
    WINDSOCK_STORE_DATABASE_URL: store.url,
    WINDSOCK_HISTORY: '1h',
    WINDSOCK_AIRFLOW_TRANSACTION_TIMEOUT: '500ms',
    WINDSOCK_AIRFLOW_CONNECT_TIMEOUT: '1s',
  });
  expect((await windsock.says(/the cycle failed/)).error).toMatch(/refuses connections; is PostgreSQL running there/);
  expect(await windsock.readyStatus()).toBe(503);
  await airflow.restore();
  await windsock.says(/cycles work again/);
  const begin = simulation.truth();
  const allCounted = async () => {
    const truth = truthTotals(begin, simulation.truth());
    await eventually(
      'all is counted',
      async () => differences(truth, countedTotals(await windsock.metrics())).length === 0,
    ).catch(async () => expect(differences(truth, countedTotals(await windsock.metrics()))).toEqual([]));
  };
  const told: string[] = [];
  /** A bad day: five minutes of Airflow's work pass unseen, a line says what is wrong, and afterwards all is counted. */
  async function badDay(
    begins: () => unknown,
    says: RegExp,
    ends: () => unknown,
    works: RegExp = /^cycles work again/,
  ): Promise<void> {
    const before = windsock.lines().length;
    const news = (pattern: RegExp) => (line: LogLine) => pattern.test(`${line.msg} ${line.error}`);
    await begins();
    const line = await eventually(`it says ${says}`, () => windsock.lines().slice(before).find(news(says)));
    told.push(line.error || line.msg);
    await later(300);
    await ends();
    await eventually(`it says ${works}`, () => windsock.lines().slice(before).find(news(works)));
    await allCounted();
    // Said once, however many cycles it took.
    expect(windsock.lines().slice(before).filter(news(says))).toHaveLength(1);
  }
  const shown = async (name: string) => (await windsock.metrics()).samples.filter((sample) => sample.name === name).length;

  await later(60);
  await allCounted();
  await badDay(
    () => airflow.cut(),
    /Airflow's database at \S+ (refuses connections|cannot be read)/,
    () => airflow.restore(),
  );
  await badDay(
    () => airflow.freeze(),
    /Airflow's database at \S+ does not answer in time/,
    () => airflow.thaw(),
  );
  expect(await shown('airflow_task_success_total')).toBeGreaterThan(10);

  let end = async () => {};
  const whole = (how: typeof lockTable) => async () => {
    end = await how(database, 'dag_run');
  };
  // The simulated Airflow waits for the lock as a real one would: it is given up before time passes.
  const unlock = await lockTable(database, 'dag_run');
  const locked = await windsock.says(/is locked, as during an upgrade of Airflow; the next cycle tries again/);
  expect(locked.error).toMatch(/^A table of Airflow's database at /);
  await unlock();
  await eventually('cycles work again', () => windsock.lines().at(-1)?.msg === 'cycles work again');

  await badDay(
    whole(slowTable),
    /ran into its time limit; the next cycle tries again \(if it stays so, raise airflow\.transaction_timeout\)/,
    () => end(),
  );
  await database.query(`INSERT INTO import_error (timestamp, filename, stacktrace) VALUES (now(), 'broken.py', 'SyntaxError')`);
  await badDay(
    async () => {
      end = await slowTable(database, 'import_error');
    },
    /the collector import_errors fails, its metrics are left out; the rest goes on .*ran into its time limit/,
    async () => {
      expect([await shown('airflow_import_errors'), (await shown('airflow_pool_slots')) > 0]).toEqual([0, true]);
      await end();
    },
    /the collector import_errors works again/,
  );
  await badDay(
    () => database.query(`REVOKE ALL (pool, slots, include_deferred) ON slot_pool FROM ${role}`),
    /the collector pools fails, its metrics are left out; the rest goes on .*slot_pool; grant it with docs\/airflow-role\.sql/,
    async () => {
      expect([await shown('airflow_pool_slots'), (await shown('airflow_import_errors')) > 0]).toEqual([0, true]);
      await database.query(`GRANT SELECT (pool, slots, include_deferred) ON slot_pool TO ${role}`);
    },
    /the collector pools works again/,
  );
  // Its own store: down, then not answering.
  await badDay(
    async () => {
      store.cut();
      await eventually('Airflow families are gone', async () => (await shown('airflow_task_success_total')) === 0);
    },
    /Windsock's store (refuses connections|cannot be used)/,
    () => store.restore(),
    /^(cycles work|following works) again/,
  );
  await badDay(
    () => store.freeze(),
    /Windsock's store does not answer in time/,
    () => store.thaw(),
    /^(cycles work|following works) again/,
  );
  // Both servers end every session, as a restart does.
  await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1`, [role]);
  await storeDatabase.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'windsock'`,
  );
  await later(300);
  await allCounted();
  expect(await windsock.readyStatus()).toBe(200);
  console.log(`${sumOf(truthTotals(begin, simulation.truth()))} events, all counted. It said:\n${told.join('\n')}`);
});
