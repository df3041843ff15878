import type { Tx } from '../store/store.ts';
import { explanationColumns, type KeptExplanation } from './rows.ts';

/** The newest explanation of each of these incidents, by id. */
export async function loadNewest(tx: Tx, airflow: string, incidentIds: readonly string[]): Promise<Map<string, KeptExplanation>> {
  if (incidentIds.length === 0) return new Map();
  const rows = await tx.query<KeptExplanation>(
    `SELECT DISTINCT ON (incident_id) ${explanationColumns} FROM explanation WHERE airflow = $1 AND incident_id = ANY($2)
     ORDER BY incident_id, made_at DESC, event`,
    [airflow, incidentIds],
  );
  return new Map(rows.map((row) => [row.incidentId, row]));
}

/**
 * A text for each of these incidents that changes whenever an explanation of it does (by the version that PostgreSQL gives a row); those
 * that are not explained are absent. Reads no explanation.
 */
export async function readVersions(tx: Tx, airflow: string, incidentIds: readonly string[]): Promise<Map<string, string>> {
  if (incidentIds.length === 0) return new Map();
  const rows = await tx.query<{ id: string; version: string }>(
    `SELECT incident_id AS id, string_agg(event || ' ' || xmin::text, ' ' ORDER BY event) AS version FROM explanation
     WHERE airflow = $1 AND incident_id = ANY($2) GROUP BY incident_id`,
    [airflow, incidentIds],
  );
  return new Map(rows.map(({ id, version }) => [id, version]));
}
