/** Whose log: one try of a task instance. */
export interface LogTry {
  dagId: string;
  runId: string;
  taskId: string;
  /** -1 for a task that is not mapped. */
  mapIndex: number;
  tryNumber: number;
  /** The run's logical date: some templates name files by it. */
  logicalDate?: Date | null;
  /** The template of log files that was in force when the run was made; undefined when it is not known: then the defaults are tried. */
  template?: string;
}

/**
 * Why there is no log. not_configured: no way to it is set. not_there: it was looked for and there is none, which says something
 * itself. refused: we may not read it. unsupported: its place is not known. unreachable: who has it does not answer. late: not in time.
 */
export type NoLog = 'not_configured' | 'not_there' | 'refused' | 'unsupported' | 'unreachable' | 'late';

export interface Missing {
  found: false;
  why: NoLog;
  /** What was tried and what came of it, in a sentence or two; redacted. */
  reason: string;
}

export interface Found {
  found: true;
  /** A path below the log folder, or the address of Airflow's REST API. */
  place: string;
  /**
   * The lines, redacted, without their breaks: what was left out, and where a log breaks off, is a line that begins with `*** Windsock: `.
   * To be read once. Never throws.
   */
  lines: AsyncIterable<string>;
}

export type TaskLog = Found | Missing;

export const missing = (why: NoLog, reason: string): Missing => ({ found: false, why, reason });

/** A line of our own among those of a log, told as Airflow's log reader tells where it read from. */
export const notice = (text: string): string => `*** Windsock: ${text}`;

/** How much of a log is read: its beginning, where the task says what it does, and its end, where it fails. */
export interface LogCaps {
  headBytes: number;
  tailBytes: number;
}

export const logCaps: LogCaps = { headBytes: 256 * 1024, tailBytes: 5 * 1024 * 1024 };

/** Says how many bytes are not shown. */
export const leftOut = (bytes: number): string => notice(`${sizeOf(bytes)} of this log are left out here`);

const sizeOf = (bytes: number): string =>
  bytes >= 1024 * 1024
    ? `${(bytes / 1024 / 1024).toFixed(1)} MB`
    : bytes >= 1024
      ? `${Math.round(bytes / 1024)} kB`
      : `${bytes} bytes`;

/** `work`, or what `signal` was aborted for if that comes first: a file system that hangs cannot be stopped, only left. */
export function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
