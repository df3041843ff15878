import type { Severity } from '../detect/finding.ts';
import type { Kind } from '../detect/kinds.ts';
import { AppError } from '../lib/errors.ts';
import type { Tx } from '../store/store.ts';
import type { Incident, IncidentEvent, IncidentState } from './incident.ts';
import { eventOfRow, incidentColumns, incidentOf, type EventRow, type IncidentRow } from './rows.ts';

/** What to list. An absent filter lets everything pass. */
export interface IncidentFilter {
  states?: readonly IncidentState[];
  severities?: readonly Severity[];
  kinds?: readonly Kind[];
  dagId?: string;
  owner?: string;
  /** False leaves members of another incident out. */
  members?: boolean;
  openedAfter?: Date;
  openedBefore?: Date;
}

/** Where a page ends: the next one begins after it. */
export interface PageKey {
  openedAt: Date;
  id: string;
}

/** Incidents, newest first; `next` is null on the last page. */
export async function listIncidents(
  tx: Tx,
  airflow: string,
  filter: IncidentFilter,
  page: { after: PageKey | null; limit: number },
): Promise<{ items: Incident[]; next: PageKey | null }> {
  const values: unknown[] = [airflow];
  const where = ['airflow = $1'];
  const add = (condition: (n: string) => string, value: unknown) => {
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  if (filter.states !== undefined) add((n) => `state = ANY(${n})`, filter.states);
  if (filter.severities !== undefined) add((n) => `severity = ANY(${n})`, filter.severities);
  if (filter.kinds !== undefined) add((n) => `kind = ANY(${n})`, filter.kinds);
  if (filter.dagId !== undefined) add((n) => `dag_id = ${n}`, filter.dagId);
  if (filter.owner !== undefined) add((n) => `dag_owner = ${n}`, filter.owner);
  if (filter.members === false) where.push('root_id IS NULL');
  if (filter.openedAfter !== undefined) add((n) => `opened_at >= ${n}`, filter.openedAfter);
  if (filter.openedBefore !== undefined) add((n) => `opened_at < ${n}`, filter.openedBefore);
  if (page.after !== null) {
    values.push(page.after.openedAt, page.after.id);
    where.push(`(opened_at, id) < ($${values.length - 1}, $${values.length})`);
  }
  values.push(page.limit + 1);
  const rows = await tx.query<IncidentRow>(
    `SELECT ${incidentColumns} FROM incident WHERE ${where.join(' AND ')} ORDER BY opened_at DESC, id DESC LIMIT $${values.length}`,
    values,
  );
  const items = rows.slice(0, page.limit).map(incidentOf);
  const last = items.at(-1);
  return { items, next: rows.length > page.limit && last !== undefined ? { openedAt: last.openedAt, id: last.id } : null };
}

/** One incident with its members and its timeline, oldest event first. Throws NOT_FOUND. */
export async function readIncident(
  tx: Tx,
  airflow: string,
  id: string,
): Promise<{ incident: Incident; members: Incident[]; events: IncidentEvent[] }> {
  const [row] = await tx.query<IncidentRow>(`SELECT ${incidentColumns} FROM incident WHERE airflow = $1 AND id = $2`, [
    airflow,
    id,
  ]);
  if (row === undefined) throw new AppError('NOT_FOUND', `there is no incident ${id}`);
  const members = await tx.query<IncidentRow>(
    `SELECT ${incidentColumns} FROM incident WHERE airflow = $1 AND root_id = $2 ORDER BY opened_at, id LIMIT 500`,
    [airflow, id],
  );
  const events = await tx.query<EventRow>(
    `SELECT id, incident_id, at, kind, who, text FROM (
       SELECT * FROM incident_event WHERE airflow = $1 AND incident_id = $2 ORDER BY id DESC LIMIT 1000) e ORDER BY id`,
    [airflow, id],
  );
  return { incident: incidentOf(row), members: members.map(incidentOf), events: events.map(eventOfRow) };
}

/**
 * Incidents that an alert may have to be sent for: all that are not resolved, those resolved after `since`, and of those that
 * people were to hear of also those resolved after `lateSince`.
 */
export async function listAlertable(tx: Tx, airflow: string, since: Date, lateSince: Date): Promise<Incident[]> {
  const rows = await tx.query<IncidentRow>(
    `SELECT ${incidentColumns} FROM incident
     WHERE airflow = $1 AND (state <> 'resolved' OR resolved_at > $2 OR (resolved_at > $3 AND root_id IS NULL AND tellable_at IS NOT NULL))
     ORDER BY opened_at, id`,
    [airflow, since, lateSince],
  );
  return rows.map(incidentOf);
}

/** How many incidents of each of these DAGs are not resolved, members of others included; those with none are absent. */
export async function countOpenByDag(tx: Tx, airflow: string, dagIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.query<{ dagId: string; count: number }>(
    `SELECT dag_id AS "dagId", count(*)::int AS count FROM incident
     WHERE airflow = $1 AND state <> 'resolved' AND dag_id = ANY($2::text[]) GROUP BY dag_id`,
    [airflow, dagIds],
  );
  return new Map(rows.map(({ dagId, count }) => [dagId, count]));
}

/** How many members each of these incidents has; those with none are absent. An index look-up. */
export async function countMembers(tx: Tx, airflow: string, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ id: string; count: number }>(
    'SELECT root_id AS id, count(*)::int AS count FROM incident WHERE airflow = $1 AND root_id = ANY($2::text[]) GROUP BY root_id',
    [airflow, ids],
  );
  return new Map(rows.map(({ id, count }) => [id, count]));
}
