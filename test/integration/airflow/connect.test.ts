import { expect, test } from 'vitest';
import { connectAirflow } from '../../../src/airflow/connect.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createDatabase } from '../../kit/database.ts';

/** As the owner of everything there: what is refused, Windsock's own transaction refuses. */
async function guest({ transactionTimeoutMs = 5000 } = {}) {
  const database = await createDatabase();
  await database.query('CREATE TABLE dag_run (id int); INSERT INTO dag_run VALUES (1), (2)');
  const airflow = connectAirflow({ url: database.url, connectTimeoutMs: 5000, transactionTimeoutMs, clock: systemClock });
  return {
    database,
    airflow,
    async [Symbol.asyncDispose]() {
      await airflow.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

test("nothing is written to Airflow's database, whatever the role may", async () => {
  await using it = await guest();
  for (const statement of [
    'INSERT INTO dag_run VALUES (3)',
    'UPDATE dag_run SET id = 7',
    'DELETE FROM dag_run',
    'TRUNCATE dag_run',
    'CREATE TABLE dag_run_2 (id int)',
    'DROP TABLE dag_run',
  ]) {
    const readOnly = expect.objectContaining({ code: '25006' });
    await expect(
      it.airflow.read((read) => read.query(statement)),
      statement,
    ).rejects.toMatchObject({ cause: readOnly });
  }
  expect(await it.database.query('SELECT id FROM dag_run ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
});

test('all statements of a transaction see one moment', async () => {
  await using it = await guest();
  const count = 'SELECT count(*)::int AS rows FROM dag_run';
  const seen = await it.airflow.read(async (read) => {
    const before = await read.query(count);
    await it.database.query('DELETE FROM dag_run');
    return [before, await read.query(count)];
  });
  expect(seen).toEqual([[{ rows: 2 }], [{ rows: 2 }]]);
  expect(await it.airflow.read((read) => read.query(count))).toEqual([{ rows: 0 }]);
});

test('the server ends a statement, a wait for a lock and an idle transaction within the time that one may take', async () => {
  await using it = await guest({ transactionTimeoutMs: 900 });
  const limits = await it.airflow.read((read) =>
    read.query(
      `SELECT name, setting::int AS ms FROM pg_settings
       WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') ORDER BY name`,
    ),
  );
  expect(limits).toEqual([
    { name: 'idle_in_transaction_session_timeout', ms: 900 },
    { name: 'lock_timeout', ms: 450 },
    { name: 'statement_timeout', ms: 900 },
  ]);
  await expect(it.airflow.read((read) => read.query('SELECT pg_sleep(20)'))).rejects.toMatchObject({
    cause: expect.objectContaining({ code: '57014' }),
  });
});

test('no more than two connections are open, however much is read at once', async () => {
  await using it = await guest();
  const open = `SELECT count(*)::int AS connections FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'windsock'`;
  const reads = Array.from({ length: 8 }, () =>
    it.airflow.read(async (read) => {
      await read.query('SELECT pg_sleep(0.02)');
      return read.query<{ connections: number }>(open);
    }),
  );
  const seen = (await Promise.all(reads)).flat().map(({ connections }) => connections);
  expect(Math.max(...seen)).toBe(2);
});
