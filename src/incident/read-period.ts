import type { Severity, Subject } from '../detect/finding.ts';
import type { Kind } from '../detect/kinds.ts';
import type { Tx } from '../store/store.ts';
import type { IncidentState } from './incident.ts';

/** From (included) to (excluded). */
export interface TimeSpan {
  from: Date;
  to: Date;
}

/** An incident as a list of many tells it. */
export interface PastIncident {
  id: string;
  kind: Kind;
  subject: Subject;
  dagId: string | null;
  severity: Severity;
  title: string;
  state: IncidentState;
  openedAt: Date;
  resolvedAt: Date | null;
  recurrences: number;
}

const columns =
  'i.id, i.kind, i.subject, i.dag_id AS "dagId", i.severity, i.title, i.state, i.opened_at AS "openedAt", i.resolved_at AS "resolvedAt", i.recurrences';
const worstFirst = `array_position(ARRAY['critical', 'error', 'warning', 'info'], i.severity), i.opened_at, i.id`;

/** A list cut short, and how many there are. */
export interface Counted<Item> {
  items: Item[];
  count: number;
}

/** The incidents that opened in a time and stand for themselves, the worst first. */
export async function readOpened(tx: Tx, airflow: string, { from, to }: TimeSpan, limit: number): Promise<Counted<PastIncident>> {
  const rows = await tx.query<PastIncident & { count: number }>(
    `SELECT ${columns}, count(*) OVER ()::int AS count FROM incident i
     WHERE i.airflow = $1 AND i.opened_at >= $2 AND i.opened_at < $3 AND i.root_id IS NULL ORDER BY ${worstFirst} LIMIT $4`,
    [airflow, from, to, limit],
  );
  return countedOf(rows);
}

const countedOf = <Row extends { count: number }>(rows: readonly Row[]): Counted<Omit<Row, 'count'>> => ({
  items: rows.map(({ count: _count, ...item }) => item),
  count: rows[0]?.count ?? 0,
});

/** When the first incident that is kept opened; null: there is none. */
export async function readFirstOpened(tx: Tx, airflow: string): Promise<Date | null> {
  const [row] = await tx.query<{ at: Date | null }>('SELECT min(opened_at) AS at FROM incident WHERE airflow = $1', [airflow]);
  return row?.at ?? null;
}

/** How long something took, in seconds; null of none. */
export interface Took {
  count: number;
  meanSeconds: number | null;
  medianSeconds: number | null;
}

const tookColumns =
  'count(*)::int AS count, avg(took)::float8 AS "meanSeconds", percentile_cont(0.5) WITHIN GROUP (ORDER BY took) AS "medianSeconds"';

/** How long incidents took from opening until somebody first acknowledged them, of those first acknowledged in this time. */
export async function readTimesToAcknowledge(tx: Tx, airflow: string, { from, to }: TimeSpan): Promise<Took> {
  const [row] = await tx.query<Took>(
    `SELECT ${tookColumns} FROM (
       SELECT extract(epoch FROM min(e.at) - i.opened_at)::float8 AS took
       FROM incident_event e JOIN incident i ON i.airflow = $1 AND i.id = e.incident_id AND i.root_id IS NULL
       WHERE e.airflow = $1 AND e.at >= $2 AND e.at < $3 AND e.kind = 'acknowledged'
         AND NOT EXISTS (SELECT 1 FROM incident_event p WHERE p.airflow = $1 AND p.incident_id = e.incident_id AND p.kind = 'acknowledged' AND p.at < $2)
       GROUP BY i.id, i.opened_at) t`,
    [airflow, from, to],
  );
  return row as Took;
}

/** How long incidents took from opening to their end, of those that ended in this time. */
export async function readTimesToResolve(tx: Tx, airflow: string, { from, to }: TimeSpan): Promise<Took> {
  const [row] = await tx.query<Took>(
    `SELECT ${tookColumns} FROM (SELECT extract(epoch FROM resolved_at - opened_at)::float8 AS took FROM incident
       WHERE airflow = $1 AND state = 'resolved' AND resolved_at >= $2 AND resolved_at < $3 AND root_id IS NULL) t`,
    [airflow, from, to],
  );
  return row as Took;
}

/** What something made itself heard: how many incidents, and how often these opened or came again. */
export interface Noise {
  subject: Subject;
  dagId: string | null;
  incidents: number;
  times: number;
}

/** Who made most noise in a time; members of others are not counted. */
export async function readNoise(tx: Tx, airflow: string, { from, to }: TimeSpan, limit: number): Promise<Counted<Noise>> {
  const rows = await tx.query<Noise & { count: number }>(
    `SELECT min(i.subject::text)::jsonb AS subject, min(i.dag_id) AS "dagId", count(DISTINCT i.id)::int AS incidents, count(*)::int AS times, count(*) OVER ()::int AS count
     FROM incident_event e JOIN incident i ON i.airflow = $1 AND i.id = e.incident_id AND i.root_id IS NULL
     WHERE e.airflow = $1 AND e.at >= $2 AND e.at < $3 AND e.kind IN ('opened', 'recurred')
     GROUP BY i.subject_key ORDER BY count(*) DESC, i.subject_key LIMIT $4`,
    [airflow, from, to, limit],
  );
  return countedOf(rows);
}

/** Alerts of a time that people were told of, and those that nobody did anything about before `to`: no person left a trace. */
export async function readIgnored(
  tx: Tx,
  airflow: string,
  { from, to }: TimeSpan,
  limit: number,
): Promise<{ told: number; ignored: Counted<PastIncident> }> {
  const told = `i.airflow = $1 AND i.opened_at >= $2 AND i.opened_at < $3 AND i.root_id IS NULL AND i.tellable_at IS NOT NULL`;
  const [all] = await tx.query<{ count: number }>(`SELECT count(*)::int AS count FROM incident i WHERE ${told}`, [
    airflow,
    from,
    to,
  ]);
  const rows = await tx.query<PastIncident & { count: number }>(
    `SELECT ${columns}, count(*) OVER ()::int AS count FROM incident i WHERE ${told} AND NOT EXISTS (
       SELECT 1 FROM incident_event e WHERE e.airflow = $1 AND e.incident_id = i.id AND e.who <> 'windsock' AND e.at < $3)
     ORDER BY i.state = 'resolved', ${worstFirst} LIMIT $4`,
    [airflow, from, to, limit],
  );
  return { told: all?.count ?? 0, ignored: countedOf(rows) };
}

/** An incident that somebody took up and that is still wrong. */
export interface Forgotten extends PastIncident {
  acknowledgedAt: Date;
  acknowledgedBy: string;
}

/** Incidents that were not over at `to` and had been acknowledged for `olderThanMs` by then, the longest first. */
export async function readForgotten(
  tx: Tx,
  airflow: string,
  { to, olderThanMs }: { to: Date; olderThanMs: number },
  limit: number,
): Promise<Counted<Forgotten>> {
  const rows = await tx.query<Forgotten & { count: number }>(
    `SELECT ${columns}, i.acknowledged_at AS "acknowledgedAt", coalesce(i.acknowledged_by, '') AS "acknowledgedBy", count(*) OVER ()::int AS count
     FROM incident i WHERE i.airflow = $1 AND i.acknowledged_at <= $2 AND (i.state = 'acknowledged' OR (i.state = 'resolved' AND i.resolved_at >= $3))
     ORDER BY i.acknowledged_at, i.id LIMIT $4`,
    [airflow, new Date(to.getTime() - olderThanMs), to, limit],
  );
  return countedOf(rows);
}

/** How often Windsock took an acknowledgement back because it was forgotten. */
export async function countGivenBack(tx: Tx, airflow: string, { from, to }: TimeSpan): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM incident_event WHERE airflow = $1 AND at >= $2 AND at < $3 AND kind = 'unacknowledged' AND who = 'windsock'`,
    [airflow, from, to],
  );
  return row?.count ?? 0;
}

/** Why people were not told: a rule or a person, and of how many incidents. */
export interface Quiet {
  reason: string;
  incidents: number;
}

/** What kept incidents from being told in a time, most first. */
export async function readSuppressed(tx: Tx, airflow: string, { from, to }: TimeSpan, limit: number): Promise<Counted<Quiet>> {
  const rows = await tx.query<Quiet & { count: number }>(
    // A reason may itself say until when: only a time ends it, and what a person noted after it.
    `SELECT regexp_replace(text, ' until \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z.*$', '') AS reason, count(DISTINCT incident_id)::int AS incidents, count(*) OVER ()::int AS count
     FROM incident_event WHERE airflow = $1 AND at >= $2 AND at < $3 AND kind = 'suppressed'
     GROUP BY 1 ORDER BY count(DISTINCT incident_id) DESC, 1 LIMIT $4`,
    [airflow, from, to, limit],
  );
  return countedOf(rows);
}
