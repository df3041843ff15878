import { describe, expect, test } from 'vitest';
import { readHistory } from '../../../src/collect/history.ts';
import type { MappedRun } from '../../../src/collect/mapped.ts';
import { createAirflowDatabase } from '../../kit/database.ts';
import { endedTask, fillRows, insertDag, insertRows, observe, runRow, taskRow, type Row } from '../../kit/simulated-airflow.ts';

const shown = (runs: readonly MappedRun[]) => runs.map(({ runPk, counts }) => [runPk, Object.fromEntries(counts)]);
const mapped = (runId: number, count: number, over: Row = {}): Row[] =>
  Array.from({ length: count }, (_, index) => endedTask(runId, 'success', { map_index: index, ...over }));
const ended = (id: number, over: Row = {}): Row =>
  runRow(id, { state: 'success', end_date: new Date(Date.now() - 1000).toISOString(), ...over });

describe.each(['2.10.5', '3.3.2'] as const)('mapped counts of Airflow %s', (release) => {
  test('come once with the end of a run, whether it was open at a look before or not, and again after a clear', async () => {
    await using database = await createAirflowDatabase(release);
    await insertDag(database, 'etl');
    await insertRows(database, 'dag_run', [runRow(1), ended(2)]);
    await insertRows(database, 'task_instance', [...mapped(1, 3), ...mapped(2, 5)]);
    await using observer = await observe(database.url);
    const look = async () => shown((await observer.look()).mapped);
    // What had ended before is history.
    expect(await look()).toEqual([]);
    await database.query(`UPDATE dag_run SET state = 'success', end_date = now() WHERE id = 1`);
    await insertRows(database, 'dag_run', [ended(3), ended(4, { state: 'failed' })]);
    await insertRows(database, 'task_instance', [
      endedTask(3, 'skipped'),
      ...mapped(4, 2, { state: 'failed' }),
      taskRow(4, { task_id: 'other', state: 'upstream_failed' }),
    ]);
    expect(await look()).toEqual([
      [1, { load: 3 }],
      [3, { load: 0 }],
      [4, { load: 2 }],
    ]);
    expect(await look()).toEqual([]);
    await database.query(
      `UPDATE task_instance SET state = 'removed', updated_at = now() WHERE run_id = 'run_1' AND map_index = 2`,
    );
    await database.query(`UPDATE dag_run SET clear_number = 1, end_date = now() + interval '1 second' WHERE id = 1`);
    expect(await look()).toEqual([[1, { load: 2 }]]);
  });
});

test('history tells them too, but not of a run whose rows were cut off at the limit of a statement', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await insertDag(database, 'etl');
  await insertRows(database, 'dag_run', [ended(1), ended(2), runRow(3)]);
  await insertRows(database, 'task_instance', [...mapped(1, 4), endedTask(1, 'skipped', { task_id: 'left' }), ...mapped(3, 2)]);
  await fillRows(database, 'task_instance', 20_001, {
    dag_id: `'etl'`,
    run_id: `'run_2'`,
    task_id: `'load'`,
    map_index: 'i',
    state: `'success'`,
    pool: `'default_pool'`,
    pool_slots: '1',
    queue: `'default'`,
    try_number: '1',
    id: 'gen_random_uuid()',
  });
  await using observer = await observe(database.url);
  const read = { since: new Date(0), wanted: () => true, runsMax: 200 };
  const chunk = await readHistory(observer.airflow, observer.shape, 10, read);
  expect(chunk.runs).toHaveLength(3);
  expect(shown(chunk.mapped)).toEqual([[1, { load: 4, left: 0 }]]);
});
