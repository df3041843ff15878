import type { Tx } from '../store/store.ts';
import type { Category } from './explanation.ts';

/** An error in the task that it came up in. */
export interface ErrorOfTask {
  signature: string;
  dagId: string;
  taskId: string;
  category: Category;
  cause: string;
  incidentId: string;
}

export interface ErrorSignature extends ErrorOfTask {
  /** Occurrences that were explained. */
  times: number;
  firstAt: Date;
  lastAt: Date;
}

const columns =
  'signature, dag_id AS "dagId", task_id AS "taskId", category, cause, times, first_at AS "firstAt", last_at AS "lastAt", last_incident_id AS "incidentId"';

/** Notes that an error came up in a task once more. */
export async function noteError(tx: Tx, airflow: string, error: ErrorOfTask, at: Date): Promise<void> {
  await tx.query(
    `INSERT INTO error_signature (airflow, signature, dag_id, task_id, category, cause, times, first_at, last_at, last_incident_id)
     VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7, $8)
     ON CONFLICT (airflow, signature, dag_id, task_id) DO UPDATE SET category = excluded.category, cause = excluded.cause,
       times = error_signature.times + 1, last_at = excluded.last_at, last_incident_id = excluded.last_incident_id`,
    [airflow, error.signature, error.dagId, error.taskId, error.category, error.cause, at, error.incidentId],
  );
}

/** In which tasks an error came up, the last first. */
export function loadErrors(tx: Tx, airflow: string, signature: string): Promise<ErrorSignature[]> {
  return tx.query<ErrorSignature>(
    `SELECT ${columns} FROM error_signature WHERE airflow = $1 AND signature = $2 ORDER BY last_at DESC LIMIT 100`,
    [airflow, signature],
  );
}

/** What a task failed of before, or the tasks of a DAG, the last first (index error_signature_by_task). */
export function loadErrorsOf(
  tx: Tx,
  airflow: string,
  { dagId, taskId }: { dagId: string; taskId: string | null },
  { since, limit }: { since: Date; limit: number },
): Promise<ErrorSignature[]> {
  return tx.query<ErrorSignature>(
    `SELECT ${columns} FROM error_signature WHERE airflow = $1 AND dag_id = $2 AND ($3::text IS NULL OR task_id = $3) AND last_at >= $4
     ORDER BY last_at DESC LIMIT $5`,
    [airflow, dagId, taskId, since, limit],
  );
}

/** The retention job: what is beyond the 10 000 seen last goes. */
export async function trimErrors(tx: Tx, airflow: string): Promise<void> {
  await tx.query(
    `DELETE FROM error_signature WHERE airflow = $1 AND last_at <= (
       SELECT last_at FROM error_signature WHERE airflow = $1 ORDER BY last_at DESC OFFSET 10000 LIMIT 1)`,
    [airflow],
  );
}
