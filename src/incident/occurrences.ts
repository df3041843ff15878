import type { Severity } from '../detect/finding.ts';
import type { Kind } from '../detect/kinds.ts';
import type { Tx } from '../store/store.ts';
import type { Incident } from './incident.ts';
import { incidentColumns, incidentOf, type IncidentRow } from './rows.ts';

/** The newest event of an incident. */
export interface Occurrence {
  incidentId: string;
  event: string;
  kind: Kind;
  severity: Severity;
}

/**
 * What happened last to each incident that is not resolved, or was only after `since`: roots before members, the worst first, and of
 * those the one that opened first.
 */
export function listOccurrences(tx: Tx, airflow: string, since: Date): Promise<Occurrence[]> {
  return tx.query<Occurrence>(
    `SELECT id AS "incidentId", latest ->> 'event' AS event, kind, severity FROM incident
     WHERE airflow = $1 AND (state <> 'resolved' OR resolved_at > $2)
     ORDER BY root_id IS NOT NULL, array_position(ARRAY['critical', 'error', 'warning', 'info'], severity), opened_at, id`,
    [airflow, since],
  );
}

/** These incidents, in no order; what is gone is not among them. */
export async function readIncidents(tx: Tx, airflow: string, ids: readonly string[]): Promise<Incident[]> {
  const rows = await tx.query<IncidentRow>(`SELECT ${incidentColumns} FROM incident WHERE airflow = $1 AND id = ANY($2)`, [
    airflow,
    ids,
  ]);
  return rows.map(incidentOf);
}

/** Notes the error signature of an incident, by which the next cycle may merge it with another. */
export async function saveSignature(tx: Tx, airflow: string, incidentId: string, signature: string): Promise<void> {
  await tx.query('UPDATE incident SET signature = $3 WHERE airflow = $1 AND id = $2 AND signature IS DISTINCT FROM $3', [
    airflow,
    incidentId,
    signature,
  ]);
}

/** The newest other incidents with an error signature, at most `limit`: an index look-up. */
export async function listSimilar(
  tx: Tx,
  airflow: string,
  { id, signature }: Pick<Incident, 'id' | 'signature'>,
  limit: number,
): Promise<Incident[]> {
  if (signature === null) return [];
  const rows = await tx.query<IncidentRow>(
    `SELECT ${incidentColumns} FROM incident WHERE airflow = $1 AND signature = $2 AND id <> $3 ORDER BY opened_at DESC LIMIT $4`,
    [airflow, signature, id, limit],
  );
  return rows.map(incidentOf);
}
