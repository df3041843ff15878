import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dag, task, type World } from '../../../src/demo/dag.ts';
import { createSimulation, type RunName, type Simulation } from '../../../src/demo/simulation.ts';
import type { GroundTruth } from '../../../src/demo/truth.ts';
import { insertRows, runRow, taskRow } from '../../kit/airflow-rows.ts';
import type { Store } from '../../../src/store/store.ts';
import { createAirflowDatabase, createDatabase, createStore, type TestDatabase } from '../../kit/database.ts';
import { createCycles, type Cycles } from '../../kit/cycles.ts';
import { differences, truthTotals, type Totals } from '../../kit/totals.ts';

const sure = { failRate: 0, spread: 0, medianSeconds: 5 };
// Runs are triggered by the test, tasks end as it says: a DAG for each test.
const world: World = {
  parallelism: 64,
  hosts: ['worker'],
  pools: [{ pool: 'default_pool', slots: 128, description: '', includeDeferred: false }],
  assets: [],
  dags: [
    dag('quick', { kind: 'none' }, [task('extract', [], sure), task('load', ['extract'], sure)]),
    dag('shaky', { kind: 'none' }, [
      task('try', [], { ...sure, failRate: 1, retries: 3, retryDelaySeconds: 10 }),
      task('after', ['try'], sure),
    ]),
    dag('old', { kind: 'none' }, [task('extract', [], sure), task('load', ['extract'], sure)]),
    dag('older', { kind: 'none' }, [
      task('choose', [], { ...sure, kind: 'branch' }),
      task('left', ['choose'], sure),
      task('right', ['choose'], sure),
    ]),
    dag('mapped', { kind: 'none' }, [
      task('list', [], sure),
      task('item', ['list'], { ...sure, mapped: { min: 7, max: 7 } }),
      task('sum', ['item'], sure),
    ]),
    dag('marked', { kind: 'none' }, [task('slow', [], { ...sure, medianSeconds: 300 }), task('after', ['slow'], sure)]),
  ],
};

describe.each(['3', '2.11'] as const)('Airflow %s', (release) => {
  const stack = new AsyncDisposableStack();
  let database: TestDatabase;
  let store: Store;
  let simulation: Simulation;
  let cycles: Cycles;
  let before: GroundTruth;
  beforeAll(async () => {
    database = stack.use(await createDatabase());
    store = stack.use(await createStore());
    simulation = stack.use(
      await createSimulation({ databaseUrl: database.url, airflow: release, seed: 5, start: new Date(), world }),
    );
    cycles = stack.use(await createCycles(database.url, store));
    await cycles.cycle();
    before = simulation.truth();
  });
  afterAll(() => stack.disposeAsync());

  const pass = (seconds: number) => simulation.step(new Date(simulation.now().getTime() + seconds * 1000));
  async function begin(dagId: string): Promise<RunName> {
    await simulation.trigger(dagId);
    const run = simulation.runs().findLast((each) => each.dagId === dagId);
    if (run === undefined) throw new Error(`no run of ${dagId}`);
    return run;
  }
  /** A look, after which all that is counted is what happened. */
  async function look(): Promise<void> {
    await cycles.cycle();
    expect(differences(truthTotals(before, simulation.truth()), await cycles.totals())).toEqual([]);
  }
  const totalsOf = async (dagId: string): Promise<Totals> =>
    Object.fromEntries(
      Object.entries(await cycles.totals()).flatMap(([key, count]) =>
        key.startsWith(`${dagId}.`) || key.startsWith(`${dagId} `) ? [[key.slice(dagId.length + 1), count]] : [],
      ),
    );

  test('tasks and runs that begin and end between two looks are counted', async () => {
    for (let run = 0; run < 3; run += 1) await begin('quick');
    await pass(600);
    await look();
    expect(await totalsOf('quick')).toEqual({ 'extract success': 3, 'load success': 3, run_success: 3 });
  });

  test('retries between two looks are counted, each once, whatever part of them is seen and whoever restarts', async () => {
    await begin('shaky');
    for (let times = 0; times < 6; times += 1) {
      await pass(13);
      await look();
      await cycles.restart();
    }
    await begin('shaky');
    await pass(600);
    await look();
    expect(await totalsOf('shaky')).toEqual({ 'try retry': 6, 'try failure': 2, 'after upstream_failed': 2, run_failure: 2 });
  });

  test('a run of long ago that a person clears is counted again, and only what runs again', async () => {
    const run = await begin('old');
    await pass(600);
    await look();
    await pass(7200);
    await simulation.clear(run, ['load']);
    await pass(2);
    await look();
    await pass(600);
    await look();
    expect(await totalsOf('old')).toEqual({ 'extract success': 1, 'load success': 2, run_success: 2 });
  });

  test('a run that ended before we came counts only what runs again after a clear that nobody saw', async () => {
    const run = await begin('older');
    await pass(600);
    await look();
    await using late = await createCycles(database.url, store, { deployment: 'late' });
    await late.cycle();
    const came = simulation.truth();
    await pass(600);
    await simulation.clear(run);
    await pass(600);
    await late.cycle();
    expect(differences(truthTotals(came, simulation.truth()), await late.totals())).toEqual([]);
    expect(Object.values(await late.totals())).toEqual([1, 1, 1, 1]);
    await look();
  });

  test('mapped instances that appear while the run goes on are counted', async () => {
    await begin('mapped');
    for (let times = 0; times < 8; times += 1) {
      await pass(3);
      await look();
    }
    await pass(600);
    await look();
    expect(await totalsOf('mapped')).toMatchObject({ 'list success': 1, 'item success': 7, 'sum success': 1 });
  });

  test('marks by a person move the counters of marks only, on what runs and on what ended', async () => {
    const [running, ended] = [await begin('marked'), await begin('marked')];
    await pass(60);
    await look();
    await simulation.mark(running, 'success', { taskId: 'slow' });
    await look();
    await pass(900);
    await look();
    await simulation.mark(ended, 'failed', { taskId: 'after' });
    await look();
    await pass(60);
    await look();
    expect(await totalsOf('marked')).toMatchObject({ 'slow marked': 1, 'after marked': 1 });
  });
});

test('a run that vanishes while it is open, as with its DAG, is neither open nor known any more', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await using store = await createStore();
  await using cycles = await createCycles(database.url, store);
  await cycles.cycle();
  const startDate = new Date();
  await insertRows(database, 'dag_bundle', [{ name: 'dags' }]);
  await insertRows(database, 'dag', [{ dag_id: 'etl', bundle_name: 'dags', is_paused: false, is_stale: false }]);
  await insertRows(database, 'dag_run', [runRow({ id: 1, dagId: 'etl', runId: 'one', state: 'running', startDate })]);
  await insertRows(database, 'task_instance', [
    taskRow({ dagId: 'etl', runId: 'one', taskId: 'load', state: 'running', startDate }),
  ]);
  expect((await cycles.cycle()).snapshot.activeRuns.get('etl')).toBe(1);
  await database.query('DELETE FROM task_instance');
  await database.query('DELETE FROM dag_run');
  expect((await cycles.cycle()).snapshot.activeRuns.get('etl')).toBeUndefined();
  expect(await store.query('SELECT 1 FROM known_run')).toEqual([]);
  expect(await store.query('SELECT 1 FROM known_task')).toEqual([]);
  expect(await cycles.totals()).toEqual({});
});
