import type { FaultKind } from './config.ts';
import type { DagSpec, PoolSpec, TaskSpec } from './dag.ts';

export type AirflowRelease = '3' | '2.11';

export type TaskState =
  | 'scheduled'
  | 'queued'
  | 'running'
  | 'restarting'
  | 'deferred'
  | 'up_for_retry'
  | 'up_for_reschedule'
  | 'success'
  | 'failed'
  | 'skipped'
  | 'upstream_failed';
export type RunState = 'queued' | 'running' | 'success' | 'failed';
export type RunType = 'scheduled' | 'manual' | 'asset' | 'operator';

/** A dag run as it stands now; times are milliseconds since 1970. */
export interface Run {
  dag: DagState;
  id: number;
  runId: string;
  type: RunType;
  state: RunState;
  /** What the run is for: its tick, null where Airflow 3 has none. */
  logicalMs: number | null;
  intervalStartMs: number | null;
  intervalEndMs: number | null;
  runAfterMs: number;
  queuedMs: number;
  startMs: number | null;
  endMs: number | null;
  lastDecisionMs: number | null;
  updatedMs: number;
  clearNumber: number;
  user: string | null;
  tasks: Map<string, Attempted[]>;
  deadline?: { id: string; callbackId: string; atMs: number; createdMs: number; missed: boolean };
  /** An `advance` for it is on its way. */
  awaited: boolean;
}

/** A task instance as it stands now. */
export interface Attempted {
  run: Run;
  task: TaskSpec;
  mapIndex: number;
  /** 3.x: the row's UUID, new with every try. */
  id: string;
  state: TaskState | null;
  tryNumber: number;
  maxTries: number;
  scheduledMs: number | null;
  queuedMs: number | null;
  startMs: number | null;
  endMs: number | null;
  durationSeconds: number | null;
  heartbeatMs: number | null;
  updatedMs: number;
  host: string;
  pid: number | null;
  /** 2.x: its LocalTaskJob. */
  jobId: number | null;
  triggerId: number | null;
  resuming: boolean;
  /** When the worker that has it, or had it last, took it up. */
  spellMs: number | null;
  /** How often this try was put back because it stayed queued. */
  requeues: number;
  /** The fault that this try falls victim to. */
  fault: FaultKind | null;
  /** Grows whenever a clear or mark makes the events under way meaningless. */
  epoch: number;
  /** Since when a sensor pokes, and its tries so far. */
  firstPokeMs: number | null;
  rescheduleIds: number[];
  /** Tries that the history holds. */
  closed: Set<number>;
}

export interface DagState {
  spec: DagSpec;
  versionId: string;
  serializedId: string;
  alertId: string;
  hash: string;
  createdMs: number;
  parsedMs: number;
  nextMs: number | null;
  /** A tick that waits for a running run to end. */
  overdueMs: number | null;
  open: Set<Run>;
  /** Recently finished runs, for what a person does to them. */
  recent: Run[];
  running: number;
  /** Assets that have been updated since the last run. */
  waiting: Map<string, number>;
}

export interface PoolState {
  spec: PoolSpec;
  used: number;
  waiting: Attempted[];
  awaited: boolean;
}

const terminal: ReadonlySet<TaskState> = new Set(['success', 'failed', 'skipped', 'upstream_failed']);

/** Whether Airflow is done with a task in this state. */
export const isTerminal = (state: TaskState | null): boolean => state !== null && terminal.has(state);

/** Whether a task in this state holds slots of its pool. */
export function holdsSlots(state: TaskState | null, pool: PoolSpec): boolean {
  return state === 'queued' || state === 'running' || state === 'restarting' || (pool.includeDeferred && state === 'deferred');
}

/** All task instances of a run, in the DAG's order. */
export const instancesOf = (run: Run): Attempted[] => [...run.tasks.values()].flat();

export const keyOf = (of: Attempted): string =>
  `${of.run.dag.spec.dagId}\u0000${of.run.runId}\u0000${of.task.taskId}\u0000${of.mapIndex}`;
