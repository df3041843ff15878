import type { Tx } from '../store/store.ts';
import { mappedKey, mappedRunsMax, type MappedCount, type MappedSeries } from './mapped-series.ts';

/** Writes counts of runs; of a run that is there the newer one, unless they come from history: what was seen live knows more. */
export async function saveCounts(tx: Tx, airflow: string, counts: readonly MappedCount[], fromHistory = false): Promise<void> {
  // A run may be read twice in one look: a statement may touch its row but once.
  const last = [...new Map(counts.map((each) => [`${each.runPk}\u0000${mappedKey(each.dagId, each.taskId)}`, each])).values()];
  if (last.length === 0) return;
  await tx.query(
    `INSERT INTO mapped_count (airflow, dag_id, task_id, run_pk, started_at, instances)
     SELECT $1, d, t, r, to_timestamp(s), i FROM unnest($2::text[], $3::text[], $4::bigint[], $5::float8[], $6::int[]) x(d, t, r, s, i)
     ON CONFLICT (airflow, dag_id, task_id, run_pk) DO ${fromHistory ? 'NOTHING' : 'UPDATE SET started_at = excluded.started_at, instances = excluded.instances'}`,
    [
      airflow,
      last.map(({ dagId }) => dagId),
      last.map(({ taskId }) => taskId),
      last.map(({ runPk }) => runPk),
      last.map(({ startedSeconds }) => startedSeconds),
      last.map(({ count }) => count),
    ],
  );
}

/** The counts of each mapped task (or of one), the newest that a series holds, oldest first. */
export async function loadCounts(
  store: Tx,
  airflow: string,
  of?: { dagId: string; taskId: string },
): Promise<Map<string, MappedSeries>> {
  const rows = await store.query<MappedSeries>(
    `SELECT dag_id AS "dagId", task_id AS "taskId", array_agg(run_pk::float8 ORDER BY started_at, run_pk) AS "runPks",
       array_agg(extract(epoch FROM started_at)::float8 ORDER BY started_at, run_pk) AS "startedSeconds",
       array_agg(instances ORDER BY started_at, run_pk) AS counts
     FROM mapped_count WHERE airflow = $1${of === undefined ? '' : ' AND dag_id = $2 AND task_id = $3'} GROUP BY dag_id, task_id`,
    of === undefined ? [airflow] : [airflow, of.dagId, of.taskId],
  );
  return new Map(
    rows.map(({ dagId, taskId, ...columns }) => [
      mappedKey(dagId, taskId),
      {
        dagId,
        taskId,
        runPks: columns.runPks.slice(-mappedRunsMax),
        startedSeconds: columns.startedSeconds.slice(-mappedRunsMax),
        counts: columns.counts.slice(-mappedRunsMax),
      },
    ]),
  );
}

/** The retention job: counts beyond the newest of a task go, and those of runs before `before`. */
export async function trimCounts(tx: Tx, airflow: string, before: Date): Promise<void> {
  await tx.query('DELETE FROM mapped_count WHERE airflow = $1 AND started_at < $2', [airflow, before]);
  await tx.query(
    `DELETE FROM mapped_count c USING (
       SELECT dag_id, task_id, run_pk, row_number() OVER (PARTITION BY dag_id, task_id ORDER BY started_at DESC, run_pk DESC) AS n
       FROM mapped_count WHERE airflow = $1) o
     WHERE o.n > ${mappedRunsMax} AND c.airflow = $1 AND c.dag_id = o.dag_id AND c.task_id = o.task_id AND c.run_pk = o.run_pk`,
    [airflow],
  );
}
