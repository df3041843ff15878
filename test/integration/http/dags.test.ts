import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectAirflow } from '../../../src/airflow/connect.ts';
import { dagSources } from '../../../src/dag-sources.ts';
import { dag, every, task, type World } from '../../../src/demo/dag.ts';
import { createSimulation } from '../../../src/demo/simulation.ts';
import { detectConfig } from '../../../src/detect/config.ts';
import { profileRules } from '../../../src/detect/settings.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { baselinesOf, type Baseline } from '../../../src/measure/baselines.ts';
import { loadBook, loadNewestShifts } from '../../../src/measure/load-book.ts';
import { acquire, type Lease } from '../../../src/store/lease.ts';
import type { Store } from '../../../src/store/store.ts';
import { createDatabase, createStore } from '../../kit/database.ts';
import { askApp, sourcesWith } from '../../kit/http.ts';
import { leaderWith } from '../../kit/leader.ts';
import { simulateClock } from '../../kit/simulated-clock.ts';

const start = new Date('2026-03-02T10:02:00Z');
const sure = { failRate: 0, skipRate: 0 };
const tenMinutes = every(600, 0, '*/10 * * * *', 'Every 10 minutes');
const world: World = {
  parallelism: 32,
  hosts: ['worker-0'],
  pools: [{ pool: 'default_pool', slots: 128, description: '', includeDeferred: false }],
  assets: [],
  dags: [
    dag(
      'orders',
      tenMinutes,
      [
        task('fetch', [], { ...sure, medianSeconds: 30 }),
        task('load', ['fetch'], { ...sure, medianSeconds: 15, mapped: { min: 2, max: 3 } }),
      ],
      { owner: 'ann', tags: ['shop', 'tier-1'] },
    ),
    dag('broken', tenMinutes, [task('fail', [], { ...sure, failRate: 1, retries: 0, medianSeconds: 5 })], { owner: 'bob' }),
    dag('asleep', tenMinutes, [task('never', [], sure)], { paused: true, tags: ['shop'] }),
  ],
};

let store: Store & AsyncDisposable;
const closing = new AsyncDisposableStack();

beforeAll(async () => {
  store = closing.use(await createStore());
  const database = closing.use(await createDatabase());
  const simulation = await createSimulation({ databaseUrl: database.url, airflow: '3', seed: 5, start, historyDays: 0.5, world });
  closing.use(simulation);
  const clock = await simulateClock(database, start);
  const airflow = connectAirflow({ url: database.url, connectTimeoutMs: 5000, transactionTimeoutMs: 5000, clock: systemClock });
  closing.defer(() => airflow.close());
  const leader = leaderWith({
    airflow,
    store,
    clock: { now: () => simulation.now(), monotonicMs: () => systemClock.monotonicMs() },
  });
  const lease = (await acquire(store, 'test', 'one')) as Lease;
  for (let cycle = 0; cycle < 3; cycle += 1) {
    const to = new Date(simulation.now().getTime() + 280_000);
    await simulation.step(to);
    await clock.set(to);
    expect((await leader.turn(lease)).error).toBeUndefined();
    while (await leader.idle(lease, () => false));
  }
  // A level shift and a profile, as if they had been learned.
  await store.query(
    `INSERT INTO level_shift SELECT airflow, dag_id, task_id, '', date_trunc('second', ended_at), ended_at, 60, 30, 40, 20, 0.0001 FROM sample
     WHERE task_id = 'fetch' ORDER BY ended_at DESC OFFSET 20 LIMIT 1`,
  );
  await store.query(
    `INSERT INTO duration_profile VALUES ('test', 'orders', 'fetch', '', 'hour', ARRAY(SELECT n / 100.0 FROM generate_series(0, 23) n), ARRAY(SELECT 9 FROM generate_series(0, 23)))`,
  );
});
afterAll(() => closing.disposeAsync());

const rules = profileRules(detectConfig.parse({}));
const ask = (path: string, headers: Record<string, string> = {}) =>
  askApp({
    sources: sourcesWith({
      dags: dagSources(
        store,
        () => 'test',
        () => rules,
      ),
    }),
  }).ask(path, { headers });
const read = async <Body>(path: string): Promise<Body> => (await (await ask(path)).json()) as Body;

interface Dag {
  dag_id: string;
  open_incidents: number;
  runs_succeeded: number;
  last_runs: { run_id: string; state: string; ended_at: string | null }[];
}
interface Page {
  items: Dag[];
  next_cursor: string | null;
}
const ids = async (query: string) => (await read<Page>(`/api/v1/dags?${query}`)).items.map(({ dag_id: id }) => id);

test('DAGs are listed by id, page by page, and chosen by a part of their name, owner, tag and pause', async () => {
  const first = await read<Page>('/api/v1/dags?limit=2');
  expect(first.items.map(({ dag_id: id }) => id)).toEqual(['asleep', 'broken']);
  expect(await ids(`limit=2&cursor=${first.next_cursor}`)).toEqual(['orders']);
  expect((await read<Page>(`/api/v1/dags?limit=3`)).next_cursor).toBeNull();
  expect([await ids('named=ROK'), await ids('named=_'), await ids('named=o&tag=shop')]).toEqual([['broken'], [], ['orders']]);
  expect([await ids('owner=bob'), await ids('tag=shop'), await ids('paused=true'), await ids('paused=false&tag=shop')]).toEqual([
    ['broken'],
    ['asleep', 'orders'],
    ['asleep'],
    ['orders'],
  ]);
});

test('each shows what it is, when it runs next, how its last runs went and what is wrong with it', async () => {
  const { items } = await read<Page>('/api/v1/dags');
  const [asleep, broken, orders] = items;
  expect(orders).toMatchObject({
    paused: false,
    owners: ['ann'],
    tags: ['shop', 'tier-1'],
    schedule: '*/10 * * * *',
    next_run_at: '2026-03-02T10:20:00.000Z',
    open_incidents: 0,
    consecutive_failures: 0,
    gone_since: null,
  });
  expect(orders?.last_runs).toHaveLength(10);
  expect(orders?.runs_succeeded).toBeGreaterThan(0);
  const ends = orders?.last_runs.map(({ ended_at: at }) => at ?? '9') ?? [];
  expect(ends).toEqual(ends.toSorted().reverse());
  expect(asleep).toMatchObject({ paused: true, paused_since: expect.any(String), last_runs: [], runs_succeeded: 0 });
  expect(broken).toMatchObject({ open_incidents: expect.any(Number), consecutive_failures: expect.any(Number) });
  expect(broken?.open_incidents).toBeGreaterThan(0);
  expect(broken?.last_runs[0]).toMatchObject({ state: 'failed', run_type: 'scheduled' });
});

test('one DAG has its tasks, with what was counted of each', async () => {
  const one = await read<Dag & { tasks: unknown[] }>('/api/v1/dags/orders');
  expect(one.tasks).toEqual([
    expect.objectContaining({ task_id: 'fetch', operator: 'PythonOperator', downstream: ['load'], failed: 0 }),
    expect.objectContaining({ task_id: 'load', downstream: [], last_duration_seconds: expect.any(Number) }),
  ]);
  expect(one.last_runs).toHaveLength(50);
});

interface Learned {
  series: { mapped: string; baseline: Baseline | null; tries: { outcome: string; seconds: number; ended_at: string }[] }[];
}

test('the baseline of a task is that of `windsock baseline list`, by bucket, with the tries that it rests on', async () => {
  const { book } = await loadBook(store, 'test', rules);
  const shifts = await loadNewestShifts(store, 'test');
  const now = systemClock.now();
  // The hour's profile is that of the moment; all else stands still.
  const all = baselinesOf([...book.series.values()], { ...book, shifts }, now);
  const of = (taskId: string) => all.filter((each) => each.task_id === taskId);
  for (const taskId of ['fetch', 'load']) {
    const { series } = await read<Learned>(`/api/v1/dags/orders/tasks/${taskId}/baseline`);
    expect(series.map(({ baseline }) => baseline)).toEqual(of(taskId));
  }
  const [fetch] = of('fetch');
  expect(fetch).toMatchObject({ n: 21, profile: 'hour', level_shift: { from_seconds: 60, to_seconds: 30 } });
  expect(of('load').map(({ mapped }) => mapped)).toEqual(['0', '1', '2-3']);
  expect(fetch?.mapped_instances).toBeNull();
  expect(of('load')[0]?.mapped_instances).toMatchObject({ n: 73, middle: expect.closeTo(3, 0) });
  const [{ tries } = { tries: [] }] = (await read<Learned>('/api/v1/dags/orders/tasks/fetch/baseline')).series;
  expect(tries.length).toBeGreaterThan(60);
  expect(tries.map(({ ended_at: at }) => at)).toEqual(tries.map(({ ended_at: at }) => at).toSorted());
});

test('of a task that never succeeded there are tries and no baseline', async () => {
  const { series } = await read<Learned>('/api/v1/dags/broken/tasks/fail/baseline');
  expect(series).toMatchObject([{ mapped: '', baseline: null }]);
  expect(series[0]?.tries.every(({ outcome }) => outcome === 'failure')).toBe(true);
});

test.each([
  ['/api/v1/dags/none', 404, /no DAG none/],
  ['/api/v1/dags/orders/tasks/none/baseline', 404, /nothing is known of a task none of orders/],
  ['/api/v1/dags?limit=x', 400, /limit/],
  ['/api/v1/dags?paused=maybe', 400, /paused/],
  ['/api/v1/dags?cursor=abc', 400, /cursor/],
])('%s is a clear %i', async (path, status, message) => {
  const answer = await ask(path);
  expect(answer.status).toBe(status);
  expect(((await answer.json()) as { detail: string }).detail).toMatch(message);
});

test('what has not changed is not sent again, and the description of the API has every route', async () => {
  const tag = (await ask('/api/v1/dags')).headers.get('etag') ?? '';
  expect((await ask('/api/v1/dags', { 'if-none-match': tag })).status).toBe(304);
  const { paths } = await read<{ paths: Record<string, unknown> }>('/openapi.json');
  for (const path of ['/api/v1/dags', '/api/v1/dags/{dag_id}', '/api/v1/dags/{dag_id}/tasks/{task_id}/baseline'])
    expect(paths).toHaveProperty([path, 'get']);
});
