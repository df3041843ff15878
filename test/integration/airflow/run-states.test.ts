import { expect, test } from 'vitest';
import { instancesMax, readTaskStates } from '../../../src/airflow/read-run-states.ts';
import { createCloserLook } from '../../../src/look-closer.ts';
import { createAirflowDatabase } from '../../kit/database.ts';
import { explaining } from '../../kit/plans.ts';
import { fillRows, insertDag, insertRows, observe, runRow } from '../../kit/simulated-airflow.ts';

const names = (from: number, count: number): string[] => Array.from({ length: count }, (_, index) => `task_${from + index}`);

test.each(['2.7.3', '3.3.2'])(
  'the states of some tasks of a run of 5,000 are read one by one, by the unique key, on Airflow %s',
  async (version) => {
    await using database = await createAirflowDatabase(version);
    await insertDag(database, 'etl');
    await insertRows(database, 'dag_run', [runRow(1)]);
    const row = { dag_id: `'etl'`, run_id: `'run_1'`, pool: `'default_pool'`, start_date: 'now()', end_date: 'now()' };
    await fillRows(database, 'task_instance', 5000, {
      ...row,
      task_id: `'task_' || i`,
      map_index: '-1',
      state: `CASE WHEN i % 10 = 0 THEN 'failed' WHEN i % 10 = 1 THEN NULL ELSE 'success' END`,
    });
    await fillRows(database, 'task_instance', instancesMax + 200, {
      ...row,
      task_id: `'mapped'`,
      map_index: 'i',
      state: `CASE WHEN i <= 3 THEN 'failed' ELSE 'success' END`,
    });
    const { wrap, scans, statements } = explaining();
    await using observer = await observe(database.url, { wrap });
    const run = { dagId: 'etl', runId: 'run_1' };

    const states = await observer.airflow.read((read) => readTaskStates(read, run, [...names(1, 240), 'mapped', 'gone']));
    const byTask = Map.groupBy(states, ({ taskId }) => taskId);
    expect(byTask.size).toBe(241);
    expect(byTask.get('task_10')).toMatchObject([{ state: 'failed', count: 1 }]);
    expect(byTask.get('task_11')).toMatchObject([{ state: null, count: 1 }]);
    expect(byTask.get('task_12')?.[0]?.endedAt).toBeInstanceOf(Date);
    expect((byTask.get('mapped') ?? []).reduce((sum, { count }) => sum + count, 0)).toBe(instancesMax);
    expect(statements()).toBeGreaterThan(0);
    expect(scans).toEqual([]);

    const look = createCloserLook({ airflow: observer.airflow, shape: () => observer.shape });
    const none = await look({ dagId: 'etl', run: 'no_such_run', taskIds: ['task_1'] });
    expect(none).toMatchObject({ ok: true, states: [] });
  },
);

test('a follower, which has not looked at Airflow, finds its shape out by itself; versions of the DAG come newest first', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await insertDag(database, 'etl');
  await insertRows(
    database,
    'dag_version',
    [1, 2].map((version_number) => ({
      dag_id: 'etl',
      version_number,
      bundle_name: 'dags',
      created_at: `2026-03-0${version_number}`,
    })),
  );
  await using observer = await observe(database.url);
  const look = createCloserLook({ airflow: observer.airflow, shape: () => null });
  const view = await look({ dagId: 'etl', run: null, taskIds: [] });
  expect(view.ok && view.versions.map(({ number }) => number)).toEqual([2, 1]);
});

test('an Airflow that is away is told as a reason without a secret, and answers again when it is back', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await using observer = await observe(database.url);
  let away = true;
  const look = createCloserLook({
    airflow: {
      ...observer.airflow,
      read: (work) =>
        away ? Promise.reject(new Error('connect ECONNREFUSED postgresql://u:hunter2@db/airflow')) : observer.airflow.read(work),
    },
    shape: () => observer.shape,
  });
  const view = await look({ dagId: 'etl', run: 'run_1', taskIds: ['load'] });
  expect(view.ok).toBe(false);
  expect(JSON.stringify(view)).not.toContain('hunter2');
  away = false;
  expect((await look({ dagId: 'etl', run: 'run_1', taskIds: ['load'] })).ok).toBe(true);
});
