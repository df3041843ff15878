import { expect, test } from 'vitest';
import type { AirflowDatabase } from '../../../src/airflow/connect.ts';
import type { Transition } from '../../../src/collect/transition.ts';
import { insertRows, observe, runRow, told, type Observer } from '../../kit/simulated-airflow.ts';
import { createAirflowDatabase, type TestDatabase } from '../../kit/database.ts';

const count = (transitions: readonly Transition[], what: string): number =>
  told(transitions).filter((text) => text.startsWith(what)).length;

/** Mapped instances of one task for each of these runs, made in the database itself. */
const addMapped = (database: TestDatabase, runs: string, task: string, instances: number, state: string): Promise<unknown> =>
  database.query(
    `INSERT INTO task_instance (id, dag_id, run_id, task_id, map_index, state, try_number, max_tries, start_date, end_date, duration, pool, pool_slots, queue, updated_at, span_status)
     SELECT gen_random_uuid(), 'etl', run_id, '${task}', i, '${state}', 1, 0, now() - interval '9 s', CASE WHEN '${state}' <> 'running' THEN now() END, 9, 'default_pool', 1, 'default', now(), 'ended'
     FROM dag_run, generate_series(0, ${instances - 1}) i WHERE ${runs}`,
  );

/** Makes each row of task_instance take so long to read. */
const slowDown = (database: TestDatabase, seconds: number): Promise<unknown> =>
  database.query(`
    ALTER TABLE task_instance RENAME TO fast_task_instance;
    CREATE FUNCTION slow(t timestamptz) RETURNS timestamptz VOLATILE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(${seconds}); RETURN t; END $$;
    CREATE VIEW task_instance AS SELECT id, dag_id, run_id, task_id, map_index, state, try_number, max_tries, start_date, end_date, duration, pool, pool_slots, queue, queued_dttm,
      operator, hostname, executor, slow(updated_at) AS updated_at FROM fast_task_instance`);

/** Looks until every run is read; the transitions of all looks. */
async function lookUntilSettled(observer: Observer): Promise<{ seen: Transition[]; cycles: number }> {
  const seen: Transition[] = [];
  for (let cycles = 1; cycles < 100; cycles += 1) {
    seen.push(...(await observer.look()).transitions);
    if ([...observer.known.runs.values()].every(({ settled }) => settled)) return { seen, cycles };
  }
  throw new Error('the runs are never read to their end');
}

test('a run of 45 000 mapped instances is read page by page over several cycles, and each is counted once', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  const pages: number[] = [];
  // The time of a transaction is used up after one statement about task instances, and there are two transactions in a cycle.
  const wrap = (airflow: AirflowDatabase): AirflowDatabase => ({
    ...airflow,
    read: (work) =>
      airflow.read((read) => {
        let isUsedUp = false;
        return work({
          ...read,
          async query<Row extends object>(text: string, values?: readonly unknown[]) {
            const rows = await read.query<Row>(text, values);
            if (/FROM task_instance (t )?WHERE.*dag_id/s.test(text)) {
              isUsedUp = true;
              pages.push(rows.length);
            }
            return rows;
          },
          leftMs: () => (isUsedUp ? 0 : read.leftMs()),
        });
      }),
  });
  await using observer = await observe(database.url, { budgetMs: 0, wrap });
  await observer.look();
  await insertRows(database, 'dag_run', [runRow(1)]);
  await addMapped(database, 'id = 1', 'each', 45_000, 'success');
  const { seen, cycles } = await lookUntilSettled(observer);
  expect(count(seen, 'success each')).toBe(45_000);
  expect([pages, cycles]).toEqual([[20_001, 20_000, 20_000, 5000], 2]);
  await database.query(`UPDATE dag_run SET state = 'success', end_date = now() WHERE id = 1`);
  expect(count((await lookUntilSettled(observer)).seen, 'success each')).toBe(0);
});

test('10 000 mapped instances that end while their run goes on are counted once, and so are more than a statement may return', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await using observer = await observe(database.url, { budgetMs: 30_000 });
  await observer.look();
  await insertRows(database, 'dag_run', [runRow(1)]);
  await addMapped(database, 'id = 1', 'each', 10_000, 'running');
  expect(told((await observer.look()).transitions)).toEqual(['run started']);
  await database.query(`UPDATE task_instance SET state = 'failed', end_date = now(), updated_at = now()`);
  expect(count((await observer.look()).transitions, 'failure each')).toBe(10_000);
  expect((await observer.look()).transitions).toEqual([]);
  await addMapped(database, 'id = 1', 'other', 20_001, 'success');
  const { transitions } = await observer.look();
  expect([count(transitions, 'success other'), count(transitions, 'failure')]).toEqual([20_001, 0]);
  expect(observer.known.runs.get(1)?.settled).toBe(true);
});

test('a database too slow for a whole batch is read in smaller parts, and nothing is lost', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await using observer = await observe(database.url, { budgetMs: 60_000, transactionTimeoutMs: 600 });
  await observer.look();
  const runs = Array.from({ length: 8 }, (_, index) => runRow(index + 1));
  await insertRows(database, 'dag_run', runs);
  await addMapped(database, 'true', 'each', 3, 'success');
  // The 24 rows of one batch take twice as long as a transaction may.
  await slowDown(database, 0.05);
  expect(count((await observer.look()).transitions, 'success each')).toBe(24);
  expect([...observer.known.runs.values()].every(({ settled }) => settled)).toBe(true);
});

test('the watermark waits for changes that there was no time to read', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await using observer = await observe(database.url, { budgetMs: 0, transactionTimeoutMs: 600 });
  await insertRows(
    database,
    'dag_run',
    Array.from({ length: 250 }, (_, index) => runRow(index + 1)),
  );
  await addMapped(database, 'true', 'each', 1, 'running');
  await lookUntilSettled(observer);
  const before = observer.known.watermarks?.at;
  await slowDown(database, 0.1);
  await database.query(`UPDATE fast_task_instance SET state = 'success', end_date = now(), updated_at = now()`);
  const { watermarks } = await observer.look();
  expect(watermarks.at).toEqual(before);
  await database.query('DROP VIEW task_instance; ALTER TABLE fast_task_instance RENAME TO task_instance');
  const { transitions, watermarks: after } = await observer.look();
  expect(count(transitions, 'success each')).toBe(250);
  expect(after.at > watermarks.at).toBe(true);
});
