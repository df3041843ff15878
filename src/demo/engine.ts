import type { Sink } from './change.ts';
import type { Fault } from './config.ts';
import type { World } from './dag.ts';
import type { AirflowRelease, Attempted, DagState, PoolState, Run, RunType } from './model.ts';
import { keyOf } from './model.ts';
import type { TimeQueue } from './queue.ts';
import { randomOf, uuid7, type Random } from './random.ts';
import type { LogEntry, Shape } from './rows.ts';
import type { TruthCounter } from './truth.ts';
import type { Ending, TryEvent } from './try-event.ts';

/** Something that is due at a time. One of a task is void once the task's `epoch` has moved on. */
export type Happening =
  | { kind: 'tick'; dag: DagState; atMs: number }
  | { kind: 'create'; dag: DagState; type: RunType; user: string | null }
  | { kind: 'manual'; dag: DagState }
  | { kind: 'start_run' | 'advance' | 'run_timeout' | 'deadline'; run: Run }
  | { kind: 'drain'; pool: PoolState }
  | { kind: 'start_try' | 'stuck' | 'again' | 'defer' | 'fire' | 'beat' | 'restarted'; of: Attempted; epoch: number }
  | { kind: 'end_try'; of: Attempted; epoch: number; ending: Ending }
  | { kind: 'poke'; of: Attempted; epoch: number; found: boolean }
  | { kind: 'heartbeat' | 'parse' }
  | { kind: 'fault_over'; fault: ActiveFault };

export interface ActiveFault extends Fault {
  fromMs: number;
  untilMs: number;
  /** Row that goes when the fault does. */
  rowId: number | null;
}

/** All that the simulated Airflow knows. */
export interface Engine {
  readonly world: World;
  readonly airflow: AirflowRelease;
  readonly seed: number;
  readonly shape: Shape;
  readonly queue: TimeQueue<Happening>;
  readonly dags: Map<string, DagState>;
  readonly pools: Map<string, PoolState>;
  readonly truth: TruthCounter;
  readonly faults: ActiveFault[];
  readonly assetIds: Map<string, number>;
  readonly anomalyProbability: number;
  readonly onTry: (event: TryEvent) => void;
  sink: Sink;
  nowMs: number;
  /** Heartbeats and parses are written only live: in a history the last one of each is all that is left. */
  live: boolean;
  running: number;
  jobs: { id: number; type: string; startMs: number }[];
  sequences: Map<string, number>;
  uuids: Random;
}

/** The next number of a sequence of Airflow's database. */
export function nextId(engine: Engine, sequence: string): number {
  const id = (engine.sequences.get(sequence) ?? 0) + 1;
  engine.sequences.set(sequence, id);
  return id;
}

export const newUuid = (engine: Engine): string => uuid7(engine.nowMs, engine.uuids);

/** The stream of one try: its work does not depend on what else happens. */
export function randomOfTry(engine: Engine, of: Attempted): Random {
  return randomOf(engine.seed, of.run.dag.spec.dagId, of.run.runId, of.task.taskId, of.mapIndex, of.tryNumber, of.epoch);
}

export function saveTask(engine: Engine, of: Attempted, how: 'insert' | 'update' = 'update'): void {
  if (how === 'insert') engine.sink.insert('task_instance', keyOf(of), () => engine.shape.task(of));
  else engine.sink.update('task_instance', keyOf(of), () => engine.shape.task(of));
}

export function saveRun(engine: Engine, run: Run, how: 'insert' | 'update' = 'update'): void {
  run.updatedMs = engine.nowMs;
  const key = `${run.dag.spec.dagId}\u0000${run.runId}`;
  if (how === 'insert') engine.sink.insert('dag_run', key, () => engine.shape.run(run));
  else engine.sink.update('dag_run', key, () => engine.shape.run(run));
}

type LogFields = Partial<Pick<LogEntry, 'taskId' | 'mapIndex' | 'tryNumber' | 'owner' | 'person' | 'extra' | 'run' | 'atMs'>>;

/** Writes a row of the audit table. */
export function writeLog(engine: Engine, event: string, dagId: string, fields: LogFields = {}): void {
  const entry: LogEntry = {
    id: nextId(engine, 'log'),
    atMs: engine.nowMs,
    event,
    dagId,
    run: null,
    taskId: null,
    mapIndex: null,
    tryNumber: null,
    owner: null,
    person: null,
    extra: null,
    ...fields,
  };
  const row = engine.shape.log(entry);
  engine.sink.insert('log', '', () => row);
}

/** The row that a worker writes about a try. */
export function writeOwnLog(engine: Engine, of: Attempted, event: string): void {
  const { run, task, mapIndex, tryNumber } = of;
  writeLog(engine, event, run.dag.spec.dagId, { run, taskId: task.taskId, mapIndex, tryNumber, owner: run.dag.spec.owner });
}

/** Has the scheduler look at a run soon. */
export function advanceSoon(engine: Engine, run: Run): void {
  if (run.awaited || run.state !== 'running') return;
  run.awaited = true;
  engine.queue.push(engine.nowMs + 150 + Math.floor(engine.uuids.next() * 700), { kind: 'advance', run });
}
