import type { AirflowDatabase } from '../../airflow/connect.ts';
import type { AirflowConfig } from '../../airflow/config.ts';
import type { Shape } from '../../airflow/probe.ts';
import { readRunsByKey } from '../../airflow/read-runs.ts';
import { readTaskLog, type LogPlaces } from '../../airflow/task-logs/read-task-log.ts';
import { readLogTemplate } from '../../airflow/task-logs/read-template.ts';
import { connectRest, type RestAccess } from '../../airflow/task-logs/rest-access.ts';
import type { LogTry, Missing } from '../../airflow/task-logs/task-log.ts';
import { createRedactor, type RedactorOptions } from '../../redact/redactor.ts';

/** The lines of a log, all of them in memory: some 5 MB at most. */
export interface WholeLog {
  found: true;
  place: string;
  /** Redacted. */
  lines: string[];
  redactions: ReadonlyMap<string, number>;
}

export type TryLog = WholeLog | Missing;

/** Reads the log of a try as its run names it. Never throws: that there is none says something, too. */
export type ReadTryLog = (of: Omit<LogTry, 'template' | 'logicalDate'>, signal: AbortSignal) => Promise<TryLog>;

export interface TryLogOptions {
  airflow: Pick<AirflowDatabase, 'read'>;
  logs: AirflowConfig['logs'];
  redaction: RedactorOptions;
  shape: () => Shape | null;
}

/** A reader of logs that asks where the configuration says, and keeps its way into Airflow's API. */
export function createTryLogs({ airflow, logs, redaction, shape }: TryLogOptions): ReadTryLog {
  let access: RestAccess | undefined;

  function placesOf(major: 2 | 3): LogPlaces {
    const { url } = logs.rest;
    // After an upgrade of Airflow it is another API.
    if (url !== undefined && access?.major !== major) access = connectRest({ ...logs.rest, url }, major);
    return { folder: logs.folder, rest: url === undefined ? undefined : access, timeoutMs: logs.timeout };
  }

  return async (of, signal) => {
    const seen = shape();
    const named = seen === null ? of : { ...of, ...(await nameOf(airflow, seen, of)) };
    const redactor = createRedactor(redaction);
    const log = await readTaskLog(placesOf(seen?.major ?? 3), named, { redactor, signal });
    if (!log.found) return log;
    const lines: string[] = [];
    for await (const line of log.lines) lines.push(line);
    return { found: true, place: log.place, lines, redactions: redactor.counts() };
  };
}

/** By what its run names log files; nothing, where Airflow does not say: then the usual names are tried. */
async function nameOf(
  airflow: Pick<AirflowDatabase, 'read'>,
  shape: Shape,
  run: { dagId: string; runId: string },
): Promise<Pick<LogTry, 'template' | 'logicalDate'>> {
  try {
    return await airflow.read(async (read) => {
      const template = await readLogTemplate(read, shape, run);
      const [row] = await readRunsByKey(read, shape, [run]);
      return { logicalDate: row?.logicalDate ?? null, ...(template === undefined ? {} : { template }) };
    });
  } catch {
    return {};
  }
}
