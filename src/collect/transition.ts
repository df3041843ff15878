/** How an attempt ended. failure: for good; retry: Airflow will try again. */
export type AttemptOutcome = 'success' | 'failure' | 'retry';

/** States that a task instance enters without an attempt of its own. */
export type EnteredState = 'skipped' | 'upstream_failed';

interface TaskRef {
  dagId: string;
  taskId: string;
  mapIndex: number;
  /** `dag_run.id`. */
  runPk: number;
  runId: string;
  runType: string;
}

/** An attempt that ended: counted once, whoever restarts in between. */
export interface Attempt extends TaskRef {
  kind: 'attempt';
  outcome: AttemptOutcome;
  tryNumber: number;
  startedAt: Date | null;
  endedAt: Date | null;
  durationSeconds: number | null;
  /** From queued to started; null when unknown or overwritten by a resume from deferral. */
  queueWaitSeconds: number | null;
  queue: string | null;
  pool: string | null;
  operator: string | null;
  hostname: string | null;
  /** Absent where it is not known. */
  executor?: string;
  /** When its run was due, and when that began (again, after a clear). */
  dueAt: Date | null;
  runStartedAt: Date | null;
  /** How often people had its run, or tasks of it, run again; always 0 before 2.8. */
  clearNumber: number;
}

export interface Entered extends TaskRef {
  kind: 'entered';
  state: EnteredState;
  at: Date | null;
}

/** A person set the state of a task instance. */
export interface Marked extends TaskRef {
  kind: 'marked';
  state: string;
}

interface RunRef {
  dagId: string;
  runPk: number;
  runId: string;
  runType: string;
  logicalDate: Date | null;
  dueAt: Date | null;
}

export interface RunStarted extends RunRef {
  kind: 'run_started';
  /** From due to started; null for runs that no schedule made. */
  delaySeconds: number | null;
}

export interface RunEnded extends RunRef {
  kind: 'run_ended';
  state: 'success' | 'failed';
  /** True when a person set the state. */
  byPerson: boolean;
  /** Its task instances that had failed when a failed run ended; absent where they are not known. */
  failedTasks?: number;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** What changed between two looks at Airflow. */
export type Transition = Attempt | Entered | Marked | RunStarted | RunEnded;
