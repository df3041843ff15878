import { describe, expect, test } from 'vitest';
import { createSimulation, type RunName, type Simulation } from '../../../src/demo/simulation.ts';
import { createCycles } from '../../kit/cycles.ts';
import { createDatabase, createStore, type TestDatabase } from '../../kit/database.ts';
import { setDatabaseClock } from '../../kit/database-clock.ts';
import { differences, sumOf, truthTotals } from '../../kit/totals.ts';
import { rowRules } from './row-rules.ts';

const minuteMs = 60_000;

const step = (simulation: Simulation, minutes: number): Promise<void> =>
  simulation.step(new Date(simulation.now().getTime() + minutes * minuteMs));

/** A person's hand, in turn: clears an ended run, marks an open one, marks one task, triggers one more. */
async function act(simulation: Simulation, turn: number, touched: RunName[]): Promise<void> {
  const runs = simulation.runs();
  const pick = (wanted: (state: string) => boolean): RunName | undefined => {
    const some = runs.filter(({ state, dagId }) => wanted(state) && dagId !== 'nightly_scrape');
    return some[(turn * 7919) % Math.max(1, some.length)];
  };
  const [ended, open] = [pick((state) => state === 'success' || state === 'failed'), pick((state) => state === 'running')];
  if (turn % 4 === 0 && ended) await simulation.clear(ended);
  if (turn % 4 === 1 && open) await simulation.mark(open, turn % 8 === 1 ? 'failed' : 'success');
  if (turn % 4 === 2 && open) await simulation.clear(open);
  if (turn % 4 === 3) await simulation.trigger('one_off_backfill');
  const run = [ended, open, open, undefined][turn % 4];
  if (run) touched.push(run);
}

/** What the rows count while nobody has cleared or marked anything, and what the ground truth does. */
async function countBoth(
  database: TestDatabase,
  simulation: Simulation,
): Promise<[Record<string, number>, Record<string, number>]> {
  const rows = await database.query<{ what: string; n: number }>(
    `SELECT state AS what, count(*)::int AS n FROM task_instance WHERE state IN ('success', 'failed', 'skipped', 'upstream_failed') GROUP BY 1
     UNION ALL SELECT 'retry', count(*)::int FROM task_instance_history
     UNION ALL SELECT 'run_' || state, count(*)::int FROM dag_run WHERE state IN ('success', 'failed') GROUP BY 1`,
  );
  const { tasks, runs } = simulation.truth();
  const sum = <Name extends string>(counts: Iterable<Readonly<Record<Name, number>>>, name: Name): number =>
    [...counts].reduce((total, each) => total + each[name], 0);
  const truth: Record<string, number> = {
    success: sum(tasks.values(), 'success'),
    failed: sum(tasks.values(), 'failure'),
    skipped: sum(tasks.values(), 'skipped'),
    upstream_failed: sum(tasks.values(), 'upstream_failed'),
    retry: sum(tasks.values(), 'retry'),
    run_success: sum(runs.values(), 'run_success'),
    run_failed: sum(runs.values(), 'run_failure'),
  };
  const counted = new Map(rows.map(({ what, n }) => [what, n]));
  return [Object.fromEntries(Object.keys(truth).map((what) => [what, counted.get(what) ?? 0])), truth];
}

/** Shows the rules which runs people acted on. */
async function nameTouched(database: TestDatabase, touched: readonly RunName[]): Promise<void> {
  await database.query('CREATE TABLE touched AS SELECT * FROM json_to_recordset($1) AS t(dag_id text, run_id text)', [
    JSON.stringify(touched.map(({ dagId, runId }) => ({ dag_id: dagId, run_id: runId }))),
  ]);
}

/** That there was something for each rule to judge. */
const variety: Record<string, string> = {
  retries: `SELECT count(*) FROM task_instance WHERE try_number > 1`,
  'final failures': `SELECT count(*) FROM task_instance WHERE state = 'failed'`,
  upstream_failed: `SELECT count(*) FROM task_instance WHERE state = 'upstream_failed'`,
  'skipped by a rule': `SELECT count(*) FROM task_instance WHERE state = 'skipped' AND hostname = ''`,
  'skipped by themselves': `SELECT count(*) FROM task_instance WHERE state = 'skipped' AND hostname <> ''`,
  'mapped tasks': `SELECT count(*) FROM task_instance WHERE map_index > 3`,
  pokes: `SELECT count(*) FROM task_reschedule`,
  deferrals: `SELECT count(*) FROM task_instance WHERE operator = 'DateTimeSensorAsync' AND state = 'success'`,
  'deferred now': `SELECT count(*) FROM task_instance WHERE state = 'deferred'`,
  'running now': `SELECT count(*) FROM task_instance WHERE state = 'running'`,
  'runs of assets': `SELECT count(*) FROM dag_run WHERE run_type IN ('asset_triggered', 'dataset_triggered')`,
  'runs of another DAG': `SELECT count(*) FROM dag_run WHERE dag_id = 'rebuild_index'`,
  'runs of people': `SELECT count(*) FROM dag_run WHERE run_type = 'manual'`,
  'runs cut off by their timeout': `SELECT count(*) FROM dag_run r WHERE state = 'failed' AND dag_id = 'nightly_scrape'`,
  'cleared runs': `SELECT count(*) FROM dag_run WHERE clear_number > 0`,
  'import errors': `SELECT count(*) FROM import_error`,
};

describe.each(['3', '2.11'] as const)('Airflow %s', (airflow) => {
  test('rows keep the rules of a real Airflow, after a history and live, whatever people and faults do', async () => {
    await using database = await createDatabase();
    await using simulation = await createSimulation({
      databaseUrl: database.url,
      airflow,
      seed: 4,
      start: new Date('2026-03-02T09:00:00Z'),
      historyDays: 0.4,
      anomalyProbability: 0.05,
    });
    const touched: RunName[] = [];
    simulation.inject({ kind: 'surge', forSeconds: 600 });
    simulation.inject({ kind: 'slow', dagId: 'nightly_scrape' });
    await step(simulation, 5);
    const [rows, truth] = await countBoth(database, simulation);
    expect(rows).toEqual(truth);
    expect(
      Object.values(truth).every((count) => count > 0),
      JSON.stringify(truth),
    ).toBe(true);
    for (let turn = 0; turn < 12; turn += 1) {
      await step(simulation, 2.3);
      await act(simulation, turn, touched);
    }
    // A poll of the warehouse (at 5 and 35 minutes past) is deferred then, and the DAG of every minute runs.
    await simulation.step(new Date('2026-03-02T10:05:59Z'));
    await simulation.step(new Date('2026-03-02T10:06:09Z'));
    await nameTouched(database, touched);
    for (const [what, sql] of Object.entries(variety)) {
      const [row] = await database.query<{ count: string }>(sql);
      expect(Number(row?.count), what).toBeGreaterThan(0);
    }
    for (const { name, sql, only } of rowRules) {
      if (only !== undefined && only !== airflow) continue;
      const broken = await database.query(`SELECT * FROM (${sql}) AS broken(what) LIMIT 5`);
      expect(broken, name).toEqual([]);
    }
  });

  test('Windsock counts exactly what happened, with people clearing, marking and triggering', async () => {
    await using database = await createDatabase();
    await using store = await createStore();
    await using simulation = await createSimulation({
      databaseUrl: database.url,
      airflow,
      seed: 10,
      start: new Date('2026-03-02T09:30:00Z'),
      historyDays: 0.3,
      anomalyProbability: 0.05,
    });
    const clock = await setDatabaseClock(database, simulation.now());
    await using cycles = await createCycles(database.url, store);
    const cycle = async () => {
      await clock.set(simulation.now());
      await cycles.cycle();
    };
    await cycle();
    const before = simulation.truth();
    for (let turn = 0; turn < 60; turn += 1) {
      await step(simulation, 1 / 3);
      if (turn === 42) simulation.inject({ kind: 'surge', forSeconds: 600 });
      if (turn % 5 === 0) await act(simulation, turn / 5, []);
      await cycle();
    }
    const happened = truthTotals(before, simulation.truth());
    expect(differences(happened, await cycles.totals())).toEqual([]);
    for (const outcome of ['success', 'failure', 'retry', 'skipped', 'upstream_failed', 'marked', 'run_success', 'run_failure'])
      expect(sumOf(happened, outcome), outcome).toBeGreaterThan(0);
  });
});
