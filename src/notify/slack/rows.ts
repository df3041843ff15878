import type { Tx } from '../../store/store.ts';
import type { Place } from './client.ts';
import type { PlannedReply } from './plan.ts';
import type { SlackRow } from './slack-row.ts';

const columns =
  'key, incident_id AS "incidentId", event_id AS "eventId", event_kind AS "eventKind", channel, content, state, ts, hash, version, coalesce(seen_event, 0) AS "seenEvent",' +
  ' coalesce(shown_event, 0) AS "shownEvent", tries, error, queued_at AS "queuedAt", due_at AS "dueAt", tried_at AS "triedAt"';

export const incidentKey = (incidentId: string): string => `incident:${incidentId}`;

/** What is to be posted, or looked up, by now: incidents' own messages first, then the oldest. */
export const loadWaiting = (tx: Tx, airflow: string, now: Date, limit: number): Promise<SlackRow[]> =>
  tx.query<SlackRow>(
    `SELECT ${columns} FROM slack_message WHERE airflow = $1 AND state IN ('queued', 'sending') AND due_at <= $2
     ORDER BY event_id IS NOT NULL, event_id, queued_at, key LIMIT $3`,
    [airflow, now, limit],
  );

/** The messages of incidents of which more may come. */
export const loadFollowed = (tx: Tx, airflow: string): Promise<SlackRow[]> =>
  tx.query<SlackRow>(
    `SELECT ${columns} FROM slack_message
     WHERE airflow = $1 AND state IN ('posted', 'refused') AND event_id IS NULL AND incident_id IS NOT NULL AND closed_at IS NULL`,
    [airflow],
  );

/** The messages of these keys. */
export const loadRows = (tx: Tx, airflow: string, keys: readonly string[]): Promise<SlackRow[]> =>
  keys.length === 0
    ? Promise.resolve([])
    : tx.query<SlackRow>(`SELECT ${columns} FROM slack_message WHERE airflow = $1 AND key = ANY($2)`, [airflow, keys]);

/** How many messages wait, and since when the oldest does. */
export async function countWaiting(tx: Tx, airflow: string): Promise<{ waiting: number; oldestAt: Date | null }> {
  const [row] = await tx.query<{ waiting: number; oldestAt: Date | null }>(
    `SELECT count(*)::int AS waiting, min(queued_at) AS "oldestAt" FROM slack_message WHERE airflow = $1 AND state IN ('queued', 'sending')`,
    [airflow],
  );
  return row ?? { waiting: 0, oldestAt: null };
}

/** Notes that incidents are to be posted; those that are noted already stay as they are. */
export async function queueIncidents(
  tx: Tx,
  airflow: string,
  incidents: readonly { id: string; lastEvent: number }[],
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO slack_message (airflow, key, incident_id, seen_event, state, queued_at, due_at)
     SELECT $1, 'incident:' || i, i, e, 'queued', $2, $2 FROM unnest($3::text[], $4::bigint[]) x(i, e) ON CONFLICT DO NOTHING`,
    [airflow, now, incidents.map(({ id }) => id), incidents.map(({ lastEvent }) => lastEvent)],
  );
}

/** Notes that events are to be told in the threads of their incidents. */
export async function queueReplies(
  tx: Tx,
  airflow: string,
  replies: readonly (PlannedReply & { incidentId: string })[],
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO slack_message (airflow, key, incident_id, event_id, event_kind, state, queued_at, due_at)
     SELECT $1, 'thread:' || e, i, e, k, 'queued', $2, d FROM unnest($3::bigint[], $4::text[], $5::text[], $6::timestamptz[]) x(e, i, k, d)
     ON CONFLICT DO NOTHING`,
    [
      airflow,
      now,
      replies.map(({ eventId }) => eventId),
      replies.map(({ incidentId }) => incidentId),
      replies.map(({ kind }) => kind),
      replies.map(({ dueAt }) => dueAt),
    ],
  );
}

/** Which of these events are in no thread yet, and are not to come to one. */
export async function unqueued(tx: Tx, airflow: string, eventIds: readonly number[]): Promise<Set<number>> {
  const rows = await tx.query<{ id: number }>(
    `SELECT e AS id FROM unnest($2::bigint[]) e WHERE NOT EXISTS (SELECT 1 FROM slack_message WHERE airflow = $1 AND key = 'thread:' || e)`,
    [airflow, eventIds],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Events of these incidents up to the one named with each are no news any more. */
export async function saveSeen(tx: Tx, airflow: string, seen: ReadonlyMap<string, number>): Promise<void> {
  await tx.query(
    `UPDATE slack_message m SET seen_event = x.e FROM unnest($2::text[], $3::bigint[]) x(i, e)
     WHERE m.airflow = $1 AND m.key = 'incident:' || x.i AND coalesce(m.seen_event, 0) < x.e`,
    [airflow, [...seen.keys()], [...seen.values()]],
  );
}

/** Takes a message to be sent now; false when it is not to be sent any more. Who dies after this leaves it to be looked up at `dueAt`. */
export async function claim(
  tx: Tx,
  airflow: string,
  key: string,
  { channel, now, dueAt }: { channel: string; now: Date; dueAt: Date },
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE slack_message SET state = 'sending', channel = $3, tried_at = $4, due_at = $5, tries = tries + 1
     WHERE airflow = $1 AND key = $2 AND state = 'queued' RETURNING 1`,
    [airflow, key, channel, now, dueAt],
  );
  return rows.length > 0;
}

/** Notes that a message is there; `shownEvent` null: it is not known what it told of. */
export async function savePosted(
  tx: Tx,
  airflow: string,
  key: string,
  {
    place,
    hash,
    version,
    shownEvent,
    now,
  }: Pick<SlackRow, 'hash' | 'version'> & { place: Place; shownEvent: number | null; now: Date },
): Promise<void> {
  await tx.query(
    `UPDATE slack_message SET state = 'posted', channel = $3, ts = $4, hash = $5, version = $6, shown_event = coalesce($7, shown_event),
       posted_at = $8, due_at = $8, tries = 0, error = NULL, content = NULL WHERE airflow = $1 AND key = $2`,
    [airflow, key, place.channel, place.ts, hash, version, shownEvent, now],
  );
}

/** Changes what is known of a message; what is not named stays. */
export async function saveRow(
  tx: Tx,
  airflow: string,
  key: string,
  changes: Partial<Pick<SlackRow, 'state' | 'channel' | 'ts' | 'hash' | 'version' | 'error' | 'dueAt' | 'tries'>>,
): Promise<void> {
  const names = {
    state: 'state',
    channel: 'channel',
    ts: 'ts',
    hash: 'hash',
    version: 'version',
    error: 'error',
    dueAt: 'due_at',
    tries: 'tries',
  };
  const given = Object.entries(changes);
  const set = given.map(([name], index) => `${names[name as keyof typeof names]} = $${index + 3}`);
  await tx.query(`UPDATE slack_message SET ${set.join(', ')} WHERE airflow = $1 AND key = $2`, [
    airflow,
    key,
    ...given.map(([, value]) => value),
  ]);
}

export async function dropRows(tx: Tx, airflow: string, keys: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE slack_message SET state = 'dropped', content = NULL WHERE airflow = $1 AND key = ANY($2) AND state = 'queued'`,
    [airflow, keys],
  );
}

/** Nothing more is expected of these incidents. */
export async function closeRows(tx: Tx, airflow: string, keys: readonly string[], now: Date): Promise<void> {
  await tx.query('UPDATE slack_message SET closed_at = $3 WHERE airflow = $1 AND key = ANY($2)', [airflow, keys, now]);
}

/** Since when incidents are posted without Alertmanager: `begin` if they were not before; undefined: they are not. */
export async function directSince(tx: Tx, airflow: string, begin?: Date): Promise<Date | undefined> {
  if (begin !== undefined)
    await tx.query(
      `INSERT INTO slack_message (airflow, key, state, queued_at, due_at) VALUES ($1, 'direct', 'dropped', $2, $2) ON CONFLICT DO NOTHING`,
      [airflow, begin],
    );
  const [row] = await tx.query<{ at: Date }>(`SELECT queued_at AS at FROM slack_message WHERE airflow = $1 AND key = 'direct'`, [
    airflow,
  ]);
  return row?.at;
}

/** The retention job: what belongs to no incident goes after 90 days, sent or not, and so does what the webhook told. */
export async function trimSlack(tx: Tx, airflow: string, now: Date): Promise<void> {
  const before = new Date(now.getTime() - 90 * 86_400_000);
  await tx.query(`DELETE FROM slack_message WHERE airflow = $1 AND incident_id IS NULL AND key <> 'direct' AND queued_at < $2`, [
    airflow,
    before,
  ]);
  await tx.query('DELETE FROM webhook_alert WHERE airflow = $1 AND told_at < $2', [airflow, before]);
}

/** When these incidents' threads last told that they came back. */
export async function lastRecurrences(tx: Tx, airflow: string, incidentIds: readonly string[]): Promise<Map<string, Date>> {
  const rows = await tx.query<{ id: string; at: Date }>(
    `SELECT incident_id AS id, max(posted_at) AS at FROM slack_message
     WHERE airflow = $1 AND incident_id = ANY($2) AND event_kind = 'recurred' AND state = 'posted' GROUP BY incident_id`,
    [airflow, incidentIds],
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}
