// Shows the rows behind a difference while the database still runs: without them nobody can tell whose fault it is.
import type { Line } from './compare.ts';
import type { Query } from './postgres.ts';

const ROWS = {
  dag_run: 'run_id, run_type, state, start_date, end_date, updated_at',
  task_instance:
    'run_id, task_id, map_index, try_number, max_tries, state, queued_dttm, start_date, end_date, duration, updated_at',
  task_instance_history:
    'run_id, task_id, map_index, try_number, max_tries, state, queued_dttm, start_date, end_date, duration, updated_at',
  task_fail: 'run_id, task_id, map_index, start_date, end_date',
  log: 'run_id, task_id, map_index, try_number, event, dttm',
} as const;
/** Rows of one table at most. */
const LIMIT = 200;

/** Prints what Airflow's tables hold of every DAG that a wrong line names, or of all DAGs where none is named. */
export async function printRows(query: Query, wrong: readonly Line[]): Promise<void> {
  const dags = [...new Set(wrong.flatMap(({ series }) => /dag_id="([^"]*)"/.exec(series)?.[1] ?? []))];
  for (const [name, columns] of Object.entries(ROWS)) {
    const [table] = await query('SELECT to_regclass($1) IS NOT NULL AS there', [name]);
    if (table?.['there'] !== true) continue;
    const rows = await query(
      `SELECT dag_id, ${columns} FROM ${name} WHERE cardinality($1::text[]) = 0 OR dag_id = ANY($1) ORDER BY 1, 2, 3 LIMIT ${LIMIT}`,
      [dags],
    );
    console.log(`\n${name}${dags.length > 0 ? ` of ${dags.join(', ')}` : ''}`);
    for (const row of rows) console.log(JSON.stringify(row));
  }
}
