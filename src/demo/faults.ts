import { AppError } from '../lib/errors.ts';
import type { Fault, FaultKind } from './config.ts';
import type { ActiveFault, Engine } from './engine.ts';
import { nextId } from './engine.ts';
import { instancesOf, type Attempted, type DagState } from './model.ts';

const usualSeconds: Record<FaultKind, number> = {
  slow: 1800,
  fail: 1800,
  stuck: 1800,
  late: 7200,
  surge: 900,
  pool: 1800,
  scheduler: 600,
  import: 3600,
};

/**
 * Whom a fault hits unless it is said: the busiest scheduled DAG, for `pool` one that uses the smallest pool. What takes long
 * hits one without a deadline, which would be missed, and told, before it is known why.
 */
function usualDag(engine: Engine, kind: FaultKind): DagState | undefined {
  const live = [...engine.dags.values()].filter(
    (dag) => !dag.spec.paused && !dag.spec.broken && dag.spec.schedule.kind === 'time',
  );
  if (kind === 'pool') {
    const [tight] = [...engine.pools.values()].sort((a, b) => a.spec.slots - b.spec.slots);
    const user = live.find((dag) => dag.spec.tasks.some((task) => task.pool === tight?.spec.pool));
    if (user !== undefined) return user;
  }
  const period = (dag: DagState) =>
    dag.spec.schedule.kind === 'time' ? dag.spec.schedule.periodSeconds : Number.POSITIVE_INFINITY;
  const takesLong = kind === 'slow' || kind === 'stuck';
  const fit = live.filter((dag) => !takesLong || dag.spec.deadlineSeconds === undefined);
  return (fit.length > 0 ? fit : live).toSorted((a, b) => period(a) - period(b))[0];
}

/** The DAG that a fault hits; undefined when it hits all of them. Throws NOT_FOUND for what this Airflow does not have. */
function victimOf(engine: Engine, { kind, dagId, taskId }: Fault): DagState | undefined {
  if (kind === 'surge' || kind === 'scheduler') return undefined;
  const dag = dagId === undefined ? usualDag(engine, kind) : engine.dags.get(dagId);
  if (dag === undefined)
    throw new AppError('NOT_FOUND', `this Airflow has no DAG ${dagId ?? ''}; it has ${[...engine.dags.keys()].join(', ')}`);
  const { tasks } = dag.spec;
  if (taskId !== undefined && !tasks.some((task) => task.taskId === taskId))
    throw new AppError(
      'NOT_FOUND',
      `${dag.spec.dagId} has no task ${taskId}; it has ${tasks.map((task) => task.taskId).join(', ')}`,
    );
  return dag;
}

/** What is slow is one task: several would be as many troubles. */
const longestTask = (dag: DagState | undefined): string | undefined =>
  dag?.spec.tasks.toSorted((a, b) => b.medianSeconds - a.medianSeconds)[0]?.taskId;

/** Begins a fault now, and returns what it hits until when. */
export function beginFault(engine: Engine, fault: Fault): ActiveFault {
  const { kind } = fault;
  const dag = victimOf(engine, fault);
  const taskId = fault.taskId ?? (kind === 'slow' ? longestTask(dag) : undefined);
  const untilMs = engine.nowMs + (fault.forSeconds ?? usualSeconds[kind]) * 1000;
  const active: ActiveFault = {
    ...fault,
    ...(dag === undefined ? {} : { dagId: dag.spec.dagId }),
    ...(taskId === undefined ? {} : { taskId }),
    fromMs: engine.nowMs,
    untilMs,
    rowId: null,
  };
  engine.faults.push(active);
  engine.queue.push(untilMs, { kind: 'fault_over', fault: active });
  if (kind === 'surge') runEverything(engine);
  if (dag === undefined) return active;
  if (kind === 'import') active.rowId = writeImportError(engine, dag);
  // Its next run may be far: a person runs it now, so that the fault can be seen.
  if (kind === 'pool' || kind === 'slow' || kind === 'fail' || kind === 'stuck')
    engine.queue.push(engine.nowMs, { kind: 'create', dag, type: 'manual', user: 'admin' });
  return active;
}

/** Most DAGs run far less often than a surge lasts: people run them all, so that it can be seen. */
function runEverything(engine: Engine): void {
  for (const dag of engine.dags.values()) {
    if (dag.spec.paused || dag.spec.broken || dag.spec.schedule.kind !== 'time') continue;
    const afterMs = Math.floor(engine.uuids.next() * 3000);
    engine.queue.push(engine.nowMs + afterMs, { kind: 'create', dag, type: 'manual', user: 'admin' });
  }
}

export function writeImportError(engine: Engine, dag: DagState): number {
  const id = nextId(engine, 'import_error');
  const row = engine.shape.importError(id, dag, engine.nowMs);
  engine.sink.insert('import_error', String(id), () => row);
  engine.sink.update('dag', dag.spec.dagId, () => engine.shape.dag(dag, true, dag.nextMs));
  return id;
}

/** Ends a fault: what was stuck starts, and its row goes. */
export function endFault(engine: Engine, fault: ActiveFault): void {
  const at = engine.faults.indexOf(fault);
  if (at >= 0) engine.faults.splice(at, 1);
  const dag = engine.dags.get(fault.dagId ?? '');
  if (dag === undefined) return;
  const open = fault.kind === 'stuck' ? [...dag.open].flatMap(instancesOf) : [];
  for (const of of open) {
    const afterMs = 500 + Math.floor(engine.uuids.next() * 3000);
    if (of.state === 'queued') engine.queue.push(engine.nowMs + afterMs, { kind: 'start_try', of, epoch: of.epoch });
  }
  if (fault.rowId === null) return;
  engine.sink.remove('import_error', String(fault.rowId), () => ({ id: fault.rowId }));
  engine.sink.update('dag', dag.spec.dagId, () => engine.shape.dag(dag, dag.spec.broken, dag.nextMs));
}

/** The fault of this kind that hits this DAG, task or everything now. */
export function faultOn(engine: Engine, kind: FaultKind, dagId?: string, taskId?: string): ActiveFault | undefined {
  return engine.faults.find(
    (fault) =>
      fault.kind === kind &&
      fault.untilMs > engine.nowMs &&
      (fault.dagId === undefined || fault.dagId === dagId) &&
      (fault.taskId === undefined || fault.taskId === taskId),
  );
}

/** When a scheduler that is down comes back; now, when it is up. */
export const schedulerBackMs = (engine: Engine): number => faultOn(engine, 'scheduler')?.untilMs ?? engine.nowMs;

const faultedTask = (of: Attempted): [string, string] => [of.run.dag.spec.dagId, of.task.taskId];

/** A try of seconds that takes five times as long is no trouble yet: what is slow takes at least this much longer. */
const slowExtraMs = 60_000;

/** What the work of a try, of so many ms, takes with what befalls it. */
export const workWith = ({ factor, kind }: FaultOfTry, usualMs: number): number =>
  Math.max(usualMs * factor, kind === 'slow' ? usualMs + slowExtraMs : 0);

export interface FaultOfTry {
  /** By how much the try is slower. */
  factor: number;
  fails: boolean;
  /** The fault that it falls victim to; null also for what goes wrong by `anomalyProbability`. */
  kind: FaultKind | null;
}

/** What the faults in force, and chance (0 to 1, the try's own), do to a try. */
export function faultOfTry(engine: Engine, of: Attempted, chance: number): FaultOfTry {
  const [dagId, taskId] = faultedTask(of);
  if (faultOn(engine, 'fail', dagId, taskId) !== undefined) return { factor: 1, fails: true, kind: 'fail' };
  if (faultOn(engine, 'surge') !== undefined) return { factor: 1, fails: true, kind: 'surge' };
  if (faultOn(engine, 'pool', dagId, taskId) !== undefined) return { factor: 20, fails: false, kind: 'pool' };
  if (faultOn(engine, 'slow', dagId, taskId) !== undefined) return { factor: 5, fails: false, kind: 'slow' };
  const half = engine.anomalyProbability / 2;
  return { factor: chance < half ? 5 : 1, fails: chance > 1 - half, kind: null };
}

/** Whether a queued try never starts. */
export const isStuck = (engine: Engine, of: Attempted): boolean => faultOn(engine, 'stuck', ...faultedTask(of)) !== undefined;
