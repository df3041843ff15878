import type { Tx } from '../store/store.ts';
import { bucketOf, type Bucket } from './buckets.ts';
import type { SlaChanges, SlaTarget } from './memory.ts';

const rowsPerStatement = 2000;

async function inParts<Item>(items: readonly Item[], write: (part: Item[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += rowsPerStatement) await write(items.slice(from, from + rowsPerStatement));
}

const dateOf = (ms: number | null | undefined): Date | null => (ms === null || ms === undefined ? null : new Date(ms));
const idsOf = (targets: readonly SlaTarget[]): unknown[] => [
  targets.map(({ sla }) => sla),
  targets.map(({ dagId }) => dagId),
  targets.map(({ taskId }) => taskId),
];

/** Writes what a cycle changed. Part of its one transaction. */
export async function saveSla(tx: Tx, airflow: string, changes: SlaChanges): Promise<void> {
  await inParts([...changes.restarted], (part) => dropCounted(tx, airflow, part));
  await inParts([...changes.targets], (part) => saveTargets(tx, airflow, part));
  for (const [minutes, of] of [[60, changes.hours] as const, [5, changes.fine] as const]) {
    const buckets = [...of].flatMap(([target, found]) =>
      [...found].flatMap((startMs) => {
        // One that was forgotten in the same cycle need not be written.
        const bucket = bucketOf(minutes === 60 ? target.hours : target.fine, startMs);
        return bucket === undefined ? [] : [{ target, bucket }];
      }),
    );
    await inParts(buckets, (part) => saveBuckets(tx, airflow, minutes, part));
  }
  // One that was counted and then spoilt in the same cycle stands here twice.
  await inParts([...new Map(changes.events.map((each) => [each.event, each])).values()], (part) =>
    tx.query(
      `INSERT INTO sla_event (airflow, sla, dag_id, task_id, event, at, value, good)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::float8[], $8::boolean[])
         ON CONFLICT (airflow, sla, dag_id, task_id, event) DO UPDATE SET good = excluded.good, value = excluded.value`,
      [
        airflow,
        ...idsOf(part.map(({ target }) => target)),
        part.map(({ event }) => event.key),
        part.map(({ event }) => new Date(event.atMs)),
        part.map(({ event }) => event.value),
        part.map(({ event }) => event.good),
      ],
    ),
  );
}

async function dropCounted(tx: Tx, airflow: string, targets: readonly SlaTarget[]): Promise<void> {
  for (const table of ['sla_event', 'sla_bucket']) {
    await tx.query(
      `DELETE FROM ${table} USING unnest($2::text[], $3::text[], $4::text[]) k(s, d, t)
       WHERE airflow = $1 AND sla = k.s AND dag_id = k.d AND task_id = k.t`,
      [airflow, ...idsOf(targets)],
    );
  }
}

async function saveTargets(tx: Tx, airflow: string, part: readonly SlaTarget[]): Promise<void> {
  await tx.query(
    `INSERT INTO sla_state (airflow, sla, dag_id, task_id, definition, seeded, first_seen_at, violations, state, since, last_success_at, judged_to,
       last_value, last_value_at, violation_event, violation_at, violation_text, status, recent_values)
     SELECT $1, s, d, t, def, seeded, seen, violations, state, since, success, judged, value, value_at, event, event_at, text,
       CASE json_typeof(status) WHEN 'null' THEN NULL ELSE status END, recent::float8[]
     FROM ROWS FROM (
       unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::timestamptz[], $8::bigint[], $9::text[], $10::timestamptz[],
         $11::timestamptz[], $12::timestamptz[], $13::float8[], $14::timestamptz[], $15::text[], $16::timestamptz[], $17::text[], $18::text[]),
       json_array_elements($19::json))
       k(s, d, t, def, seeded, seen, violations, state, since, success, judged, value, value_at, event, event_at, text, recent, status)
     ON CONFLICT (airflow, sla, dag_id, task_id) DO UPDATE SET definition = excluded.definition, seeded = excluded.seeded,
       first_seen_at = excluded.first_seen_at, violations = excluded.violations, state = excluded.state, since = excluded.since,
       last_success_at = excluded.last_success_at, judged_to = excluded.judged_to, last_value = excluded.last_value,
       last_value_at = excluded.last_value_at, violation_event = excluded.violation_event, violation_at = excluded.violation_at,
       violation_text = excluded.violation_text, status = excluded.status, recent_values = excluded.recent_values, saved_at = now()`,
    [
      airflow,
      ...idsOf(part),
      part.map(({ definition }) => definition),
      part.map(({ seeded }) => seeded),
      part.map(({ firstSeenMs }) => new Date(firstSeenMs)),
      part.map(({ violations }) => violations),
      part.map(({ state }) => state),
      part.map(({ sinceMs }) => new Date(sinceMs)),
      part.map(({ lastSuccessMs }) => dateOf(lastSuccessMs)),
      part.map(({ judgedToMs }) => new Date(judgedToMs)),
      part.map(({ lastValue }) => lastValue?.value ?? null),
      part.map(({ lastValue }) => dateOf(lastValue?.atMs)),
      part.map(({ lastViolation }) => lastViolation?.event ?? null),
      part.map(({ lastViolation }) => dateOf(lastViolation?.atMs)),
      part.map(({ lastViolation }) => lastViolation?.text ?? null),
      part.map(({ recentValues }) => `{${recentValues.join(',')}}`),
      // As one text: in an array of texts each quotation mark would be escaped.
      JSON.stringify(part.map(({ status }) => status?.made ?? null)),
    ],
  );
}

async function saveBuckets(
  tx: Tx,
  airflow: string,
  minutes: 5 | 60,
  part: readonly { target: SlaTarget; bucket: Bucket }[],
): Promise<void> {
  await tx.query(
    `INSERT INTO sla_bucket (airflow, sla, dag_id, task_id, minutes, at, total, bad)
     SELECT $1, s, d, t, $5, at, total, bad FROM unnest($2::text[], $3::text[], $4::text[], $6::timestamptz[], $7::int[], $8::int[]) k(s, d, t, at, total, bad)
     ON CONFLICT (airflow, sla, dag_id, task_id, minutes, at) DO UPDATE SET total = excluded.total, bad = excluded.bad`,
    [
      airflow,
      ...idsOf(part.map(({ target }) => target)),
      minutes,
      part.map(({ bucket }) => new Date(bucket.atMs)),
      part.map(({ bucket }) => bucket.total),
      part.map(({ bucket }) => bucket.bad),
    ],
  );
}

/** The retention job: what is beyond the bounds of the tables goes. */
export async function trimSla(tx: Tx, airflow: string, now: Date): Promise<void> {
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000);
  await tx.query('DELETE FROM sla_state WHERE airflow = $1 AND saved_at < $2', [airflow, before(400)]);
  await tx.query(
    'DELETE FROM sla_bucket WHERE airflow = $1 AND at < CASE minutes WHEN 60 THEN $2::timestamptz ELSE $3::timestamptz END',
    [airflow, before(90), before(7 / 24)],
  );
  await tx.query('DELETE FROM sla_event WHERE airflow = $1 AND at < $2', [airflow, before(90)]);
  await tx.query(
    `DELETE FROM sla_event e USING (
       SELECT sla, dag_id, task_id, event, row_number() OVER (PARTITION BY sla, dag_id, task_id ORDER BY at DESC, event DESC) AS n
       FROM sla_event WHERE airflow = $1) o
     WHERE o.n > 500 AND e.airflow = $1 AND e.sla = o.sla AND e.dag_id = o.dag_id AND e.task_id = o.task_id AND e.event = o.event`,
    [airflow],
  );
}
