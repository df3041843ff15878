import type { AirflowDatabase, AirflowRead } from '../airflow/connect.ts';
import type { Shape } from '../airflow/probe.ts';
import { readActivity } from '../airflow/read-tasks.ts';
import type { Clock } from '../lib/clock.ts';
import type { HealthThresholds } from './collector.ts';
import { readActions, readFeeds } from './feeds.ts';
import { mappedRunOf, type MappedRun } from './mapped.ts';
import type { CollectMemory } from './memory.ts';
import { forgetRuns, planReads } from './plan-reads.ts';
import { rememberDags, type KnownDag } from './known-dags.ts';
import { idOverlap, isOpen, knownTasksMax, type Known, type KnownRun, type KnownTask, type Watermarks } from './known.ts';
import { batchesOf, clockSkewMs, createTaskReader } from './read-plan.ts';
import { runCollectors, runPending } from './run-collectors.ts';
import type { CollectorReport, Snapshot } from './snapshot.ts';
import { sweep } from './sweep.ts';
import type { Transition } from './transition.ts';

export interface CollectOptions {
  shape: Shape;
  thresholds: HealthThresholds;
  memory: CollectMemory;
  clock: Clock;
  /** Follow-up transactions end when this much time has passed since the cycle began. */
  budgetMs: number;
}

/** What a cycle learned of Airflow: what is there, what changed, and what to write down of it. */
export interface Collected {
  snapshot: Snapshot;
  transitions: Transition[];
  /** Mapped counts of the runs that ended, once their task instances are read: maybe some cycles later, and maybe again. */
  mapped: MappedRun[];
  reports: CollectorReport[];
  watermarks: Watermarks;
  /** When the cycle before looked, by Airflow's database clock; null in the first cycle of a deployment. */
  previousAt: Date | null;
  /** Changes to the known states, for `saveKnown`. */
  changes: KnownChanges;
  /** Rows seen of runs, newest states included: measure takes last states from them. */
  runs: KnownRun[];
}

export interface KnownChanges {
  runs: Set<KnownRun>;
  tasks: Map<KnownRun, KnownTask[]>;
  /** Ids of runs to delete, with their tasks. */
  gone: number[];
  /** Runs whose tasks were dropped to bound memory. */
  reduced: KnownRun[];
  dags: { changed: KnownDag[]; forgotten: string[] };
}

/**
 * One look at Airflow. `known` is changed in place; when this throws, or what it returned is not committed, it must be
 * loaded again from the store.
 */
export async function collect(airflow: AirflowDatabase, known: Known, options: CollectOptions): Promise<Collected> {
  const { shape, memory, clock } = options;
  const began = clock.monotonicMs();
  const deadline = () => clock.monotonicMs() - began > options.budgetMs;
  const previousAt = known.watermarks?.at ?? null;
  const first = previousAt === null;
  const main = await airflow.read((read) => lookOnce(read, known, options));
  const { plan, tasks, watermarks, gone, touched } = main;
  const at = main.snapshot.at;
  await tasks.finish(airflow, deadline, async (read) => (await readActions(read, shape, known, { memory, at })).actions);
  const collected = await runPending(airflow, main.collected, main.input, clock);
  const snapshot: Snapshot = { ...main.snapshot, ...collected.parts };
  memory.sweep.dagIds = snapshot.dags?.map(({ dagId }) => dagId) ?? memory.sweep.dagIds;
  const { judged } = tasks;
  // Changes that could not be read in time are looked for again, as far back as now.
  known.watermarks = judged.behind ? { ...watermarks, at: known.watermarks?.at ?? watermarks.at } : watermarks;
  // What the first look finds ended before we came.
  const transitions = first ? [] : [...plan.transitions, ...judged.transitions].map((each) => withFailedTasks(each, known));
  const mapped = first ? [] : [...judged.settled].flatMap(({ row, tasks: known }) => mappedRunOf(row, known.values()) ?? []);
  const forgotten = forgetRuns(known, { aboveId: watermarks.runId - idOverlap, tasksMax: knownTasksMax, touched });
  const runs = new Set([...plan.touched, ...plan.full, ...judged.unsettled, ...judged.changed.keys(), ...forgotten.reduced]);
  const forgottenIds = new Set([...gone, ...forgotten.gone]);
  for (const run of runs) if (forgottenIds.has(run.row.id)) runs.delete(run);
  for (const run of judged.changed.keys()) if (forgottenIds.has(run.row.id)) judged.changed.delete(run);
  return {
    snapshot,
    transitions,
    mapped,
    reports: [main.report, ...collected.reports],
    watermarks: known.watermarks,
    previousAt,
    changes: {
      runs,
      tasks: judged.changed,
      gone: [...forgottenIds],
      reduced: forgotten.reduced,
      dags: rememberDags(known.dags, snapshot.dags, watermarks.at),
    },
    runs: plan.touched,
  };
}

/** A failed run's end says how many of its tasks had failed, once they have been read. */
function withFailedTasks(transition: Transition, known: Known): Transition {
  if (transition.kind !== 'run_ended' || transition.state !== 'failed') return transition;
  const run = known.runs.get(transition.runPk);
  if (run === undefined || !run.settled) return transition;
  const failedTasks = [...run.tasks.values()].filter(({ state }) => state === 'failed' || state === 'upstream_failed').length;
  return { ...transition, failedTasks };
}

/** The transaction that every cycle begins with: the feeds, the collectors, and as many task instances as there is time for. */
async function lookOnce(read: AirflowRead, known: Known, { shape, thresholds, memory, clock }: CollectOptions) {
  const began = clock.monotonicMs();
  const first = known.watermarks === null;
  const [time] = await read.query<{ at: Date }>('SELECT now() AS at');
  const at = time?.at ?? clock.now();
  const activity = await readActivity(read);
  const feeds = await readFeeds(read, shape, known, { activity, memory, at });
  const swept = first ? null : await sweep(read, shape, known, memory.sweep, at);
  const plan = planReads(known, { ...feeds.seen, rows: [...feeds.seen.rows, ...(swept?.rows ?? [])] }, { first, at });
  for (const { row } of plan.touched) memory.sweep.lastRuns.get(row.dagId)?.delete(row.id);
  const feedSeconds = (clock.monotonicMs() - began) / 1000;

  const activeRuns = new Map<string, number>();
  const runs = [...known.runs.values()].map(({ row }) => row);
  const openRuns = runs.filter(isOpen);
  for (const { dagId } of openRuns) activeRuns.set(dagId, (activeRuns.get(dagId) ?? 0) + 1);
  const snapshot: Snapshot = { at, version: shape.version, revision: shape.revision, activeRuns, openRuns };
  const input = { shape, at, activity, runs, thresholds };
  const collected = await runCollectors({ ...input, read }, clock);

  const since = new Date((known.watermarks?.at ?? at).getTime() - clockSkewMs);
  const finished = swept === null || swept.finished.length === 0 ? [] : [{ runs: swept.finished, since: swept.since }];
  const tasks = createTaskReader([...batchesOf({ ...plan, since }), ...finished], shape, feeds.seen.actions);
  const tasksBegan = clock.monotonicMs();
  await tasks.drain(read);
  const seconds = feedSeconds + (clock.monotonicMs() - tasksBegan) / 1000;
  const report: CollectorReport = { collector: 'runs', ok: true, seconds };
  const { gone, touched } = feeds.seen;
  return { snapshot, plan, tasks, report, input, collected, watermarks: feeds.watermarks, gone, touched };
}
