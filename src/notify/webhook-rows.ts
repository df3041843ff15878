import type { Tx } from '../store/store.ts';
import { incidentOfAlert, type WebhookAlert } from './webhook.ts';

/**
 * Notes what Alertmanager told of our incidents: one row an alert and episode. Told again, late or in another order, it is the same. Alerts
 * that name no incident are left out; gives how many were noted.
 */
export async function saveWebhookAlerts(tx: Tx, airflow: string, alerts: readonly WebhookAlert[], now: Date): Promise<number> {
  // One statement cannot meet a row twice.
  const named = new Map(
    alerts.flatMap((alert) => {
      const incidentId = incidentOfAlert(alert);
      return incidentId === null ? [] : [[`${alert.fingerprint} ${alert.startsAt.getTime()}`, { alert, incidentId }] as const];
    }),
  );
  const all = [...named.values()];
  if (all.length === 0) return 0;
  await tx.query(
    `INSERT INTO webhook_alert (airflow, fingerprint, starts_at, incident_id, told_at, ended_at)
     SELECT $1, f, s, i, $2, e FROM unnest($3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[]) x(f, s, i, e)
     ON CONFLICT (airflow, fingerprint, starts_at) DO UPDATE SET ended_at = coalesce(webhook_alert.ended_at, excluded.ended_at),
       taken = webhook_alert.taken AND webhook_alert.incident_id = excluded.incident_id, incident_id = excluded.incident_id
     WHERE webhook_alert.incident_id <> excluded.incident_id OR (webhook_alert.ended_at IS NULL AND excluded.ended_at IS NOT NULL)`,
    [
      airflow,
      now,
      all.map(({ alert }) => alert.fingerprint),
      all.map(({ alert }) => alert.startsAt),
      all.map(({ incidentId }) => incidentId),
      all.map(({ alert }) => alert.endsAt),
    ],
  );
  return all.length;
}

/** Incidents of which the webhook told since they were last taken, at most `limit`. */
export async function listToldIncidents(tx: Tx, airflow: string, limit: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    'SELECT DISTINCT incident_id AS id FROM webhook_alert WHERE airflow = $1 AND NOT taken ORDER BY 1 LIMIT $2',
    [airflow, limit],
  );
  return rows.map(({ id }) => id);
}

export async function takeTold(tx: Tx, airflow: string, incidentIds: readonly string[]): Promise<void> {
  await tx.query('UPDATE webhook_alert SET taken = true WHERE airflow = $1 AND incident_id = ANY($2) AND NOT taken', [
    airflow,
    incidentIds,
  ]);
}
