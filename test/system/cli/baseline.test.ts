import { afterAll, beforeAll, expect, test } from 'vitest';
import { dag, every, task, type World } from '../../../src/demo/dag.ts';
import { createSimulation } from '../../../src/demo/simulation.ts';
import type { Baseline } from '../../../src/measure/baselines.ts';
import { createDatabase, type TestDatabase } from '../../kit/database.ts';
import { runWindsock } from '../../kit/run-windsock.ts';

const sure = { failRate: 0, skipRate: 0 };
const world: World = {
  parallelism: 32,
  hosts: ['worker-0'],
  pools: [{ pool: 'default_pool', slots: 128, description: '', includeDeferred: false }],
  assets: [],
  dags: [
    dag('hourly', every(3600, 0, '0 * * * *', 'Hourly'), [
      task('fetch', [], { ...sure, medianSeconds: 120 }),
      task('load', ['fetch'], { ...sure, medianSeconds: 600 }),
    ]),
  ],
};

let airflow: TestDatabase;
let store: TestDatabase;
beforeAll(async () => {
  [airflow, store] = [await createDatabase(), await createDatabase('template_store')];
  const start = new Date(Date.now() - 60_000);
  const simulation = await createSimulation({ databaseUrl: airflow.url, airflow: '3', seed: 2, start, historyDays: 3, world });
  await simulation[Symbol.asyncDispose]();
});
afterAll(async () => {
  await airflow[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const baseline = (...args: string[]) =>
  runWindsock(['baseline', ...args], { WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url, WINDSOCK_STORE_DATABASE_URL: store.url });
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Baseline);

/** Successful tries of a task, as Airflow has them. */
async function succeeded(taskId: string, since = new Date(0)): Promise<number | undefined> {
  const [row] = await airflow.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM task_instance WHERE task_id = $1 AND state = 'success' AND end_date > $2`,
    [taskId, since],
  );
  return row?.n;
}

// Six processes: on a busy machine each takes seconds to start.
test('baselines are created from history, listed, and learned anew', { timeout: 180_000 }, async () => {
  expect(await baseline('list')).toEqual({
    code: 0,
    stdout: 'nothing is learned yet: a task needs three successful runs\n',
    stderr: '',
  });

  const created = await baseline('create', '--json');
  expect(created).toMatchObject({ code: 0, stderr: '' });
  const [fetch, load] = lines(created.stdout);
  expect([fetch?.task_id, load?.task_id]).toEqual(['fetch', 'load']);
  const all = await succeeded('load');
  expect(all).toBeGreaterThan(68);
  expect(load?.n).toBe(all);
  expect(load?.median_seconds).toBeGreaterThan(500);
  expect(load?.upper_seconds).toBeGreaterThan(load?.median_seconds ?? Infinity);
  expect(load?.lower_seconds).toBeLessThan(load?.median_seconds ?? 0);

  const again = await baseline('create');
  expect(again.stderr).toContain('every task that ran has a baseline already');
  const table = again.stdout.split('\n');
  expect(table[0]).toMatch(/^task +runs +median +expected within +scale +since +profile +last level shift +mapped instances$/);
  expect(table[1]).toMatch(/^hourly.fetch +7\d +\dm\d*s? +\S+ – \S+ +0\.\d\d +\d{4}-\d\d-\d\d +– +– +–$/);

  // In the middle of an hour no run ends.
  const shifted = new Date(Math.floor(Date.now() / 3_600_000 - 24) * 3_600_000 + 1_800_000);
  await store.query(
    `INSERT INTO level_shift SELECT airflow, 'hourly', 'load', '', $1, now(), 1, 2, 30, 7, 0.0001 FROM backfill`,
    [shifted],
  );
  const since = await succeeded('load', shifted);
  expect(since).toBeGreaterThan(20);
  expect(lines((await baseline('list', '--json', '--task', 'load')).stdout)).toMatchObject([
    { n: since, level_shift: { from_seconds: 1, to_seconds: 2 } },
  ]);
  const refreshed = await baseline('refresh', '--json', '--dag', 'hour*', '--task', 'load');
  expect(lines(refreshed.stdout)).toMatchObject([{ task_id: 'load', n: all, level_shift: null }]);
  expect(await store.query('SELECT version FROM learned')).toEqual([{ version: 1 }]);
});

test('names that match nothing are told of', async () => {
  expect(await baseline('refresh', '--dag', 'nothing')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('no task matches --dag nothing --task *'),
  });
});
