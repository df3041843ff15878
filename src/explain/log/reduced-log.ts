import type { NoLog } from '../../airflow/task-logs/task-log.ts';
import type { ErrorCodeFound } from '../../logs/codes.ts';
import type { Frame } from '../../logs/exceptions.ts';
import type { ExcerptLine } from '../../logs/excerpt.ts';

/** One exception of the chain, or the error line of a program. */
export interface ToldError {
  type: string;
  message: string;
  line: number;
}

/** What is kept of a log when Airflow has forgotten it: a few hundred lines at most, redacted. Goes through JSON as it is. */
export interface ReducedLog {
  found: true;
  place: string;
  /** Raw lines of the whole log. */
  lineCount: number;
  /** Why it failed, as far as the log says, with the exceptions from the outermost to the innermost; null: nothing looks like a failure. */
  failure: (ToldError & { chain: ToldError[]; wrapper: ToldError | null; frame: Frame | null; codes: ErrorCodeFound[] }) | null;
  /** The lines that tell most, in the log's order. */
  lines: ExcerptLine[];
  summary: string;
  /** Templates that nearly every success has and this log has not. */
  missing: string[];
  /** Successes that it was held against; 0: none. */
  baselineRuns: number;
  /** Error signature, 40 hexadecimal digits. */
  signature: string;
  /** Secrets taken out, by rule. */
  redactions: Readonly<Record<string, number>>;
}

/** That there is no log says something, too. */
export interface NoReducedLog {
  found: false;
  why: NoLog;
  reason: string;
  signature: string;
}

export type KeptLog = ReducedLog | NoReducedLog;
