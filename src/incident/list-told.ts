import type { Tx } from '../store/store.ts';
import type { IncidentEvent } from './incident.ts';
import { eventOfRow, type EventRow } from './rows.ts';

/**
 * Incidents that people may hear of, oldest first: those that are not resolved, and those that became tellable and ended after `since`.
 */
export async function listTellable(tx: Tx, airflow: string, since: Date, limit: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM incident WHERE airflow = $1 AND root_id IS NULL AND tellable_at IS NOT NULL
       AND (state <> 'resolved' OR (resolved_at > $2 AND tellable_at > $2)) ORDER BY opened_at, id LIMIT $3`,
    [airflow, since, limit],
  );
  return rows.map(({ id }) => id);
}

/** How far the timelines of these incidents have come, and how many members of each are not over. Index look-ups; what is gone is absent. */
export async function readProgress(
  tx: Tx,
  airflow: string,
  ids: readonly string[],
): Promise<Map<string, { lastEvent: number; members: number; resolvedAt: Date | null }>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ id: string; lastEvent: number; members: number; resolvedAt: Date | null }>(
    `SELECT i.id, i.resolved_at AS "resolvedAt",
       coalesce((SELECT max(e.id) FROM incident_event e WHERE e.airflow = $1 AND e.incident_id = i.id), 0) AS "lastEvent",
       (SELECT count(*) FROM incident m WHERE m.airflow = $1 AND m.root_id = i.id AND m.state <> 'resolved')::int AS members
     FROM incident i WHERE i.airflow = $1 AND i.id = ANY($2)`,
    [airflow, ids],
  );
  return new Map(rows.map(({ id, ...rest }) => [id, rest]));
}

/** What happened to these incidents after the event that is named with each, oldest first. */
export async function listEventsAfter(
  tx: Tx,
  airflow: string,
  after: ReadonlyMap<string, number>,
  limit: number,
): Promise<IncidentEvent[]> {
  if (after.size === 0) return [];
  const rows = await tx.query<EventRow>(
    `SELECT e.id, e.incident_id, e.at, e.kind, e.who, e.text FROM unnest($2::text[], $3::bigint[]) x(incident, after)
     JOIN incident_event e ON e.airflow = $1 AND e.incident_id = x.incident AND e.id > x.after ORDER BY e.id LIMIT $4`,
    [airflow, [...after.keys()], [...after.values()], limit],
  );
  return rows.map(eventOfRow);
}

/** How these incidents ended, by id; those that did not are absent. */
export async function listEndings(tx: Tx, airflow: string, ids: readonly string[]): Promise<Map<string, IncidentEvent>> {
  const rows = await tx.query<EventRow>(
    `SELECT DISTINCT ON (incident_id) id, incident_id, at, kind, who, text FROM incident_event
     WHERE airflow = $1 AND incident_id = ANY($2) AND kind = 'resolved' ORDER BY incident_id, id DESC`,
    [airflow, ids],
  );
  return new Map(rows.map((row) => [row.incident_id, eventOfRow(row)]));
}

/** These events of timelines, by id. */
export async function readEvents(tx: Tx, airflow: string, ids: readonly number[]): Promise<Map<number, IncidentEvent>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<EventRow>(
    'SELECT id, incident_id, at, kind, who, text FROM incident_event WHERE airflow = $1 AND id = ANY($2)',
    [airflow, ids],
  );
  return new Map(rows.map((row) => [row.id, eventOfRow(row)]));
}
