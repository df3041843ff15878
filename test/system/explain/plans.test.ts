import { expect, test } from 'vitest';
import { connectAirflow } from '../../../src/airflow/connect.ts';
import { probe } from '../../../src/airflow/probe.ts';
import { gatherCircumstances } from '../../../src/explain/evidence/gather.ts';
import type { Incident } from '../../../src/incident/incident.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createAirflowDatabase, createStore, type TestDatabase } from '../../kit/database.ts';
import { incident } from '../../kit/findings.ts';
import { explaining } from '../../kit/plans.ts';
import { fillRows, insertDag } from '../../kit/simulated-airflow.ts';

const runs = 1500;
const instances = 10;
/** Of the run with the id `i`. */
const dueOf = (i: string): string => `now() - (${runs} - ${i}) * interval '1 hour'`;
const due = dueOf('i');

/** 1500 runs of 3 DAGs with 10 mapped instances of a task each, and an audit log three times as long as is looked at. */
async function fill(database: TestDatabase): Promise<void> {
  for (let dag = 0; dag < 3; dag += 1) await insertDag(database, `dag_${dag}`);
  const run = { dag_id: `'dag_' || (i % 3)`, run_id: `'run_' || i` };
  await fillRows(database, 'dag_run', runs, {
    ...run,
    id: 'i',
    run_type: `'scheduled'`,
    state: `'success'`,
    execution_date: due,
    logical_date: due,
    run_after: due,
    start_date: due,
    end_date: due,
  });
  // Row after row of a run, then the next one.
  const of = `(1 + i % ${runs})`;
  await fillRows(database, 'task_instance', runs * instances, {
    dag_id: `'dag_' || (${of} % 3)`,
    run_id: `'run_' || ${of}`,
    task_id: `'load'`,
    map_index: `(i - 1) / ${runs}`,
    state: `'success'`,
    try_number: '1',
    start_date: dueOf(of),
    end_date: dueOf(of),
    duration: '60',
    hostname: `'worker-' || (i % 2)`,
    pool: `'default_pool'`,
    updated_at: dueOf(of),
  });
  await fillRows(database, 'log', 60_000, {
    event: `CASE WHEN i % 1000 = 0 THEN 'patch_variable' ELSE 'success' END`,
    dttm: `now() - (60000 - i) * interval '1 second'`,
    dag_id: `CASE WHEN i % 1000 > 0 THEN 'dag_1' END`,
    run_id: `'run_' || i`,
    map_index: '-1',
  });
  await fillRows(database, 'job', 10_000, { job_type: `'LocalTaskJob'`, state: `'success'`, latest_heartbeat: due });
}

const failed: Incident = incident(
  { subject: { type: 'task', dagId: 'dag_0', taskId: 'load' } },
  {
    since: new Date(),
    subject: { type: 'task', dagId: 'dag_0', taskId: 'load' },
    event: `run:${runs}:load:1`,
    occasion: { runId: `run_${runs}`, runPk: runs, runType: 'scheduled', mapIndex: 3, tryNumber: 1 },
    carried: { host: 'worker-1', pool: 'default_pool', queue: 'default', operator: 'PythonOperator' },
  },
);

test.each(['2.7.3', '3.3.2'])(
  'evidence from Airflow %s takes a dozen statements by index, whatever the history',
  async (version) => {
    await using database = await createAirflowDatabase(version);
    await using store = await createStore();
    await fill(database);
    const { wrap, scans, statements } = explaining();
    const airflow = wrap(
      connectAirflow({ url: database.url, connectTimeoutMs: 5000, transactionTimeoutMs: 5000, clock: systemClock }),
    );
    try {
      const shape = await airflow.read(probe);
      await store.query(
        `INSERT INTO run_sample (airflow, dag_id, run_pk, run_id, run_type, started_at, ended_at, state, by_person)
         SELECT 'test', 'dag_0', i, 'run_' || i, 'scheduled', now() - (1500 - i) * interval '1 hour', now() - (1500 - i) * interval '1 hour', 'success', false
         FROM generate_series(1200, 1497, 3) i`,
      );
      const before = statements();
      scans.length = 0;
      const found = await gatherCircumstances(
        { airflow, shape, store, deployment: 'test', snapshot: { at: new Date(), openRuns: [] } },
        failed,
        { now: new Date() },
      );
      expect(found.missing).toEqual([]);
      expect(found.attempt?.mapIndex).toBe(3);
      expect(found.history?.byHost.length).toBeGreaterThan(0);
      expect(found.history?.medianInstances).toBe(instances);
      expect(found.changes?.actions.length).toBeGreaterThan(0);
      expect(statements() - before).toBeLessThanOrEqual(12);
      expect(scans).toEqual([]);
    } finally {
      await airflow.close();
    }
  },
);
