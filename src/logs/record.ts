import type { Exception } from './exceptions.ts';

export type Level = 'debug' | 'info' | 'warning' | 'error' | 'critical';

/** One message of a log, whatever its format. */
export interface LogRecord {
  /** The number, from 1, of its first raw line: the same whenever this log is read again. */
  line: number;
  /** How many raw lines it takes: more than one where a traceback or a message goes on. */
  span: number;
  /** The message without its header; lines joined by \n. */
  text: string;
  level?: Level;
  at?: Date;
  logger?: string;
  /** Where it was said: `taskinstance.py:1345`. */
  source?: string;
  /** The host that it was read from, where a log holds those of several. */
  host?: string;
  /** The innermost `::group::` that it stands in. */
  group?: string;
  /** What the process printed itself, by itself or through Airflow's log. */
  stream?: 'stdout' | 'stderr';
  /** The exception that the record carries as data (Airflow 3). */
  error?: Exception;
}

/** Each line of a record with its number; a message of Airflow 3 stands, however many lines it has, on one. */
export function linesOf({ line, span, text }: LogRecord): { line: number; text: string }[] {
  if (!text.includes('\n')) return [{ line, text }];
  return text.split('\n').map((part, index) => ({ line: line + Math.min(index, span - 1), text: part }));
}

const levels: Readonly<Record<string, Level>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  notice: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  err: 'error',
  severe: 'error',
  exception: 'error',
  critical: 'critical',
  fatal: 'critical',
  alert: 'critical',
  emergency: 'critical',
};

// Each as logs write it: `info`, `INFO` and `Info`.
const byWord = new Map(
  Object.entries(levels).flatMap(([word, level]) =>
    [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)].map((each) => [each, level] as const),
  ),
);

/** The level that a word such as `WARN` names; undefined when it names none. */
export const levelOf = (word: string): Level | undefined => byWord.get(word);
