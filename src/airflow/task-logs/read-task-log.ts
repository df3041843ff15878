import type { Redactor } from '../../redact/redactor.ts';
import { readLogFiles } from './read-files.ts';
import { readRestLog } from './read-rest.ts';
import type { RestAccess } from './rest-access.ts';
import { missing, type LogTry, type TaskLog } from './task-log.ts';

/** Where logs are looked for, in this order. */
export interface LogPlaces {
  /** The workers' log folder, as it is mounted here. */
  folder?: string | undefined;
  rest?: RestAccess | undefined;
  /** Limit of one log, from the first question to its last line. */
  timeoutMs: number;
}

export interface LogReading {
  /** The incident's: nothing leaves this function that did not pass it. */
  redactor: Redactor;
  signal: AbortSignal;
}

/**
 * The log of a try, from the mounted folder, else from Airflow's REST API: its redacted lines as they come, or why there is none.
 * Never throws: a log that is missing says something, too.
 */
export async function readTaskLog(places: LogPlaces, of: LogTry, { redactor, signal }: LogReading): Promise<TaskLog> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(places.timeoutMs)]);
  const { folder, rest } = places;
  if (folder === undefined && rest === undefined)
    return missing('not_configured', 'no way to task logs is configured; see airflow.logs.folder and airflow.logs.rest.url');
  const filed = folder === undefined ? undefined : await readLogFiles(folder, of, until);
  if (filed?.found === true || rest === undefined) return redacted(filed, redactor);
  const asked = await readRestLog(rest, of, until);
  if (asked.found || filed === undefined) return redacted(asked, redactor);
  return redacted(missing(asked.why, `${filed.reason}; and ${asked.reason}`), redactor);
}

function redacted(log: TaskLog | undefined, redactor: Redactor): TaskLog {
  if (log === undefined) return missing('not_there', 'there is no log');
  if (!log.found) return missing(log.why, redactor.text(log.reason));
  return { found: true, place: redactor.text(log.place), lines: eachRedacted(log.lines, redactor) };
}

async function* eachRedacted(lines: AsyncIterable<string>, redactor: Redactor): AsyncGenerator<string> {
  const redact = redactor.log();
  for await (const line of lines) yield redact(line);
}
