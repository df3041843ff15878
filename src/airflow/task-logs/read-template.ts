import type { AirflowRead } from '../connect.ts';
import type { Shape } from '../probe.ts';

/** The template of log files that was in force when this run was made; undefined when it cannot be read. Both rows by their keys. */
export async function readLogTemplate(
  read: AirflowRead,
  shape: Shape,
  { dagId, runId }: { dagId: string; runId: string },
): Promise<string | undefined> {
  if (!shape.has('log_template', 'id', 'filename') || !shape.has('dag_run', 'log_template_id')) return undefined;
  // A run from before 2.3 names none: then it is the first that there was.
  const [row] = await read.query<{ filename: string }>(
    `SELECT t.filename FROM dag_run r JOIN log_template t
       ON t.id = coalesce(r.log_template_id, (SELECT min(id) FROM log_template))
     WHERE r.dag_id = $1 AND r.run_id = $2`,
    [dagId, runId],
  );
  return row?.filename;
}
