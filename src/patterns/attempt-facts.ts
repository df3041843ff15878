import type { Attempt, Transition } from '../collect/transition.ts';
import type { Tx } from '../store/store.ts';

/** The newest tries kept of each task, and for how long. */
export const attemptsPerTaskMax = 400;
export const attemptsKeptMs = 30 * 86_400_000;
const rowsPerStatement = 5000;
/** Of the hash of a DAG's code: enough to tell versions apart, and to read. */
const versionLength = 12;

/**
 * Keeps the tries that ended, with where and how they ran; one that is there already stays as it is. `versions` holds the hash of each
 * DAG's code, where that is known.
 */
export async function saveAttempts(
  tx: Tx,
  airflow: string,
  transitions: readonly Transition[],
  versions: ReadonlyMap<string, string>,
): Promise<void> {
  const ended = transitions.filter(
    (each): each is Attempt & { endedAt: Date } => each.kind === 'attempt' && each.endedAt !== null,
  );
  for (let from = 0; from < ended.length; from += rowsPerStatement) {
    const part = ended.slice(from, from + rowsPerStatement);
    await tx.query(
      `INSERT INTO attempt_fact (airflow, dag_id, task_id, run_id, map_index, try_number, started_at, ended_at, failed, run_type, host, queue, pool, operator, executor, dag_version)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::timestamptz[], $8::timestamptz[], $9::boolean[],
         $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
       ON CONFLICT DO NOTHING`,
      [
        airflow,
        part.map(({ dagId }) => dagId),
        part.map(({ taskId }) => taskId),
        part.map(({ runId }) => runId),
        part.map(({ mapIndex }) => mapIndex),
        part.map(({ tryNumber }) => tryNumber),
        part.map(({ startedAt }) => startedAt),
        part.map(({ endedAt }) => endedAt),
        part.map(({ outcome }) => outcome !== 'success'),
        part.map(({ runType }) => runType),
        part.map(({ hostname }) => (hostname === '' ? null : hostname)),
        part.map(({ queue }) => queue),
        part.map(({ pool }) => pool),
        part.map(({ operator }) => operator),
        part.map(({ executor }) => executor ?? null),
        part.map(({ dagId }) => versions.get(dagId)?.slice(0, versionLength) ?? null),
      ],
    );
  }
}

/** DAGs that one step of the retention job looks at. */
const dagsPerTrim = 10;

/**
 * A step of the retention job: of the next DAGs after `afterDagId`, tries that ended before `before` go, and those beyond the newest of their
 * task. Returns the DAG to go on after, null at the end: in steps, since a large deployment has millions.
 */
export async function trimAttempts(tx: Tx, airflow: string, before: Date, afterDagId: string): Promise<string | null> {
  // From DAG to DAG along the primary key.
  const dags = await tx.query<{ dagId: string }>(
    `WITH RECURSIVE d AS (
       (SELECT dag_id FROM attempt_fact WHERE airflow = $1 AND dag_id > $2 ORDER BY dag_id LIMIT 1)
       UNION ALL
       SELECT (SELECT a.dag_id FROM attempt_fact a WHERE a.airflow = $1 AND a.dag_id > d.dag_id ORDER BY a.dag_id LIMIT 1) FROM d WHERE d.dag_id IS NOT NULL)
     SELECT dag_id AS "dagId" FROM d WHERE dag_id IS NOT NULL LIMIT ${dagsPerTrim}`,
    [airflow, afterDagId],
  );
  const last = dags.at(-1);
  if (last === undefined) return null;
  await tx.query(
    `DELETE FROM attempt_fact WHERE ctid = ANY(ARRAY(SELECT id FROM (
       SELECT ctid AS id, ended_at, row_number() OVER (PARTITION BY dag_id, task_id ORDER BY ended_at DESC, run_id, map_index, try_number) AS n
       FROM attempt_fact WHERE airflow = $1 AND dag_id = ANY($2::text[])) a WHERE n > ${attemptsPerTaskMax} OR ended_at < $3))`,
    [airflow, dags.map(({ dagId }) => dagId), before],
  );
  return dags.length < dagsPerTrim ? null : last.dagId;
}
