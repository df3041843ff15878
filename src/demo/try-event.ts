import type { FaultKind } from './config.ts';
import type { TaskSpec } from './dag.ts';
import type { AirflowRelease } from './model.ts';

/** How a try ends by itself. */
export type Ending = 'success' | 'failed' | 'skipped';

/** began, resumed: a worker took it up · poked, deferred: it gave it back · fired: its trigger did · stopped: someone else ended it. */
export type TryEventKind = 'began' | 'resumed' | 'poked' | 'deferred' | 'fired' | 'stopped' | 'ended';

/** What a log file tells of a try, event by event. */
export interface TryEvent {
  kind: TryEventKind;
  atMs: number;
  /** When the worker took it up, and when the try began: apart after a deferral. */
  spellMs: number;
  startMs: number;
  airflow: AirflowRelease;
  dagId: string;
  file: string;
  owner: string;
  runId: string;
  /** Of the run: its logical date, or when it was due. */
  dateMs: number;
  task: TaskSpec;
  downstream: readonly string[];
  /** Where a branch goes. */
  chosen: string | null;
  mapIndex: number;
  tryNumber: number;
  maxTries: number;
  uuid: string;
  host: string;
  pid: number;
  jobId: number;
  triggerId: number;
  triggererId: number;
  /** The fault that it fell victim to. */
  fault: FaultKind | null;
  /** How it ended: null unless `kind` is `ended`. */
  ending: Ending | null;
  /** Failed, and Airflow will try again. */
  willRetry: boolean;
}
