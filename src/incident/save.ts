import { jsonText } from '../lib/json-text.ts';
import { dagOf } from '../detect/finding.ts';
import type { Tx } from '../store/store.ts';
import type { NewEvent } from './apply.ts';
import type { Incident } from './incident.ts';
import { countTimes } from './times.ts';

/** Writes incidents as they are now. Part of the cycle's one transaction; who loses a race to open one changes nothing. */
export async function saveIncidents(tx: Tx, airflow: string, incidents: readonly Incident[]): Promise<void> {
  for (const incident of incidents) {
    const rest = [
      incident.state,
      incident.severity,
      incident.alertSeverity,
      incident.title,
      jsonText(incident.latest),
      incident.lastSeenAt,
      incident.acknowledgedAt,
      incident.acknowledgedBy,
      incident.escalatedAt,
      incident.resolvedAt,
      incident.endReason,
      incident.rootId,
      incident.memberReason,
      incident.split,
      incident.recurrences,
      incident.tellableAt,
      incident.suppression === null ? null : jsonText(incident.suppression),
      incident.signature,
    ];
    await tx.query(
      `INSERT INTO incident (airflow, id, state, severity, alert_severity, title, latest, last_seen_at, acknowledged_at, acknowledged_by, escalated_at,
         resolved_at, end_reason, root_id, member_reason, split, recurrences, tellable_at, suppression, signature,
         kind, subject_key, subject, dag_id, dag_owner, labels, first, opened_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
       ON CONFLICT (airflow, id) DO UPDATE SET state = $3, severity = $4, alert_severity = $5, title = $6, latest = $7, last_seen_at = $8,
         acknowledged_at = $9, acknowledged_by = $10, escalated_at = $11, resolved_at = $12, end_reason = $13, root_id = $14, member_reason = $15,
         split = $16, recurrences = $17, tellable_at = $18, suppression = $19, signature = $20`,
      [
        airflow,
        incident.id,
        ...rest,
        incident.kind,
        incident.subjectKey,
        jsonText(incident.subject),
        dagOf(incident.subject),
        incident.labels['dag_owner'] ?? null,
        jsonText(incident.labels),
        jsonText(incident.first),
        incident.openedAt,
      ],
    );
  }
}

/** Appends to the timeline, and counts how long what ends here took. */
export async function saveEvents(
  tx: Tx,
  airflow: string,
  events: readonly (NewEvent | (Omit<NewEvent, 'incidentId'> & { incidentId: null }))[],
): Promise<void> {
  if (events.length === 0) return;
  await countTimes(tx, airflow, events);
  await tx.query(
    `INSERT INTO incident_event (airflow, incident_id, at, kind, who, text)
     SELECT $1, * FROM unnest($2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])`,
    [
      airflow,
      events.map(({ incidentId }) => incidentId),
      events.map(({ at }) => at),
      events.map(({ kind }) => kind),
      events.map(({ who }) => who),
      events.map(({ text }) => text),
    ],
  );
}

/** The retention job: resolved incidents older than `before` go with their timeline, and so do loose events of 30 days. */
export async function trimIncidents(tx: Tx, airflow: string, before: Date): Promise<void> {
  await tx.query(
    `WITH old AS (
       SELECT id FROM (SELECT id, resolved_at, row_number() OVER (ORDER BY resolved_at DESC) AS n FROM incident WHERE airflow = $1 AND state = 'resolved') r
       WHERE resolved_at < $2 OR n > 50000),
     events AS (DELETE FROM incident_event e USING old WHERE e.airflow = $1 AND e.incident_id = old.id)
     DELETE FROM incident i USING old WHERE i.airflow = $1 AND i.id = old.id`,
    [airflow, before],
  );
  await tx.query(`DELETE FROM incident_event WHERE airflow = $1 AND incident_id IS NULL AND at < now() - interval '30 days'`, [
    airflow,
  ]);
}
