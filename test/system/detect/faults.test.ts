import { expect, test } from 'vitest';
import { connectAirflow, type AirflowDatabase } from '../../../src/airflow/connect.ts';
import { probe } from '../../../src/airflow/probe.ts';
import type { Shape } from '../../../src/airflow/probe.ts';
import { collect, type CollectOptions } from '../../../src/collect/collect.ts';
import { newMemory } from '../../../src/collect/memory.ts';
import { readHistory } from '../../../src/collect/history.ts';
import { loadKnown } from '../../../src/collect/load-known.ts';
import { saveKnown } from '../../../src/collect/save-known.ts';
import type { Transition } from '../../../src/collect/transition.ts';
import { dag, every, task, type World } from '../../../src/demo/dag.ts';
import type { AirflowRelease } from '../../../src/demo/model.ts';
import { createSimulation, type Simulation } from '../../../src/demo/simulation.ts';
import { detect } from '../../../src/detect/detect.ts';
import { detectors } from '../../../src/detect/detectors.ts';
import type { OpenFinding } from '../../../src/detect/detector.ts';
import { detectConfig } from '../../../src/detect/config.ts';
import { subjectKey, type Cleared, type Finding } from '../../../src/detect/finding.ts';
import { settingsOf } from '../../../src/detect/settings.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { nothingLearned } from '../../../src/measure/learned.ts';
import type { RunRecord } from '../../../src/measure/run-history.ts';
import type { Store } from '../../../src/store/store.ts';
import { createDatabase, createStore } from '../../kit/database.ts';
import { simulateClock } from '../../kit/simulated-clock.ts';

const start = new Date('2026-03-02T10:02:00Z');
const minuteMs = 60_000;
const sure = { failRate: 0, skipRate: 0 };

/** Few DAGs in which nothing goes wrong by chance. */
const calm: World = {
  parallelism: 32,
  hosts: ['worker-0', 'worker-1'],
  pools: [
    { pool: 'default_pool', slots: 128, description: '', includeDeferred: false },
    { pool: 'tight', slots: 1, description: '', includeDeferred: false },
  ],
  assets: [],
  dags: [
    dag('micro', every(300, 0, '*/5 * * * *', 'Every 5 minutes'), [
      task('fetch', [], { ...sure, medianSeconds: 8, retryDelaySeconds: 20 }),
      task('load', ['fetch'], { ...sure, medianSeconds: 15 }),
    ]),
    dag(
      'exports',
      every(3600, 0, '0 * * * *', 'Hourly'),
      ['orders', 'users'].map((taskId) => task(taskId, [], { ...sure, pool: 'tight', medianSeconds: 22 })),
    ),
  ],
};

/** The incidents as they would stand: opened and recurring by events, ended by clears alone. */
interface Desk {
  open: Map<string, OpenFinding>;
  /** What happened, in order: `+` opened, `!` recurred, `-` ended. */
  log: string[];
}

function apply(desk: Desk, findings: readonly Finding[], cleared: readonly Cleared[]): void {
  const word = ({ kind, subject }: Finding | Cleared) => `${kind} ${subjectKey(subject)}`;
  for (const finding of findings) {
    const key = word(finding);
    const before = desk.open.get(key);
    if (before === undefined) desk.log.push(`+ ${key}`);
    else if (before.event !== finding.event) desk.log.push(`! ${key}`);
    desk.open.set(key, { ...finding, quietMs: 0 });
  }
  for (const end of cleared) {
    const key = word(end);
    if (!desk.open.delete(key)) throw new Error(`${key} was cleared and is not open`);
    desk.log.push(`- ${key} (${end.reason})`);
  }
}

interface Watch {
  simulation: Simulation;
  clock: { set(now: Date): Promise<void> };
  airflow: AirflowDatabase;
  store: Store;
  shape: Shape;
  runs: Map<string, RunRecord[]>;
  desk: Desk;
  cycles: number;
  known: Awaited<ReturnType<typeof loadKnown>>;
}

const options = (shape: Shape): CollectOptions => ({
  shape,
  thresholds: { schedulerMs: 30_000, triggererMs: 30_000, dagProcessorMs: 30_000 },
  memory: newMemory(),
  clock: systemClock,
  budgetMs: 5000,
});

function remember(runs: Map<string, RunRecord[]>, transitions: readonly Transition[]): void {
  for (const each of transitions) {
    if (each.kind !== 'run_ended') continue;
    const { runPk, runId, runType, dueAt, startedAt, endedAt, state, byPerson, dagId } = each;
    const [dueMs, startMs, endMs] = [dueAt, startedAt, endedAt].map((date) => date?.getTime() ?? null);
    const record = {
      runPk,
      runId,
      runType,
      dueMs: dueMs ?? null,
      startMs: startMs ?? null,
      endMs: endMs ?? null,
      state,
      byPerson,
    };
    runs.set(dagId, [...(runs.get(dagId) ?? []).filter((other) => other.runPk !== runPk), record]);
  }
}

/** One minute of Airflow, then one cycle; every fifth begins from what the store holds, as after a restart. */
async function cycle(watch: Watch): Promise<void> {
  const to = new Date(watch.simulation.now().getTime() + minuteMs);
  await watch.simulation.step(to);
  await watch.clock.set(to);
  watch.cycles += 1;
  if (watch.cycles % 5 === 0) watch.known = await loadKnown(watch.store, 'test');
  const collected = await collect(watch.airflow, watch.known, options(watch.shape));
  expect(collected.reports.filter(({ ok }) => !ok)).toEqual([]);
  remember(watch.runs, collected.transitions);
  const { snapshot, transitions, previousAt } = collected;
  const { findings, cleared, reports } = detect(detectors, {
    facts: {
      transitions,
      snapshot,
      previousAt,
      dags: watch.known.dags,
      trials: [],
      mappedTrials: [],
      shifts: [],
      series: new Map(),
      learned: nothingLearned,
      runs: watch.runs,
      sla: [],
      warmingUp: false,
    },
    open: [...watch.desk.open.values()],
    settings: settingsOf(
      // That failures come often is a symptom, which would join the failed task.
      detectConfig.parse({ stuck_after: '5m', late_after: '8m', pool_starved_after: '3m', disabled: ['failure_rate_high'] }),
      snapshot.dags ?? [],
    ),
    clock: systemClock,
  });
  expect(reports.filter(({ ok }) => !ok)).toEqual([]);
  apply(watch.desk, findings, cleared);
  await watch.store.transaction((tx) => saveKnown(tx, 'test', collected.changes, collected.watermarks));
}

async function pass(watch: Watch, minutes: number): Promise<string[]> {
  const from = watch.desk.log.length;
  for (let minute = 0; minute < minutes; minute += 1) await cycle(watch);
  return watch.desk.log.slice(from);
}

async function watching<Result>(release: AirflowRelease, world: World, work: (watch: Watch) => Promise<Result>): Promise<Result> {
  await using database = await createDatabase();
  await using store = await createStore();
  await using simulation = await createSimulation({
    databaseUrl: database.url,
    airflow: release,
    seed: 3,
    start,
    historyDays: 1,
    world,
  });
  const clock = await simulateClock(database, start);
  const airflow = connectAirflow({ url: database.url, connectTimeoutMs: 5000, transactionTimeoutMs: 5000, clock: systemClock });
  try {
    const shape = await airflow.read(probe);
    const runs = new Map<string, RunRecord[]>();
    const history = await readHistory(airflow, shape, 1e9, { since: new Date(0), wanted: () => false, runsMax: 1000 });
    for (const { id, dagId, runId, runType, dueAt, startDate, endDate, state } of history.runs.toReversed()) {
      if (state !== 'success' && state !== 'failed') continue;
      const [dueMs, startMs, endMs] = [dueAt, startDate, endDate].map((date) => date?.getTime() ?? null);
      const record = { runPk: id, runId, runType, dueMs: dueMs ?? null, startMs: startMs ?? null, endMs: endMs ?? null };
      runs.set(dagId, [...(runs.get(dagId) ?? []), { ...record, state, byPerson: false }]);
    }
    const desk: Desk = { open: new Map(), log: [] };
    return await work({ simulation, clock, airflow, store, shape, runs, desk, cycles: 0, known: await loadKnown(store, 'test') });
  } finally {
    await airflow.close();
  }
}

test.each(['3', '2.11'] as const)(
  'Airflow %s: each fault is found once, as what it is, and cleared when it is over',
  async (release) => {
    await watching(release, calm, async (watch) => {
      const { simulation } = watch;
      expect(await pass(watch, 6), 'nothing is wrong').toEqual([]);

      simulation.inject({ kind: 'fail', dagId: 'micro', taskId: 'fetch', forSeconds: 150 });
      const failed = await pass(watch, 11);
      expect(failed.filter((line) => !line.startsWith('!'))).toEqual([
        '+ task_failed task:micro/fetch',
        '- task_failed task:micro/fetch (cleared)',
      ]);

      simulation.inject({ kind: 'stuck', dagId: 'micro', taskId: 'fetch', forSeconds: 380 });
      expect(await pass(watch, 5)).toEqual([]);
      expect(await pass(watch, 1)).toEqual(['+ task_stuck_queued task:micro/fetch']);
      for (const run of simulation.runs().filter(({ dagId, state }) => dagId === 'micro' && state === 'running'))
        await simulation.clear(run);
      expect(await pass(watch, 3)).toEqual(['- task_stuck_queued task:micro/fetch (cleared)']);

      simulation.inject({ kind: 'late', dagId: 'micro', forSeconds: 840 });
      expect(await pass(watch, 17)).toEqual(['+ dag_late dag:micro', '- dag_late dag:micro (cleared)']);

      simulation.inject({ kind: 'pool', dagId: 'exports', forSeconds: 120 });
      expect(await pass(watch, 10)).toEqual(['+ pool_starved pool:tight', '- pool_starved pool:tight (cleared)']);

      simulation.inject({ kind: 'scheduler', forSeconds: 150 });
      expect(await pass(watch, 4)).toEqual([
        '+ component_down component:scheduler',
        '- component_down component:scheduler (cleared)',
      ]);

      simulation.inject({ kind: 'import', dagId: 'micro', forSeconds: 150 });
      const file = release === '3' ? 'micro.py' : '/opt/airflow/dags/micro.py';
      expect(await pass(watch, 4)).toEqual([`+ import_error file:${file}`, `- import_error file:${file} (cleared)`]);
    });
  },
);

const promising: World = {
  ...calm,
  dags: [
    dag('promised', every(600, 0, '*/10 * * * *', 'Every 10 minutes'), [task('work', [], { ...sure, medianSeconds: 30 })], {
      deadlineSeconds: 100,
    }),
  ],
};

test.each(['3', '2.11'] as const)(
  'Airflow %s: what Airflow itself says was missed is found once, and over when it arrives',
  async (release) => {
    await watching(release, promising, async (watch) => {
      expect(await pass(watch, 10), 'misses of before are none of ours').toEqual([]);
      watch.simulation.inject({ kind: 'slow', dagId: 'promised', forSeconds: 660 });
      const log = await pass(watch, 24);
      expect(new Set(log)).toEqual(
        new Set(['+ deadline_missed deadline:promised', '- deadline_missed deadline:promised (cleared)']),
      );
      expect(watch.desk.open.size).toBe(0);
    });
  },
);
