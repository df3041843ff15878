import { randomOf, type Random } from '../../src/demo/random.ts';
import { runDueMs, type Fault } from './faults.ts';
import { endMs, isHeavy, minuteMs, scarcePool, type LabDag, type World } from './world.ts';

/** A try as it happens, with what only the lab knows of it. */
export interface LabTry {
  task: number;
  scheduledMs: number;
  queuedMs: number;
  startMs: number;
  endMs: number;
  seconds: number;
  failed: boolean;
  host: string;
  /** What its ln(seconds) is drawn about, without the fault. */
  location: number;
  /** What acts on its duration. */
  fault: Fault | null;
}

/** How many instances the mapped task of a run has. */
export interface LabCount {
  instances: number;
  /** What its logarithm is drawn about, without the fault. */
  location: number;
}

export interface LabRun {
  dag: LabDag;
  index: number;
  runPk: number;
  runId: string;
  dueMs: number;
  createdMs: number;
  startMs: number;
  endMs: number;
  failed: boolean;
  tries: LabTry[];
  count: LabCount | null;
  /** Faults that change this run, of its DAG. */
  faults: readonly Fault[];
}

/** When the platform may act at or after `ms`: not while the scheduler is dead, or the pool is starved. */
type Free = (ms: number) => number;

function freeOf(faults: readonly Fault[], kind: Fault['kind']): Free {
  const windows = faults.filter((fault) => fault.kind === kind).toSorted((a, b) => a.fromMs - b.fromMs);
  return (ms) => windows.find(({ fromMs, toMs }) => ms >= fromMs && ms < toMs)?.toMs ?? ms;
}

/** Every run of the world, by when it is made. All that happens is known beforehand, so that playing is reading it off. */
export function timelineOf(world: World, faults: readonly Fault[]): LabRun[] {
  const scheduler = freeOf(faults, 'scheduler_death');
  const pool = freeOf(faults, 'pool_starvation');
  const byDag = Map.groupBy(faults, ({ dag }) => dag);
  const runs: LabRun[] = [];
  for (const dag of world.dags) {
    const own = byDag.get(dag) ?? [];
    for (let index = 0; runDueMs(world, dag, index) < endMs(world); index += 1)
      runs.push(
        runOf(dag, index, {
          dueMs: runDueMs(world, dag, index),
          faults: own.filter((fault) => index >= fault.firstRun),
          scheduler,
          pool: dag.pool === scarcePool ? (ms) => scheduler(pool(scheduler(ms))) : scheduler,
          random: randomOf(world.seed, dag.dagId, index),
          counting: randomOf(world.seed, dag.dagId, index, 'mapped'),
        }),
      );
  }
  runs.sort((a, b) => a.createdMs - b.createdMs || (a.dag.dagId < b.dag.dagId ? -1 : 1));
  for (const [index, run] of runs.entries()) run.runPk = index + 1;
  return runs;
}

interface RunContext {
  dueMs: number;
  /** Those of the DAG that have begun. */
  faults: readonly Fault[];
  scheduler: Free;
  pool: Free;
  random: Random;
  /** For mapped counts alone. */
  counting: Random;
}

const during = ({ firstRun, runs }: Fault, index: number): boolean => index < firstRun + runs;

function runOf(dag: LabDag, index: number, context: RunContext): LabRun {
  const { dueMs, scheduler, random } = context;
  const now = context.faults.filter((fault) => during(fault, index));
  const missing = now.find(({ kind }) => kind === 'missing_run');
  const surge = now.find(({ kind }) => kind === 'failure_surge');
  // Odd: it is made, and does not start; even: it is not made at all.
  const waitMs = (missing?.size ?? 0) * minuteMs;
  const isMade = missing !== undefined && missing.size % 2 === 1;
  const createdMs = scheduler(dueMs + (isMade ? 0 : waitMs) + random.between(500, 3000));
  const startMs = scheduler(createdMs + (isMade ? waitMs : 0) + random.between(500, 4000));
  const failed = random.chance(surge?.size ?? dag.failureShare);
  const failing = failed ? Math.floor(random.next() * dag.tasks.length) : -1;
  const tries: LabTry[] = [];
  let at = startMs;
  for (const task of dag.tasks.keys()) {
    const made = tryOf(dag, { task, index, at, failed: task === failing }, context);
    tries.push(made);
    at = made.endMs;
    if (task === failing) break;
  }
  return {
    dag,
    index,
    runPk: 0,
    runId: `scheduled__${new Date(dueMs).toISOString()}`,
    dueMs,
    createdMs,
    startMs,
    endMs: scheduler(at + random.between(200, 2000)),
    failed,
    tries,
    count: countOf(dag, now, context),
    faults: now,
  };
}

function countOf(dag: LabDag, faults: readonly Fault[], { dueMs, counting }: RunContext): LabCount | null {
  if (dag.mapped === null) return null;
  const location = Math.log(dag.mapped.middle * (isHeavy(dag, dueMs) ? (dag.rhythm?.factor ?? 1) : 1));
  const size = faults.find(({ kind }) => kind === 'mapped_count')?.size ?? 1;
  // Usually one at least: an expand over nothing is a fault.
  const least = size === 0 ? 0 : 1;
  const instances = Math.max(least, Math.round(size * counting.logNormal(Math.exp(location), dag.sigma ?? 0)));
  return { instances, location };
}

interface TryPlan {
  task: number;
  index: number;
  at: number;
  failed: boolean;
}

function tryOf(
  dag: LabDag,
  { task, index, at, failed }: TryPlan,
  { dueMs, faults, scheduler, pool, random }: RunContext,
): LabTry {
  const own = faults.filter((fault) => fault.task === null || fault.task === task);
  const heavy = isHeavy(dag, dueMs);
  const broken = own.find((fault) => fault.kind === 'weekday_break' && during(fault, index));
  const rhythm = Math.log(dag.rhythm?.factor ?? 1);
  const lasting = own.filter(({ kind }) => kind === 'drift' || kind === 'level_shift');
  const slow = own.find((fault) => fault.kind === 'slow' && during(fault, index));
  const { medianSeconds = 60, recorded = null } = dag.tasks[task] ?? {};
  let location = Math.log(medianSeconds) + (heavy ? rhythm : 0);
  let pushed = Math.log(slow?.size ?? 1) + (broken === undefined ? 0 : heavy ? -rhythm : rhythm);
  for (const fault of lasting) {
    const effect = Math.log(fault.size) * (fault.kind === 'drift' ? Math.min(1, (index - fault.firstRun + 1) / fault.runs) : 1);
    // Once it is history it is what is usual.
    if (index > fault.untilRun) location += effect;
    else pushed += effect;
  }
  const noise = recorded === null ? Math.log(random.logNormal(1, dag.sigma ?? 0)) : (recorded[index % recorded.length] ?? 0);
  const seconds = Math.exp(location + pushed + noise) * (failed ? random.next() : 1);
  const scheduledMs = scheduler(at + random.between(200, 1000));
  const queuedMs = pool(scheduledMs + random.between(200, 1000));
  const stuck = own.find((fault) => fault.kind === 'stuck_queue' && during(fault, index));
  const startMs = queuedMs + (stuck?.size ?? 0) * minuteMs + random.between(500, 4000);
  return {
    task,
    scheduledMs,
    queuedMs,
    startMs,
    endMs: startMs + seconds * 1000,
    seconds,
    failed,
    host: `worker-${1 + Math.floor(random.next() * 8)}`,
    location,
    fault: slow ?? broken ?? lasting.find(({ untilRun }) => index <= untilRun) ?? null,
  };
}
