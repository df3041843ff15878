import type { AirflowRead } from './connect.ts';
import type { Shape } from './probe.ts';

/** A row of the audit table `log`; never its `extra`, which may hold secrets (facts §8). */
export interface LogRow {
  id: number;
  at: Date;
  /** As written, with a prefix such as `api.` or `ui.` in 2.9 to 2.11. */
  event: string;
  dagId: string;
  taskId: string | null;
  runId: string | null;
  /** The run's logical date: names the run before 2.9. */
  logicalDate: Date | null;
  mapIndex: number | null;
  owner: string | null;
  /** A person's full name (2.8+): task events have none. */
  person: string | null;
}

/** Audit rows about DAGs with an id above `id`, oldest first, at most `limit`, and the highest id looked at. */
export async function readLogAbove(read: AirflowRead, shape: Shape, id: number, limit: number): Promise<LogRow[]> {
  const run = shape.has('log', 'run_id') ? 'run_id' : 'NULL';
  const date = shape.has('log', 'execution_date') ? 'execution_date' : 'NULL::timestamptz';
  const person = shape.has('log', 'owner_display_name') ? 'owner_display_name' : 'NULL';
  return read.query<LogRow>(
    `SELECT id, dttm AS at, coalesce(event, '') AS event, coalesce(dag_id, '') AS "dagId", task_id AS "taskId", ${run} AS "runId", ${date} AS "logicalDate",
       map_index AS "mapIndex", owner, ${person} AS person
     FROM log WHERE id > $1 ORDER BY id LIMIT ${limit}`,
    [id],
  );
}

/** The largest audit id, 0 without rows. */
export async function readMaxLogId(read: AirflowRead): Promise<number> {
  const [row] = await read.query<{ max: number | null }>('SELECT max(id) AS max FROM log');
  return row?.max ?? 0;
}
