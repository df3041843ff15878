import type { Tx } from '../store/store.ts';
import type { AlertState } from './alertmanager.ts';
import type { OwnSilence } from './plan-silences.ts';
import { identity, type Begun, type Delivered, type Posting } from './plan.ts';

/** What was delivered of these incidents. */
export async function loadDeliveries(
  tx: Tx,
  airflow: string,
  incidentIds: readonly string[],
): Promise<{ delivered: Delivered[]; begun: Begun[]; silences: OwnSilence[] }> {
  const of = [airflow, incidentIds];
  const delivered = await tx.query<Delivered>(
    `SELECT incident_id AS "incidentId", severity, member, firing_sent_at AS "firingSentAt", resolved_sent_at AS "resolvedSentAt", late, rejected, rejected_at AS "rejectedAt"
     FROM delivery WHERE airflow = $1 AND incident_id = ANY($2)`,
    of,
  );
  const begun = await tx.query<Begun>(
    'SELECT incident_id AS "incidentId", severity, starts_at AS "startsAt" FROM alert WHERE airflow = $1 AND incident_id = ANY($2)',
    of,
  );
  const silences = await tx.query<OwnSilence>(
    'SELECT incident_id AS "incidentId", silence_id AS "silenceId", until FROM silence WHERE airflow = $1 AND incident_id = ANY($2)',
    of,
  );
  return { delivered, begun, silences };
}

/** Notes when alerts begin, before the first of them is sent: a repeat after a crash has the same beginning. */
export async function saveBegun(tx: Tx, airflow: string, postings: readonly Posting[]): Promise<void> {
  await tx.query(
    `INSERT INTO alert (airflow, incident_id, severity, starts_at) SELECT $1, * FROM unnest($2::text[], $3::text[], $4::timestamptz[])
     ON CONFLICT DO NOTHING`,
    [
      airflow,
      postings.map(({ incidentId }) => incidentId),
      postings.map(({ severity }) => severity),
      postings.map(({ startsAt }) => startsAt),
    ],
  );
}

/** Notes what a member took, and what it refused. */
export async function saveDelivered(
  tx: Tx,
  airflow: string,
  member: string,
  { accepted, rejected }: { accepted: readonly Posting[]; rejected: readonly { posting: Posting; reason: string }[] },
  at: Date,
): Promise<void> {
  const all = [...accepted.map((posting) => ({ posting, reason: null })), ...rejected];
  await tx.query(
    `INSERT INTO delivery (airflow, incident_id, severity, member, firing_sent_at, resolved_sent_at, rejected, rejected_at, late)
     SELECT $1, i, s, $2, CASE WHEN r IS NULL AND NOT over THEN $3::timestamptz END, CASE WHEN r IS NULL AND over THEN $3::timestamptz END,
       r, CASE WHEN r IS NOT NULL THEN $3::timestamptz END, late
     FROM unnest($4::text[], $5::text[], $6::boolean[], $7::text[], $8::boolean[]) x(i, s, over, r, late)
     ON CONFLICT (airflow, incident_id, severity, member) DO UPDATE SET
       firing_sent_at = coalesce(excluded.firing_sent_at, delivery.firing_sent_at), resolved_sent_at = coalesce(excluded.resolved_sent_at, delivery.resolved_sent_at),
       rejected = excluded.rejected, rejected_at = excluded.rejected_at,
       late = CASE WHEN excluded.firing_sent_at IS NULL THEN delivery.late ELSE excluded.late END`,
    [
      airflow,
      member,
      at,
      all.map(({ posting }) => posting.incidentId),
      all.map(({ posting }) => posting.severity),
      all.map(({ posting }) => posting.resolved),
      all.map(({ reason }) => reason),
      all.map(({ posting }) => posting.late),
    ],
  );
}

export async function saveSilence(tx: Tx, airflow: string, { incidentId, silenceId, until }: OwnSilence): Promise<void> {
  await tx.query(
    `INSERT INTO silence (airflow, incident_id, silence_id, until) VALUES ($1, $2, $3, $4)
     ON CONFLICT (airflow, incident_id) DO UPDATE SET silence_id = excluded.silence_id, until = excluded.until`,
    [airflow, incidentId, silenceId, until],
  );
}

export async function dropSilence(tx: Tx, airflow: string, incidentId: string): Promise<void> {
  await tx.query('DELETE FROM silence WHERE airflow = $1 AND incident_id = $2', [airflow, incidentId]);
}

/** How Alertmanager has an alert, for the incident's page. */
export interface SeenState {
  state: string;
  silencedBy: string[];
  inhibitedBy: string[];
}

export async function saveStates(
  tx: Tx,
  airflow: string,
  postings: readonly Pick<Posting, 'incidentId' | 'severity' | 'labels'>[],
  states: readonly AlertState[],
): Promise<void> {
  const byIdentity = new Map(states.map((each) => [identity(each), each.status]));
  const seen = postings.flatMap((posting) => {
    const status = byIdentity.get(identity(posting));
    return status === undefined ? [] : [{ posting, status }];
  });
  await tx.query(
    `UPDATE alert SET state = x.state::jsonb FROM unnest($2::text[], $3::text[], $4::text[]) x(i, s, state)
     WHERE airflow = $1 AND incident_id = x.i AND severity = x.s`,
    [
      airflow,
      seen.map(({ posting }) => posting.incidentId),
      seen.map(({ posting }) => posting.severity),
      seen.map(({ status }) => JSON.stringify(status satisfies SeenState)),
    ],
  );
}

/** How Alertmanager last had the alerts of an incident, by severity. */
export async function readSeenStates(tx: Tx, airflow: string, incidentId: string): Promise<Map<string, SeenState>> {
  const rows = await tx.query<{ severity: string; state: SeenState }>(
    'SELECT severity, state FROM alert WHERE airflow = $1 AND incident_id = $2 AND state IS NOT NULL',
    [airflow, incidentId],
  );
  return new Map(rows.map(({ severity, state }) => [severity, state]));
}
