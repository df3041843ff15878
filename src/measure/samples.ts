import type { Tx } from '../store/store.ts';
import type { SampleTry } from './observe.ts';
import { bucketSql, keptMax } from './series.ts';

/** The newest attempts kept of each task beside those of its series (DESIGN §5: every table has a bound). */
export const samplesPerTaskMax = 200;
const rowsPerStatement = 5000;

/** Writes ended attempts as samples; one that is there already stays as it is. Returns how many are new. */
export async function saveSamples(tx: Tx, airflow: string, samples: readonly SampleTry[]): Promise<number> {
  let added = 0;
  for (let from = 0; from < samples.length; from += rowsPerStatement) {
    const part = samples.slice(from, from + rowsPerStatement);
    const rows = await tx.query(
      `INSERT INTO sample (airflow, dag_id, task_id, run_pk, map_index, try_number, outcome, ended_at, duration_seconds, queue_wait_seconds, counted, score)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::int[], $6::int[], $7::text[], $8::timestamptz[], $9::float8[], $10::float8[], $11::boolean[], $12::float8[])
       ON CONFLICT DO NOTHING RETURNING 1`,
      [
        airflow,
        part.map(({ attempt }) => attempt.dagId),
        part.map(({ attempt }) => attempt.taskId),
        part.map(({ attempt }) => attempt.runPk),
        part.map(({ attempt }) => attempt.mapIndex),
        part.map(({ attempt }) => attempt.tryNumber),
        part.map(({ attempt }) => attempt.outcome),
        part.map(({ attempt }) => attempt.endedAt),
        part.map(({ attempt }) => attempt.durationSeconds),
        part.map(({ attempt }) => attempt.queueWaitSeconds),
        part.map(({ counted }) => counted),
        part.map(({ score }) => score),
      ],
    );
    added += rows.length;
  }
  return added;
}

/** DAGs that one step of the retention job looks at: some 20 000 samples, in tenths of a second. */
const dagsPerTrim = 10;

/**
 * A step of the retention job: of the next DAGs after `afterDagId`, what is beyond the newest of its series, or of the task's
 * others, or older than `before` goes. The order is that of `insertTry`, so that a series read from what stays is the one in
 * memory. Returns the DAG to go on after, null at the end. In steps, because a store of 50 000 tasks holds ten million
 * samples: to look at all of them at once outlasts every limit.
 */
export async function trimSamples(tx: Tx, airflow: string, before: Date, afterDagId: string): Promise<string | null> {
  // From DAG to DAG along the primary key.
  const dags = await tx.query<{ dagId: string }>(
    `WITH RECURSIVE d AS (
       (SELECT dag_id FROM sample WHERE airflow = $1 AND dag_id > $2 ORDER BY dag_id LIMIT 1)
       UNION ALL
       SELECT (SELECT s.dag_id FROM sample s WHERE s.airflow = $1 AND s.dag_id > d.dag_id ORDER BY s.dag_id LIMIT 1) FROM d WHERE d.dag_id IS NOT NULL)
     SELECT dag_id AS "dagId" FROM d WHERE dag_id IS NOT NULL LIMIT ${dagsPerTrim}`,
    [airflow, afterDagId],
  );
  const last = dags.at(-1);
  if (last === undefined) return null;
  await tx.query(
    `DELETE FROM sample WHERE ctid = ANY(ARRAY(
       SELECT id FROM (
         SELECT id, ended_at, of_series,
           row_number() OVER (PARTITION BY dag_id, task_id, of_series ORDER BY date_trunc('second', ended_at) DESC, duration_seconds DESC) AS n
         FROM (
           SELECT *, ctid AS id, CASE WHEN outcome = 'success' AND counted AND duration_seconds IS NOT NULL THEN ${bucketSql} END AS of_series
           FROM sample WHERE airflow = $1 AND dag_id = ANY($2::text[])) b) o
       WHERE o.n > CASE WHEN o.of_series IS NULL THEN ${samplesPerTaskMax} ELSE ${keptMax} END OR o.ended_at < $3))`,
    [airflow, dags.map(({ dagId }) => dagId), before],
  );
  return dags.length < dagsPerTrim ? null : last.dagId;
}
