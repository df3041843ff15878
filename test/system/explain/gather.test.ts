import { expect, test } from 'vitest';
import { connectAirflow } from '../../../src/airflow/connect.ts';
import { probe } from '../../../src/airflow/probe.ts';
import { gatherCircumstances, tellEvidence } from '../../../src/explain/evidence/gather.ts';
import { explainFinding } from '../../../src/explain/explain-finding.ts';
import type { GatherDeps } from '../../../src/explain/evidence/scene.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { Incident } from '../../../src/incident/incident.ts';
import { airflowVersions, createAirflowDatabase, createStore, type TestDatabase } from '../../kit/database.ts';
import { grantReadOnly } from '../../kit/read-only-role.ts';
import { incident } from '../../kit/findings.ts';
import { endedTask, insertDag, insertRows, runRow, taskRow } from '../../kit/simulated-airflow.ts';

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

/** A DAG whose run 2 failed in `load`, after run 1 had succeeded; somebody changed a variable in between. */
async function fill(database: TestDatabase): Promise<void> {
  await insertDag(database, 'etl');
  await insertRows(database, 'dag_run', [
    runRow(1, { state: 'success', start_date: minutesAgo(90), end_date: minutesAgo(80), dag_hash: 'a'.repeat(32) }),
    runRow(2, { state: 'failed', start_date: minutesAgo(30), end_date: minutesAgo(10), dag_hash: 'b'.repeat(32) }),
  ]);
  const versions = await database.query<{ there: boolean }>(`SELECT to_regclass('dag_version') IS NOT NULL AS there`);
  if (versions[0]?.there === true)
    await insertRows(
      database,
      'dag_version',
      [1, 2].map((number) => ({
        id: versionId(number),
        dag_id: 'etl',
        version_number: number,
        bundle_name: 'dags',
        bundle_version: `c0ffee${number}`,
        created_at: minutesAgo(120 - 60 * number).toISOString(),
        last_updated: minutesAgo(120 - 60 * number).toISOString(),
      })),
    );
  await insertRows(database, 'task_instance', [
    endedTask(1, 'success', {
      start_date: minutesAgo(85),
      end_date: minutesAgo(84),
      queued_dttm: minutesAgo(86),
      hostname: 'worker-0',
      dag_version_id: versionId(1),
    }),
    endedTask(2, 'success', {
      task_id: 'extract',
      start_date: minutesAgo(29),
      end_date: minutesAgo(28),
      hostname: 'worker-0',
      dag_version_id: versionId(2),
    }),
    endedTask(2, 'failed', {
      start_date: minutesAgo(15),
      end_date: minutesAgo(10),
      duration: 300,
      queued_dttm: minutesAgo(16),
      hostname: 'worker-1',
      dag_version_id: versionId(2),
    }),
    taskRow(2, { task_id: 'publish', state: 'upstream_failed', dag_version_id: versionId(2) }),
  ]);
  await insertRows(
    database,
    'log',
    [
      { id: 1, dttm: minutesAgo(200), event: 'variable.edit', owner: 'ann', owner_display_name: 'Ann' },
      { id: 2, dttm: minutesAgo(40), event: 'post_variable', owner: 'bob', owner_display_name: 'Bob' },
      { id: 3, dttm: minutesAgo(35), event: 'api.variable.edit', owner: 'cid', owner_display_name: 'Cid' },
      { id: 4, dttm: minutesAgo(12), event: 'running', dag_id: 'etl', task_id: 'load', owner: 'airflow' },
      { id: 5, dttm: minutesAgo(11), event: 'clear', dag_id: 'other', task_id: 'load', owner: 'dan' },
      {
        id: 6,
        dttm: minutesAgo(10),
        event: 'heartbeat timeout',
        dag_id: 'etl',
        task_id: 'load',
        run_id: 'run_2',
        map_index: -1,
        try_number: 1,
        owner: 'airflow',
      },
    ].map((row) => ({ ...row, dttm: row.dttm.toISOString() })),
  );
}

const versionId = (number: number): string => `00000000-0000-4000-8000-00000000000${number}`;

const failed: Incident = incident(
  {},
  {
    since: minutesAgo(10),
    event: 'run:2:load:1',
    occasion: { runId: 'run_2', runPk: 2, runType: 'manual', mapIndex: null, tryNumber: 1 },
    carried: { host: 'worker-1', pool: 'default_pool', queue: 'default', operator: 'PythonOperator' },
  },
);

async function withDeps<Result>(url: string, work: (deps: GatherDeps) => Promise<Result>): Promise<Result> {
  await using store = await createStore();
  const airflow = connectAirflow({ url, connectTimeoutMs: 5000, transactionTimeoutMs: 2000, clock: systemClock });
  try {
    const shape = await airflow.read(probe);
    await store.query(
      `INSERT INTO run_sample (airflow, dag_id, run_pk, run_id, run_type, started_at, ended_at, state, by_person)
       VALUES ('test', 'etl', 1, 'run_1', 'manual', $1, $2, 'success', false), ('test', 'etl', 2, 'run_2', 'manual', $3, $4, 'failed', false)`,
      [minutesAgo(90), minutesAgo(80), minutesAgo(30), minutesAgo(10)],
    );
    await store.query(
      `INSERT INTO dag_graph (airflow, dag_id, hash, tasks, links) VALUES ('test', 'etl', 'h', $1, $2), ('test', 'report', 'h', '[]', '[]')`,
      [
        JSON.stringify([
          { taskId: 'extract', operator: 'PythonOperator', downstream: ['load'] },
          { taskId: 'load', operator: 'PythonOperator', downstream: ['publish'] },
          { taskId: 'publish', operator: 'PythonOperator', downstream: [] },
        ]),
        JSON.stringify([{ source: 'etl', target: 'report', type: 'trigger', id: 'x' }]),
      ],
    );
    await store.query(
      `INSERT INTO error_signature (airflow, signature, dag_id, task_id, category, cause, times, first_at, last_at, last_incident_id)
       VALUES ('test', 's1', 'etl', 'load', 'resource_error', 'The disk is full.', 4, now(), now(), 'old'), ('test', 's2', 'etl', 'load', 'unknown', 'New.', 1, now(), now(), 'inc-1'),
         ('test', 's3', 'etl', 'extract', 'unknown', 'Another task.', 9, now(), now(), 'old'), ('test', 's4', 'etl', 'load', 'unknown', 'Long ago.', 9, now(), now() - interval '31 days', 'old')`,
    );
    return await work({ airflow, shape, store, deployment: 'test', snapshot: { at: new Date(), openRuns: [] } });
  } finally {
    await airflow.close();
  }
}

test.each(airflowVersions)('what is known round a failed task is read from Airflow %s', async (version) => {
  await using database = await createAirflowDatabase(version);
  await fill(database);
  const url = await grantReadOnly(database, 'windsock_gather_test');
  await withDeps(url, async (deps) => {
    const found = await gatherCircumstances(deps, failed, { now: new Date() });
    expect(found.missing).toEqual([]);
    expect(found.attempt).toMatchObject({
      state: 'failed',
      host: 'worker-1',
      durationSeconds: 300,
      queuedSeconds: 60,
      deferredSeconds: null,
    });
    expect(found.changes?.version?.changed).toBe(true);
    // Who did it, newest first; of other DAGs and of before the last success nothing, and no value of a variable anywhere.
    const who = deps.shape.has('log', 'owner_display_name') ? ['Cid', 'Bob'] : ['cid', 'bob'];
    expect(found.changes?.actions.map(({ deed, who: by }) => [deed, by])).toEqual(who.map((by) => ['variable', by]));
    expect(found.run).toMatchObject({ state: 'failed', states: { success: 1, failed: 1, upstream_failed: 1 }, upstream: [] });
    expect(found.run?.failed.map(({ taskId }) => taskId)).toEqual(['load']);
    expect(found.platform?.lostWorkers).toBe(deps.shape.triesCountFromScheduling ? 1 : null);
    // Neither what other tasks failed of, nor long ago, nor what this very incident was explained by.
    expect(found.history?.errors.map(({ cause, times }) => [cause, times])).toEqual([['The disk is full.', 4]]);
    expect(found.impact).toMatchObject({ tasks: ['publish'], dags: ['report'] });
    expect(found.attempt?.events.map(({ event }) => event)).toEqual(
      deps.shape.has('log', 'try_number') ? ['heartbeat timeout'] : [],
    );
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    const told = tellEvidence(found);
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
    expect(told.map(({ id }) => id)).toEqual(expect.arrayContaining(['E1', 'E5', 'E6', 'E8', 'E10']));
  });
});

test('a row that Airflow has cleaned away leaves out what it would say, and nothing fails', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await fill(database);
  await database.query('DELETE FROM task_instance');
  await database.query('DELETE FROM dag_run');
  await withDeps(database.url, async (deps) => {
    const found = await gatherCircumstances(deps, failed, { now: new Date() });
    expect(found.missing).toEqual([]);
    expect([found.attempt, found.run]).toEqual([undefined, undefined]);
    expect(explainFinding(failed, found).nextSteps.length).toBeGreaterThan(0);
  });
});

test('what the role may not read is left out and named, and the rest is there', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await fill(database);
  const url = await grantReadOnly(database, 'windsock_gather_less');
  await database.query('REVOKE SELECT ON log, dag_version, task_instance_note, job FROM windsock_gather_less');
  await database.query('REVOKE SELECT (dag_version_id) ON task_instance FROM windsock_gather_less');
  await withDeps(url, async (deps) => {
    const found = await gatherCircumstances(deps, failed, { now: new Date() });
    expect(found.missing).toEqual([]);
    expect(found.attempt).toMatchObject({ state: 'failed', version: null, events: [] });
    expect(found.changes).toMatchObject({ version: null, versions: [], actions: [], readBackTo: null });
    // The schema changes under us: what was readable when it was probed is not any more.
    await database.query('REVOKE SELECT ON task_instance FROM windsock_gather_less');
    await database.query('REVOKE SELECT (dag_id, run_id, task_id) ON task_instance FROM windsock_gather_less');
    const less = await gatherCircumstances(deps, failed, { now: new Date() });
    expect(less.missing.map(({ id }) => id)).toEqual(expect.arrayContaining(['E1', 'E6']));
    expect(less.missing[0]?.why).toMatch(/airflow-role\.sql/);
    expect(less.impact?.dags).toEqual(['report']);
  });
});

test('a deadline leaves out what was not read by then', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await fill(database);
  await withDeps(database.url, async (deps) => {
    const found = await gatherCircumstances(deps, failed, { now: new Date(), signal: AbortSignal.abort() });
    expect(found.missing).toHaveLength(10);
    expect(found.missing[0]).toEqual({ id: 'E1', why: 'there was no time left' });
    expect(tellEvidence(found)).toEqual([]);
    expect(explainFinding(failed, found)).toMatchObject({ category: 'unknown', evidence: [] });
  });
});
