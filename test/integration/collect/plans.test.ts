import { expect, test } from 'vitest';
import { readRunKeysByDate, readRunsByKey } from '../../../src/airflow/read-runs.ts';
import { readClosedTries } from '../../../src/airflow/read-tasks.ts';
import { readHistory } from '../../../src/collect/history.ts';
import { fillRows, insertDag, insertRows, observe, runRow, taskRow } from '../../kit/simulated-airflow.ts';
import { createAirflowDatabase, type TestDatabase } from '../../kit/database.ts';
import { explaining } from '../../kit/plans.ts';

const runs = 3000;
const due = `now() - (${runs} - i) * interval '1 hour' - interval '1 min'`;
const task = {
  dag_id: `'dag_' || (i % 50)`,
  run_id: `'run_' || i`,
  task_id: `'load'`,
  map_index: '-1',
  state: `CASE WHEN i % 10 = 0 THEN 'failed' ELSE 'success' END`,
  try_number: '1',
  start_date: due,
  end_date: due,
  pool: `'default_pool'`,
  updated_at: due,
};

/** 3000 runs of 50 DAGs in the past, with what they left behind, and one run that goes on. */
async function fill(database: TestDatabase): Promise<void> {
  const has = async (table: string): Promise<boolean> =>
    (await database.query<{ there: boolean }>(`SELECT to_regclass('${table}') IS NOT NULL AS there`))[0]?.there === true;
  for (let dag = 0; dag < 50; dag += 1) await insertDag(database, `dag_${dag}`);
  await fillRows(database, 'dag_run', runs, {
    id: 'i',
    dag_id: `'dag_' || (i % 50)`,
    run_id: `'run_' || i`,
    run_type: `'scheduled'`,
    state: `'success'`,
    execution_date: due,
    logical_date: due,
    run_after: due,
    queued_at: due,
    start_date: due,
    end_date: due,
  });
  for (const task_id of ['extract', 'load', 'report'])
    await fillRows(database, 'task_instance', runs, { ...task, task_id: `'${task_id}'` });
  for (const table of ['task_instance_history', 'task_fail'])
    if (await has(table)) await fillRows(database, table, runs, { ...task, task_instance_id: 'gen_random_uuid()' });
  await fillRows(database, 'log', 10_000, {
    event: `'success'`,
    dttm: 'now()',
    dag_id: `'dag_1'`,
    run_id: `'run_1'`,
    map_index: '-1',
  });
  await fillRows(database, 'job', 10_000, { job_type: `'LocalTaskJob'`, state: `'success'`, latest_heartbeat: due });
  if (await has('sla_miss'))
    await fillRows(database, 'sla_miss', 10_000, {
      dag_id: `'dag_' || (i % 50)`,
      task_id: `'load'`,
      execution_date: `now() - i * interval '1 hour'`,
    });
  await database.query('ALTER TABLE IF EXISTS deadline DROP CONSTRAINT IF EXISTS deadline_callback_id_fkey');
  if (await has('deadline'))
    await fillRows(database, 'deadline', runs, {
      dagrun_id: 'i',
      deadline_time: due,
      missed: 'i % 100 <> 0',
      callback_state: `CASE WHEN i % 100 <> 0 THEN 'success' END`,
    });
  for (const [asset, key] of [
    ['dataset', 'dataset_id'],
    ['asset', 'asset_id'],
  ] as const) {
    if (!(await has(asset))) continue;
    await fillRows(database, asset, 20, { id: 'i', uri: `'file://' || i`, name: `'name_' || i` });
    if (await has(`${asset}_active`))
      await fillRows(database, `${asset}_active`, 20, { uri: `'file://' || i`, name: `'name_' || i` });
    await fillRows(database, `${asset}_event`, 10_000, { [key]: '1 + i % 20', timestamp: due });
  }
  await insertRows(database, 'dag_run', [runRow(runs + 1)]);
  await insertRows(database, 'task_instance', [
    taskRow(runs + 1),
    taskRow(runs + 1, { task_id: 'retried', try_number: 3, max_tries: 5 }),
  ]);
}

test.each(['2.7.3', '2.11.2', '3.1.8', '3.3.2'])(
  'no statement on Airflow %s reads a table as a whole that grows with history',
  async (version) => {
    await using database = await createAirflowDatabase(version);
    await fill(database);
    const { wrap, scans, statements } = explaining();
    await using observer = await observe(database.url, { wrap });
    await observer.look();
    // A new run, a person's action on an old one, a task between its tries, and the sweep.
    await insertRows(database, 'dag_run', [runRow(runs + 2, { state: 'success', end_date: new Date().toISOString() })]);
    await insertRows(database, 'task_instance', [
      taskRow(runs + 2, { try_number: 3, max_tries: 5, state: 'success', end_date: new Date() }),
    ]);
    await insertRows(database, 'log', [
      {
        event: 'clear',
        dttm: new Date().toISOString(),
        dag_id: 'dag_3',
        run_id: 'run_3',
        owner: 'ann',
        execution_date: new Date().toISOString(),
      },
    ]);
    for (let looks = 0; looks < 3; looks += 1) {
      observer.memory.sweep.sweptAtMs = 0;
      const { reports } = await observer.look();
      expect(reports.filter(({ ok }) => !ok)).toEqual([]);
    }
    await readHistory(observer.airflow, observer.shape, runs, { since: new Date(0), wanted: () => true, runsMax: 200 });
    // Many keys at once, as after a time away or of a wide mapped task whose instances are all tried again.
    const keys = Array.from({ length: 2000 }, (_, i) => ({
      dagId: `dag_${(i + 1) % 50}`,
      runId: `run_${i + 1}`,
      taskId: 'load',
      mapIndex: -1,
      logicalDate: new Date(i),
    }));
    const { runsFound, triesFound } = await observer.airflow.read(async (read) => {
      const triesFound = (await readClosedTries(read, observer.shape, keys)).length;
      await readRunKeysByDate(read, observer.shape, keys);
      return { runsFound: (await readRunsByKey(read, observer.shape, keys)).length, triesFound };
    });
    expect({ runsFound, triesFound }).toEqual({ runsFound: 2000, triesFound: 2000 });
    expect(statements()).toBeGreaterThan(40);
    expect(scans).toEqual([]);
  },
);
