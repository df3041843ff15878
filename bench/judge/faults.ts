import { randomOf, type Random } from '../../src/demo/random.ts';
import { dayMs, endMs, hourMs, judgedFromMs, minuteMs, scarcePool, type LabDag, type World } from './world.ts';

export const faultKinds = [
  'slow',
  'drift',
  'level_shift',
  'failure_surge',
  'weekday_break',
  'mapped_count',
  'missing_run',
  'stuck_queue',
  'pool_starvation',
  'scheduler_death',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Something that goes wrong, by plan. Runs are counted from the start of the world. */
export interface Fault {
  kind: FaultKind;
  /** Factor on durations or mapped instances, share of failures, or minutes. */
  size: number;
  /** Null: the platform's. */
  dag: LabDag | null;
  /** Null: all of its tasks. */
  task: number | null;
  firstRun: number;
  runs: number;
  /** Up to this run what follows from it is put down to it. */
  untilRun: number;
  /** Of the platform's. */
  fromMs: number;
  toMs: number;
}

export const runDueMs = ({ startMs }: Pick<World, 'startMs'>, { offsetMs, periodMs }: LabDag, run: number): number =>
  startMs + offsetMs + run * periodMs;

/** The runs of a DAG that are judged, from and to. */
function judgedRuns(world: World, { periodMs }: LabDag): { first: number; end: number } {
  return { first: Math.ceil((world.historyDays * dayMs) / periodMs), end: Math.floor((endMs(world) - world.startMs) / periodMs) };
}

/** Half of what a robust baseline of 60 tries forgets, and what a surge stays in its window for. */
const afterShift = 60;
const afterSurge = 20;
const driftRuns = 40;
const surgeRuns = 12;

/** What goes wrong in this world: at most one lasting fault a DAG, single ones in its other runs, and the platform's. */
export function planFaults(world: World): Fault[] {
  const planned = world.dags.flatMap((dag) => planDag(world, dag, randomOf(world.seed, 'faults', dag.dagId)));
  return [...planned, ...planPlatform(world, randomOf(world.seed, 'platform'))];
}

function planDag(world: World, dag: LabDag, random: Random): Fault[] {
  const { first, end } = judgedRuns(world, dag);
  const plan: Fault[] = [];
  const free = (run: number): boolean =>
    run >= first + 2 && run < end - 2 && plan.every(({ firstRun, untilRun }) => run < firstRun - 3 || run > untilRun + 3);
  const put = (kind: FaultKind, size: number, firstRun: number, runs = 1, after = 0, task: number | null = null) =>
    plan.push({ kind, size, dag, task, firstRun, runs, untilRun: firstRun + runs - 1 + after, fromMs: 0, toMs: 0 });
  const single = (kind: FaultKind, size: number, task: number | null = null): void => {
    const runs = Array.from({ length: end - first }, (_, index) => first + index).filter(free);
    if (runs.length > 0) put(kind, size, random.pick(runs), 1, 0, task);
  };
  const recorded = dag.sigma === null;
  if (!recorded) planLasting(random, { dag, first, end, put });
  for (const size of [1.5, 2, 3]) single('slow', size, Math.floor(random.next() * dag.tasks.length));
  if (recorded) return plan;
  if (dag.rhythm?.by === 'weekday') for (let count = 0; count < 3; count += 1) single('weekday_break', 0);
  if (random.chance(0.4)) single('missing_run', Math.round(random.between(45, 120)));
  if (random.chance(0.4)) single('stuck_queue', Math.round(random.between(12, 60)), 0);
  if (dag.mapped !== null) for (const size of [0, 0.4, 2.5]) single('mapped_count', size);
  return plan;
}

interface Lasting {
  dag: LabDag;
  first: number;
  end: number;
  put: (kind: FaultKind, size: number, firstRun: number, runs: number, after: number, task: number | null) => unknown;
}

/** One lasting fault, or none. What is to be found needs runs in which to find it. */
function planLasting(random: Random, { dag, first, end, put }: Lasting): void {
  const between = (latest: number) => Math.floor(random.between(first + 4, Math.max(first + 5, latest)));
  const task = Math.floor(random.next() * dag.tasks.length);
  const draw = random.next() * (dag.rhythm === null ? 1 : 1.6);
  if (draw < 0.3) put('drift', random.pick([1.35, 1.7, 2.2]), between(end - driftRuns - 8), driftRuns, afterShift, task);
  else if (draw < 0.6) put('level_shift', random.pick([1.3, 1.6, 2.2]), between(end - 24), 1, afterShift, task);
  else if (draw < 0.85) put('failure_surge', random.pick([0.3, 0.6]), between(end - 20), surgeRuns, afterSurge, null);
}

/** About one a fortnight each; a starved pool when a DAG of it is due, so that somebody waits. */
function planPlatform(world: World, random: Random): Fault[] {
  const count = Math.max(1, Math.round(world.days / 15));
  const firstMs = judgedFromMs(world) + dayMs;
  const part = (endMs(world) - firstMs) / (2 * count);
  const waiting = world.dags.filter(({ pool }) => pool === scarcePool);
  if (waiting.length === 0) return [];
  return Array.from({ length: 2 * count }, (_, index): Fault => {
    const from = firstMs + (index + random.between(0.1, 0.6)) * part;
    const minutes = Math.round(random.between(10, 50));
    const kind = index % 2 === 0 ? 'scheduler_death' : 'pool_starvation';
    const fromMs = kind === 'scheduler_death' ? from : nextDueMs(world, waiting, from) - minuteMs;
    const toMs = fromMs + minutes * minuteMs;
    return { kind, size: minutes, dag: null, task: null, firstRun: 0, runs: 0, untilRun: 0, fromMs, toMs };
  });
}

function nextDueMs(world: World, dags: readonly LabDag[], fromMs: number): number {
  const dues = dags.map((dag) => {
    const run = Math.ceil((fromMs - world.startMs - dag.offsetMs) / dag.periodMs);
    return runDueMs(world, dag, run);
  });
  return Math.min(...dues);
}

/** What a fault of the platform leaves behind, late runs, is put down to it for so long. */
export const afterPlatformMs = 3 * hourMs;
