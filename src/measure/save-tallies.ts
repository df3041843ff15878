import type { Tx } from '../store/store.ts';
import type { TallyChanges } from './apply.ts';
import type { Histogram } from './tally.ts';

const rowsPerStatement = 2000;
// unnest flattens arrays of arrays, so buckets travel as text.
const bucketsText = ({ buckets }: Histogram): string => buckets.join(' ');

async function inParts<Item>(items: Iterable<Item>, write: (part: Item[]) => Promise<unknown>): Promise<void> {
  const all = [...items];
  for (let from = 0; from < all.length; from += rowsPerStatement) await write(all.slice(from, from + rowsPerStatement));
}

/** Writes the changed tallies. Part of the cycle's one transaction. */
export async function saveTallies(tx: Tx, airflow: string, changes: TallyChanges): Promise<void> {
  await inParts(changes.tasks, (part) =>
    tx.query(
      `INSERT INTO task_tally (airflow, dag_id, task_id, success, failure, retry, upstream_failed, skipped, marked, duration_buckets, duration_sum, last_duration, last_success_at, last_seen_at)
       SELECT $1, d, t, s, f, r, u, k, m::jsonb, string_to_array(b, ' ')::bigint[], ds, ld, ls, seen
       FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::float8[], $12::float8[], $13::timestamptz[], $14::timestamptz[])
         x(d, t, s, f, r, u, k, m, b, ds, ld, ls, seen)
       ON CONFLICT (airflow, dag_id, task_id) DO UPDATE SET success = excluded.success, failure = excluded.failure, retry = excluded.retry, upstream_failed = excluded.upstream_failed,
         skipped = excluded.skipped, marked = excluded.marked, duration_buckets = excluded.duration_buckets, duration_sum = excluded.duration_sum,
         last_duration = excluded.last_duration, last_success_at = excluded.last_success_at, last_seen_at = excluded.last_seen_at`,
      [
        airflow,
        part.map((t) => t.dagId),
        part.map((t) => t.taskId),
        part.map((t) => t.success),
        part.map((t) => t.failure),
        part.map((t) => t.retry),
        part.map((t) => t.upstreamFailed),
        part.map((t) => t.skipped),
        part.map((t) => JSON.stringify(t.marked)),
        part.map((t) => bucketsText(t.duration)),
        part.map((t) => t.duration.sum),
        part.map((t) => t.lastDurationSeconds),
        part.map((t) => t.lastSuccessAt),
        part.map((t) => t.lastSeenAt),
      ],
    ),
  );
  await inParts(changes.dags, (part) =>
    tx.query(
      `INSERT INTO dag_tally (airflow, dag_id, success, failure, duration_buckets, duration_sum, delay_buckets, delay_sum, last_run_order, last_run_state, last_success_at, consecutive_failures, last_seen_at)
       SELECT $1, d, s, f, string_to_array(db, ' ')::bigint[], ds, string_to_array(lb, ' ')::bigint[], ls, o, st, sa, c, seen
       FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::float8[], $7::text[], $8::float8[], $9::float8[], $10::text[], $11::timestamptz[], $12::int[], $13::timestamptz[])
         x(d, s, f, db, ds, lb, ls, o, st, sa, c, seen)
       ON CONFLICT (airflow, dag_id) DO UPDATE SET success = excluded.success, failure = excluded.failure, duration_buckets = excluded.duration_buckets, duration_sum = excluded.duration_sum,
         delay_buckets = excluded.delay_buckets, delay_sum = excluded.delay_sum, last_run_order = excluded.last_run_order, last_run_state = excluded.last_run_state,
         last_success_at = excluded.last_success_at, consecutive_failures = excluded.consecutive_failures, last_seen_at = excluded.last_seen_at`,
      [
        airflow,
        part.map((d) => d.dagId),
        part.map((d) => d.success),
        part.map((d) => d.failure),
        part.map((d) => bucketsText(d.duration)),
        part.map((d) => d.duration.sum),
        part.map((d) => bucketsText(d.delay)),
        part.map((d) => d.delay.sum),
        part.map((d) => d.lastRun?.orderMs ?? null),
        part.map((d) => d.lastRun?.state ?? null),
        part.map((d) => d.lastSuccessAt),
        part.map((d) => d.consecutiveFailures),
        part.map((d) => d.lastSeenAt),
      ],
    ),
  );
  await inParts(changes.queues, (part) =>
    tx.query(
      `INSERT INTO queue_tally (airflow, queue, wait_buckets, wait_sum)
       SELECT $1, q, string_to_array(b, ' ')::bigint[], s FROM unnest($2::text[], $3::text[], $4::float8[]) x(q, b, s)
       ON CONFLICT (airflow, queue) DO UPDATE SET wait_buckets = excluded.wait_buckets, wait_sum = excluded.wait_sum`,
      [airflow, part.map((q) => q.queue), part.map((q) => bucketsText(q.wait)), part.map((q) => q.wait.sum)],
    ),
  );
}

/** The retention job: tallies of tasks and DAGs not seen since `before` go. */
export async function trimTallies(tx: Tx, airflow: string, before: Date): Promise<void> {
  await tx.query('DELETE FROM task_tally WHERE airflow = $1 AND last_seen_at < $2', [airflow, before]);
  await tx.query('DELETE FROM dag_tally WHERE airflow = $1 AND last_seen_at < $2', [airflow, before]);
}
