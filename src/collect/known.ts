import type { RunRow } from '../airflow/read-runs.ts';
import type { KnownDag } from './known-dags.ts';
import type { TaskPage } from '../airflow/read-tasks.ts';

/** What we last saw of a task instance, and which of its tries are counted. */
export interface KnownTask {
  taskId: string;
  mapIndex: number;
  state: string | null;
  tryNumber: number;
  endMs: number | null;
  /** When the row was written last, for states that are entered without a try: a second entry keeps the dates of the first. */
  updatedMs: number | null;
  /** Tries that are counted: `3` for try 3, `0@<end ms>` for an EmptyOperator of 2.9 and before, which has no number. */
  counted: string[];
}

/** What we last saw of a run. */
export interface KnownRun {
  row: RunRow;
  /** `row.clearNumber` when its task instances were last read in full. */
  clearNumberBefore: number;
  /** False while its task instances must be read in full: new, ended, or touched by a person since the last look. */
  settled: boolean;
  /** Where the full read of a huge run goes on; kept in memory only, so that a restart begins again. Null: at its beginning. */
  page: TaskPage | null;
  /**
   * What ended at or before this was not ours to count: the run was there before our first start, or was forgotten and
   * came back. Null once its tasks are known.
   */
  baselineMs: number | null;
  /** The start of the run was counted (once, however often it is cleared). */
  started: boolean;
  /** The end that was counted last; null while it is open. Not by its `end_date`, which 2.x moves afterwards. */
  endCounted: string | null;
  tasks: Map<string, KnownTask>;
}

/** How far each append-only feed was read. */
export interface Watermarks {
  runId: number;
  logId: number;
  /** Airflow's database time at the last committed cycle. */
  at: Date;
}

export interface Known {
  /** Null before the first cycle of this deployment. */
  watermarks: Watermarks | null;
  /** By `dag_run.id`. */
  runs: Map<number, KnownRun>;
  /** By DAG id. */
  dags: Map<string, KnownDag>;
}

/** Everything ended before: for runs that were open at our first start. */
export const baselineAll = Number.MAX_SAFE_INTEGER;

/** Sequences commit out of order, so a look re-reads this many ids below the highest seen (facts §2.8). */
export const idOverlap = 1000;

/** Finished runs keep their task instances in memory up to this many in all; beyond, the oldest fall back to `baselineMs`. */
export const knownTasksMax = 100_000;

export const taskKey = (taskId: string, mapIndex: number): string => `${mapIndex}\u0000${taskId}`;
export const runKey = (dagId: string, runId: string): string => `${dagId}\u0000${runId}`;
export const isOpen = (row: { state: string }): boolean => row.state === 'running' || row.state === 'queued';
