import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Attempt } from '../../../src/collect/transition.ts';
import { analysePatterns } from '../../../src/patterns/analyse.ts';
import { attemptsPerTaskMax, saveAttempts, trimAttempts } from '../../../src/patterns/attempt-facts.ts';
import { environmentOf } from '../../../src/patterns/environment.ts';
import { readAnalysis, saveAnalysis } from '../../../src/patterns/found.ts';
import { recordErrors } from '../../../src/patterns/record-errors.ts';
import { saveEnvironment } from '../../../src/patterns/save-environment.ts';
import { toldError } from '../../../src/patterns/told-error.ts';
import { createRedactor } from '../../../src/redact/redactor.ts';
import { insertRows, runRow, taskRow } from '../../kit/airflow-rows.ts';
import { createCycles } from '../../kit/cycles.ts';
import { createAirflowDatabase, createStore } from '../../kit/database.ts';

let store: Awaited<ReturnType<typeof createStore>>;
beforeAll(async () => {
  store = await createStore();
});
beforeEach(() =>
  store.query(
    'TRUNCATE attempt_fact, found_pattern, pattern_analysis, environment, environment_host, error_cluster, error_member, error_report',
  ),
);
afterAll(() => store[Symbol.asyncDispose]());

const now = new Date('2026-06-10T12:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const rules = { falseDiscoveryMax: 0.05, oddsRatioMin: 2 };
const airflow = 'production';

const attempt = (over: Partial<Attempt> = {}): Attempt => ({
  kind: 'attempt',
  dagId: 'etl',
  taskId: 'load',
  mapIndex: -1,
  runPk: 1,
  runId: 'r1',
  runType: 'scheduled',
  outcome: 'success',
  tryNumber: 1,
  startedAt: hoursAgo(1),
  endedAt: hoursAgo(1),
  durationSeconds: 1,
  queueWaitSeconds: 1,
  queue: 'default',
  pool: 'default_pool',
  operator: 'PythonOperator',
  hostname: 'worker-1',
  dueAt: null,
  runStartedAt: null,
  clearNumber: 0,
  ...over,
});

/** 80 hourly runs of a task, every fifth on worker-2, where it fails every other time. */
const hourly = (taskId: string): Attempt[] =>
  Array.from({ length: 80 }, (_, index) =>
    attempt({
      taskId,
      runId: `r${index}`,
      hostname: index % 5 === 0 ? 'worker-2' : 'worker-1',
      outcome: index % 10 === 0 ? 'retry' : 'success',
      startedAt: hoursAgo(90 - index),
      endedAt: hoursAgo(90 - index),
    }),
  );
const save = (...attempts: Attempt[]) =>
  store.transaction((tx) => saveAttempts(tx, airflow, attempts, new Map([['etl', 'a'.repeat(32)]])));

test('a cycle keeps the tries that ended, with where and how they ran', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await using own = await createStore();
  await insertRows(database, 'dag_bundle', [{ name: 'dags' }]);
  await insertRows(database, 'dag', [
    { dag_id: 'etl', bundle_name: 'dags', is_paused: false, is_stale: false, owners: 'data', fileloc: 'etl.py' },
  ]);
  await using cycles = await createCycles(database.url, own);
  await cycles.cycle();
  const [startDate, endDate] = [new Date(Date.now() - 5000), new Date(Date.now() - 1000)];
  await insertRows(database, 'dag_run', [runRow({ id: 5, dagId: 'etl', runId: 'r5', state: 'running', startDate })]);
  const row = taskRow({ dagId: 'etl', runId: 'r5', taskId: 'load', state: 'failed', tryNumber: 1, startDate, endDate });
  await insertRows(database, 'task_instance', [
    { ...row, hostname: 'worker-7', executor: 'KubernetesExecutor', queue: 'gpu', pool: 'small', operator: 'BashOperator' },
  ]);
  await cycles.cycle();
  expect(await own.query('SELECT * FROM attempt_fact')).toMatchObject([
    {
      airflow: 'airflow',
      dag_id: 'etl',
      task_id: 'load',
      run_id: 'r5',
      map_index: -1,
      failed: true,
      run_type: 'manual',
      host: 'worker-7',
      queue: 'gpu',
      pool: 'small',
      operator: 'BashOperator',
      executor: 'KubernetesExecutor',
      ended_at: endDate,
    },
  ]);
});

describe('tries', () => {
  test('are kept once, and those that have not ended are not', async () => {
    await save(attempt(), attempt({ outcome: 'failure' }), attempt({ tryNumber: 2 }), attempt({ tryNumber: 3, endedAt: null }));
    expect(await store.query('SELECT try_number AS n, failed, dag_version AS v FROM attempt_fact ORDER BY 1')).toEqual([
      { n: 1, failed: false, v: 'a'.repeat(12) },
      { n: 2, failed: false, v: 'a'.repeat(12) },
    ]);
  });

  test(`are bounded: of each task the newest ${attemptsPerTaskMax}, of 30 days`, async () => {
    const many = Array.from({ length: 450 }, (_, index) => attempt({ runId: `r${index}`, endedAt: hoursAgo(index) }));
    await save(...many, attempt({ taskId: 'other' }), attempt({ dagId: 'old', endedAt: hoursAgo(721) }));
    for (let dag = 1; dag <= 12; dag += 1) await save(attempt({ dagId: `dag${dag}`, endedAt: hoursAgo(719) }));
    let after: string | null = '';
    let steps = 0;
    while (after !== null) {
      const from: string = after;
      after = await store.transaction((tx) => trimAttempts(tx, airflow, hoursAgo(720), from));
      steps += 1;
    }
    expect(steps).toBe(2);
    expect(
      await store.query(
        `SELECT dag_id AS dag, task_id AS task, count(*) AS n, min(ended_at) AS oldest FROM attempt_fact WHERE dag_id IN ('etl', 'old') GROUP BY 1, 2 ORDER BY 3`,
      ),
    ).toEqual([
      { dag: 'etl', task: 'other', n: 1, oldest: hoursAgo(1) },
      { dag: 'etl', task: 'load', n: attemptsPerTaskMax, oldest: hoursAgo(attemptsPerTaskMax - 1) },
    ]);
    expect(await store.query(`SELECT count(*) AS n FROM attempt_fact WHERE dag_id LIKE 'dag%'`)).toEqual([{ n: 12 }]);
  });
});

describe('an analysis', () => {
  test('finds the host that failures go with, says what cannot be tested, and is kept', async () => {
    await save(...['extract', 'load', 'report'].flatMap(hourly));
    const report = await analysePatterns(store, airflow, { rules, now });
    expect(report).toMatchObject({ at: now, tries: 240, failures: 24, tasks: 3 });
    expect(report?.patterns).toMatchObject([
      {
        clusterId: '',
        key: 'host',
        value: 'worker-2',
        failedWith: 24,
        triesWith: 48,
        failedWithout: 0,
        oddsRatio: Infinity,
        tasks: 3,
      },
    ]);
    expect(report?.untested).toEqual([
      { key: 'dag_version', reason: 'constant' },
      { key: 'operator', reason: 'constant' },
      { key: 'pool', reason: 'constant' },
      { key: 'queue', reason: 'constant' },
      { key: 'run_type', reason: 'constant' },
      { key: 'try', reason: 'follows_failure' },
    ]);
    expect(await readAnalysis(store, airflow)).toBeUndefined();
    if (report === undefined) throw new Error('no report');
    await store.transaction((tx) => saveAnalysis(tx, airflow, report));
    expect(await readAnalysis(store, airflow)).toEqual(report);
    await store.transaction((tx) => saveAnalysis(tx, airflow, { ...report, tests: 1, patterns: [] }));
    expect(await readAnalysis(store, airflow)).toEqual({ ...report, tests: 1, patterns: [] });
    expect(await analysePatterns(store, 'another', { rules, now })).toMatchObject({ tries: 0, patterns: [] });
  });

  test('knows the environment of a host from when it was told', async () => {
    const told = (host: string, pandas: string, at: Date) =>
      saveEnvironment(store, airflow, environmentOf({ packages: { pandas, numpy: '1.26' }, python: '3.12' }, createRedactor()), {
        host,
        now: at,
      });
    await told('worker-1', '2.1', hoursAgo(100));
    await told('worker-2', '2.2', hoursAgo(100));
    await save(...['extract', 'load', 'report'].flatMap(hourly));
    const report = await analysePatterns(store, airflow, { rules, now });
    expect(report?.patterns.map(({ key, value }) => `${key}=${value}`).sort()).toEqual(['host=worker-2', 'package.pandas=2.2']);
    await store.query(`UPDATE environment_host SET since = $1`, [hoursAgo(0)]);
    expect((await analysePatterns(store, airflow, { rules, now }))?.patterns.map(({ key }) => key)).toEqual(['host']);
  });

  test('looks at the failures of each error by themselves', async () => {
    const all = ['extract', 'load', 'report'].flatMap(hourly);
    await save(...all);
    const errors = all.filter(({ outcome }) => outcome !== 'success');
    const [id] = await store.transaction((tx) =>
      recordErrors(
        tx,
        airflow,
        errors.map(({ dagId, taskId, runId, tryNumber }) => ({
          source: 'beacon',
          key: null,
          error: toldError({ type: 'OSError', message: 'no space left on device' }, createRedactor()),
          at: hoursAgo(1),
          dagId,
          taskId,
          runId,
          tryNumber,
          environment: null,
        })),
      ),
    );
    const report = await analysePatterns(store, airflow, { rules, now });
    expect(report?.patterns.map(({ clusterId, key }) => [clusterId, key]).sort()).toEqual([
      ['', 'host'],
      [id, 'host'],
    ]);
  });

  test('ends when it is told to', async () => {
    await save(...hourly('load'));
    expect(await analysePatterns(store, airflow, { rules, now, go: () => false })).toBeUndefined();
  });
});
