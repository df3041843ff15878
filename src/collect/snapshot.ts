import type { DagRow } from '../airflow/read-dags.ts';
import type { RunRow } from '../airflow/read-runs.ts';
import type { UnfinishedRow } from '../airflow/read-tasks.ts';
import type { DeadlineRow, SlaMissRow } from '../airflow/read-platform.ts';

export interface ComponentHealth {
  component: 'scheduler' | 'triggerer' | 'dag_processor';
  up: boolean;
  /** Null: it never ran. */
  heartbeatAt: Date | null;
  /** Older than this it counts as down. */
  limitMs: number;
}

export interface PoolSlots {
  pool: string;
  /** Negative when the pool was shrunk below its use, Infinity without a limit. */
  open: number;
  running: number;
  queued: number;
  scheduled: number;
  deferred: number;
}

export interface Activity {
  /** Task instances by state, every known state present. */
  states: Record<string, number>;
  oldestQueuedAt: Date | null;
}

export interface ImportFailure {
  filename: string;
  at: Date | null;
  /** Redacted. */
  stacktrace: string;
}

export interface ImportFailures {
  count: number;
  /** The first of them. */
  errors: ImportFailure[];
}

export interface AssetActivity {
  asset: string;
  lastEventAt: Date | null;
}

/** A task instance that is not finished. */
export interface UnfinishedTask extends UnfinishedRow {
  /** `dag_run.id`, and its type; null for a run that is not open and not known. */
  runPk: number | null;
  runType: string | null;
}

export interface Unfinished {
  tasks: UnfinishedTask[];
  /** False when there are more than may be read: then nothing may be concluded from what is not here. */
  complete: boolean;
}

/** What is there now. A part is missing when its collector failed or does not apply: never an old value that looks fresh. */
export interface Snapshot {
  /** Airflow's database time. */
  at: Date;
  version: string;
  revision: string;
  activeRuns: Map<string, number>;
  /** Runs that are queued or running. */
  openRuns: RunRow[];
  activity?: Activity;
  unfinished?: Unfinished;
  components?: ComponentHealth[];
  pools?: PoolSlots[];
  importErrors?: ImportFailures;
  dags?: DagRow[];
  deadlines?: DeadlineRow[];
  slaMisses?: SlaMissRow[];
  assets?: AssetActivity[];
}

/** How one collector fared. */
export interface CollectorReport {
  collector: string;
  ok: boolean;
  seconds: number;
  /** Safe to show; present when it failed. */
  error?: string;
}
