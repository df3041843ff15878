import { jsonText } from '../../lib/json-text.ts';
import type { LogBaseline } from '../../logs/baseline.ts';
import { readTaskCounts } from '../../measure/read-dags.ts';
import type { Tx } from '../../store/store.ts';
import type { Circumstances } from '../evidence/circumstances.ts';
import type { Version } from '../evidence/time.ts';

export interface TaskRef {
  dagId: string;
  taskId: string;
}

/** What is known of the logs of a task's successes. */
export interface KeptBaseline extends TaskRef {
  /** Version of the code that they ran with; empty: not known. */
  code: string;
  /** How often the task had succeeded when it was made, as Windsock counts. */
  successes: number;
  madeAt: Date;
  baseline: LogBaseline;
}

/** A baseline of more characters is not kept: its logs have hardly a line in common. */
const lengthMax = 1_000_000;

/** Keeps the baseline of a task in place of the one before. False when it is too large to be kept. */
export async function saveBaseline(tx: Tx, airflow: string, kept: KeptBaseline): Promise<boolean> {
  const text = jsonText(kept.baseline);
  if (text.length > lengthMax) return false;
  await tx.query(
    `INSERT INTO log_baseline (airflow, dag_id, task_id, code, runs, successes, made_at, baseline) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (airflow, dag_id, task_id) DO UPDATE SET code = excluded.code, runs = excluded.runs, successes = excluded.successes,
       made_at = excluded.made_at, baseline = excluded.baseline`,
    [airflow, kept.dagId, kept.taskId, kept.code, kept.baseline.runs, kept.successes, kept.madeAt, text],
  );
  return true;
}

/** The baseline of a task; undefined: none is kept. */
export async function loadBaseline(tx: Tx, airflow: string, { dagId, taskId }: TaskRef): Promise<KeptBaseline | undefined> {
  const [row] = await tx.query<KeptBaseline>(
    `SELECT dag_id AS "dagId", task_id AS "taskId", code, successes, made_at AS "madeAt", baseline FROM log_baseline
     WHERE airflow = $1 AND dag_id = $2 AND task_id = $3`,
    [airflow, dagId, taskId],
  );
  return row;
}

/** After so many more successes of the task a baseline is made anew. */
const freshFor = 20;

/** Whether a kept baseline still stands for a task that runs with this code and succeeded so often by now. Pure. */
export const isFresh = (
  kept: Pick<KeptBaseline, 'code' | 'successes'>,
  { code, successes }: { code: string; successes: number },
): boolean => kept.code === code && successes - kept.successes < freshFor;

/** How a task stands to its baseline. */
export interface BaselineStanding {
  kept: KeptBaseline | undefined;
  code: string;
  successes: number;
}

/** The baseline of a task, with the code and the number of its successes by now. */
export async function baselineStanding(
  tx: Tx,
  airflow: string,
  task: TaskRef,
  { history }: Pick<Circumstances, 'history'>,
): Promise<BaselineStanding> {
  const counts = await readTaskCounts(tx, airflow, task.dagId);
  return {
    kept: await loadBaseline(tx, airflow, task),
    code: codeOf(history?.lastVersion ?? null),
    successes: counts.find(({ taskId }) => taskId === task.taskId)?.success ?? 0,
  };
}

const codeOf = (version: Version | null): string =>
  version === null
    ? ''
    : [version.number, version.bundleVersion, version.hash]
        .map((part) => part ?? '')
        .join(' ')
        .trim();

/** The retention job: what is beyond the 5 000 made last goes. */
export async function trimBaselines(tx: Tx, airflow: string): Promise<void> {
  await tx.query(
    `DELETE FROM log_baseline WHERE airflow = $1 AND made_at <= (
       SELECT made_at FROM log_baseline WHERE airflow = $1 ORDER BY made_at DESC OFFSET 5000 LIMIT 1)`,
    [airflow],
  );
}
