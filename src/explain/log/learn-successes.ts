import type { AirflowDatabase } from '../../airflow/connect.ts';
import type { Shape } from '../../airflow/probe.ts';
import { readPastTasks } from '../../airflow/read-past.ts';
import { learnBaseline, type LogBaseline } from '../../logs/baseline.ts';
import { parseLog } from '../../logs/parse-log.ts';
import { readLastRuns } from '../../measure/read-dags.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskRef } from './log-baselines.ts';
import type { ReadTryLog } from './read-try-log.ts';

export interface SuccessesDeps {
  airflow: Pick<AirflowDatabase, 'read'>;
  store: Tx;
  deployment: string;
  readLog: ReadTryLog;
}

/** Runs of the DAG that are looked through for successes of the task. */
const runsMax = 60;
export const successesMax = 5;
/** Of a long log its beginning and its end are learned, so many characters and lines each. */
const learnedMax = 1_000_000;
const learnedLinesMax = 10_000;

/**
 * What the logs of the task's last successes have in common, 5 of them or as many as can be read until `signal` aborts; undefined: not
 * one. Reads two rows of bounded numbers from Airflow, and the logs.
 */
export async function learnSuccesses(
  { airflow, store, deployment, readLog }: SuccessesDeps,
  shape: Shape,
  { dagId, taskId, mapIndex }: TaskRef & { mapIndex: number },
  signal: AbortSignal,
): Promise<LogBaseline | undefined> {
  const runs = await readLastRuns(store, deployment, [dagId], runsMax);
  const runIds = runs.map(({ runId }) => runId);
  const past = await airflow.read((read) => readPastTasks(read, shape, { dagId, taskId, mapIndex }, runIds));
  const newestFirst = past
    .filter(({ state }) => state === 'success')
    .toSorted((a, b) => runIds.indexOf(a.runId) - runIds.indexOf(b.runId));
  const logs: string[][] = [];
  for (const { runId, tryNumber } of newestFirst.slice(0, successesMax)) {
    const log = await readLog({ dagId, taskId, runId, mapIndex, tryNumber }, signal);
    // What came in part only would be taken for a success that says less.
    if (signal.aborted) break;
    if (log.found) logs.push(bothEnds(log.lines));
  }
  return logs.length === 0 ? undefined : learnBaseline(logs.toReversed().map((lines) => parseLog(lines)));
}

/** The lines of a log, or the first and the last of a long one. */
function bothEnds(lines: string[]): string[] {
  const head = whole(lines, learnedMax);
  if (head === lines.length) return lines;
  const rest = lines.slice(head);
  const tail = whole(rest.toReversed(), learnedMax);
  return [...lines.slice(0, head), ...rest.slice(rest.length - tail)];
}

/** How many of the first lines have so many characters, and are not too many. */
function whole(lines: readonly string[], max: number): number {
  let characters = 0;
  for (const [index, line] of lines.entries()) {
    characters += line.length;
    if (characters > max || index >= learnedLinesMax) return index;
  }
  return lines.length;
}
