import type pg from 'pg';

/** The statements that airflow-exporter 2.1.0 runs at every scrape, on Airflow 3 (its source; docs/BENCHMARKS.md). */
const statements = {
  runsByState: `SELECT s.dag_id, s.state, s.n, d.is_paused, d.owners FROM (SELECT dag_id, state, count(state) n FROM dag_run GROUP BY dag_id, state) s
    JOIN dag d ON d.dag_id = s.dag_id WHERE NOT d.is_stale`,
  lastRuns: `SELECT l.dag_id, l.state, l.rn, d.is_paused, d.owners FROM (SELECT dag_id, state, row_number() OVER (PARTITION BY dag_id ORDER BY updated_at DESC NULLS LAST) rn
    FROM dag_run) l JOIN dag d ON d.dag_id = l.dag_id WHERE l.rn = 1 AND NOT d.is_stale`,
  runningRuns: `SELECT r.dag_id, max(now() - r.start_date) FROM dag_run r JOIN dag d ON d.dag_id = r.dag_id WHERE r.state = 'running' AND NOT d.is_stale GROUP BY r.dag_id`,
  tasksByState: `SELECT s.dag_id, s.task_id, s.state, s.n, d.owners FROM (SELECT dag_id, task_id, state, count(dag_id) n FROM task_instance GROUP BY dag_id, task_id, state) s
    JOIN dag d ON d.dag_id = s.dag_id WHERE NOT d.is_stale ORDER BY s.dag_id`,
};

/** Read once for each row of the first three statements and each DAG of the last, for labels in the DAG's parameters. */
const serializedDag = `SELECT s.* FROM serialized_dag s JOIN dag_version v ON s.dag_version_id = v.id WHERE s.dag_id = $1 ORDER BY v.version_number DESC LIMIT 1`;

/** Does once what one scrape of airflow-exporter 2.1.0 makes the database do. */
export async function scrapeLikeAirflowExporter(client: pg.ClientBase): Promise<void> {
  for (const [name, text] of Object.entries(statements)) {
    const { rows } = await client.query<{ dag_id: string }>(text);
    const dagIds = rows.map((row) => row.dag_id);
    for (const dagId of name === 'tasksByState' ? new Set(dagIds) : dagIds) await client.query(serializedDag, [dagId]);
  }
}
