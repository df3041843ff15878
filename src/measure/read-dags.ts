import type { Tx } from '../store/store.ts';
import type { RunRecord } from './run-history.ts';

/** The newest ended runs of these DAGs, at most `perDag` of each, newest first: an index look-up a DAG. */
export function readLastRuns(
  store: Tx,
  airflow: string,
  dagIds: readonly string[],
  perDag: number,
): Promise<(RunRecord & { dagId: string })[]> {
  return store.query(
    `SELECT r.dag_id AS "dagId", r.run_pk AS "runPk", r.run_id AS "runId", r.run_type AS "runType", ${ms('r.due_at')} AS "dueMs", ${ms('r.started_at')} AS "startMs",
       ${ms('r.ended_at')} AS "endMs", r.state, r.by_person AS "byPerson"
     FROM unnest($2::text[]) k(d) CROSS JOIN LATERAL (
       SELECT * FROM run_sample WHERE airflow = $1 AND dag_id = k.d ORDER BY run_pk DESC LIMIT $3) r ORDER BY r.dag_id, r.run_pk DESC`,
    [airflow, dagIds, perDag],
  );
}

const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** What was counted of a DAG since Windsock came. */
export interface DagCounts {
  dagId: string;
  success: number;
  failure: number;
  consecutiveFailures: number;
  lastSuccessAt: Date | null;
}

/** What was counted of these DAGs; none of what never ran. */
export function readDagCounts(store: Tx, airflow: string, dagIds: readonly string[]): Promise<DagCounts[]> {
  return store.query<DagCounts>(
    `SELECT dag_id AS "dagId", success, failure, consecutive_failures AS "consecutiveFailures", last_success_at AS "lastSuccessAt"
     FROM dag_tally WHERE airflow = $1 AND dag_id = ANY($2::text[])`,
    [airflow, dagIds],
  );
}

/** What was counted of a task since Windsock came. */
export interface TaskCounts {
  taskId: string;
  success: number;
  failure: number;
  retry: number;
  lastDurationSeconds: number | null;
  lastSuccessAt: Date | null;
}

/** What was counted of the tasks of a DAG, by name; none of what never ran. */
export function readTaskCounts(store: Tx, airflow: string, dagId: string): Promise<TaskCounts[]> {
  return store.query<TaskCounts>(
    `SELECT task_id AS "taskId", success, failure, retry, last_duration AS "lastDurationSeconds", last_success_at AS "lastSuccessAt"
     FROM task_tally WHERE airflow = $1 AND dag_id = $2 ORDER BY task_id`,
    [airflow, dagId],
  );
}
