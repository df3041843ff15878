import { expect, test } from 'vitest';
import { insertRows, observe, runRow, taskRow } from '../../kit/simulated-airflow.ts';
import { createAirflowDatabase } from '../../kit/database.ts';

const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

test('SLA misses of Airflow 2 are counted by DAG for the last 7 days of logical time, 0 for a DAG that has only older ones', async () => {
  await using database = await createAirflowDatabase('2.11.2');
  const miss = (dag_id: string, task_id: string, hours: number) => ({
    dag_id,
    task_id,
    execution_date: inHours(hours),
    timestamp: inHours(0),
  });
  await insertRows(database, 'sla_miss', [
    miss('etl', 'load', -1),
    miss('etl', 'load', -2),
    miss('etl', 'report', -167),
    miss('etl', 'report', -169),
    miss('old', 'load', -500),
    miss('other', 'load', -3),
  ]);
  await using observer = await observe(database.url);
  const misses = (await observer.look()).snapshot.slaMisses?.map(({ dagId, count }) => ({ dagId, count })) ?? [];
  expect(misses.toSorted((a, b) => (a.dagId < b.dagId ? -1 : 1))).toEqual([
    { dagId: 'etl', count: 3 },
    { dagId: 'old', count: 0 },
    { dagId: 'other', count: 1 },
  ]);
});

test.each(['3.1.8', '3.3.2'])('deadlines of Airflow %s are pending, overdue or missed, for the last 7 days', async (version) => {
  await using database = await createAirflowDatabase(version);
  await database.query('ALTER TABLE deadline DROP CONSTRAINT IF EXISTS deadline_callback_id_fkey');
  await insertRows(database, 'dag_run', [runRow(1), runRow(2, { dag_id: 'other' })]);
  const deadline = (dagrun_id: number, hours: number, state: string | null) => ({
    dagrun_id,
    deadline_time: inHours(hours),
    callback_state: state,
    missed: state !== null,
  });
  await insertRows(database, 'deadline', [
    deadline(1, 1, null),
    deadline(1, 2, null),
    deadline(1, -1, null),
    deadline(1, -2, 'queued'),
    deadline(1, -167, 'failed'),
    deadline(1, -169, 'success'),
    deadline(2, -3, 'success'),
  ]);
  await using observer = await observe(database.url);
  expect(
    (await observer.look()).snapshot.deadlines?.map(({ dagId, state, count }) => `${dagId} ${state} ${count}`).toSorted(),
  ).toEqual(['etl missed 2', 'etl overdue 1', 'etl pending 2', 'other missed 1']);
});

test('every import error is counted; the first 200 come with their redacted text', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  const errors = Array.from({ length: 250 }, (_, index) => ({
    id: index + 1,
    filename: `broken_${index}.py`,
    timestamp: inHours(0),
    stacktrace: `password = 'hunter2-${index}'`,
  }));
  await insertRows(database, 'import_error', errors);
  await using observer = await observe(database.url);
  const { importErrors } = (await observer.look()).snapshot;
  expect([importErrors?.count, importErrors?.errors.length]).toEqual([250, 200]);
  expect(JSON.stringify(importErrors)).not.toContain('hunter2');
});

test.each(['2.11.2', '3.3.2'])(
  'pools of Airflow %s are weighted by slots; deferred tasks take them only where the pool says so',
  async (version) => {
    await using database = await createAirflowDatabase(version);
    await database.query('DELETE FROM slot_pool');
    await insertRows(database, 'slot_pool', [
      { id: 1, pool: 'narrow', slots: 3, include_deferred: false },
      { id: 2, pool: 'patient', slots: 3, include_deferred: true },
      { id: 3, pool: 'wide', slots: -1, include_deferred: false },
    ]);
    await insertRows(database, 'dag_run', [runRow(1)]);
    await insertRows(
      database,
      'task_instance',
      [
        { pool: 'narrow', pool_slots: 3 },
        { pool: 'narrow', state: 'queued', queued_dttm: inHours(0) },
        { pool: 'narrow', state: 'scheduled' },
        { pool: 'narrow', state: 'deferred' },
        { pool: 'patient', state: 'deferred', pool_slots: 2 },
        { pool: 'wide' },
      ].map((over, map_index) => taskRow(1, { map_index, ...over })),
    );
    await using observer = await observe(database.url);
    expect((await observer.look()).snapshot.pools).toEqual([
      { pool: 'narrow', open: -1, running: 3, queued: 1, scheduled: 1, deferred: 1 },
      { pool: 'patient', open: 1, running: 0, queued: 0, scheduled: 0, deferred: 2 },
      { pool: 'wide', open: Infinity, running: 1, queued: 0, scheduled: 0, deferred: 0 },
    ]);
  },
);
