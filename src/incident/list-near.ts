import type { Tx } from '../store/store.ts';
import type { Incident } from './incident.ts';
import { incidentColumns, incidentOf, type IncidentRow } from './rows.ts';

/** Incidents that opened within this time, newest first (index incident_by_time), and the one with the id `rootId`, whenever it did. */
export async function listNear(
  tx: Tx,
  airflow: string,
  { from, to, rootId, limit }: { from: Date; to: Date; rootId: string | null; limit: number },
): Promise<Incident[]> {
  const rows = await tx.query<IncidentRow>(
    `(SELECT ${incidentColumns} FROM incident WHERE airflow = $1 AND opened_at >= $2 AND opened_at <= $3 ORDER BY opened_at DESC, id DESC LIMIT $4)
     UNION SELECT ${incidentColumns} FROM incident WHERE airflow = $1 AND id = $5`,
    [airflow, from, to, limit, rootId],
  );
  return rows.map(incidentOf);
}
