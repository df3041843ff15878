import { AppError } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import type { Store, Tx } from '../store/store.ts';
import type { Incident, IncidentEventKind } from './incident.ts';
import { incidentColumns, incidentOf, type IncidentRow } from './rows.ts';
import { saveEvents, saveIncidents } from './save.ts';

/** A person's hand on an incident, over the API or a button in Slack. */
export type Act =
  | { kind: 'acknowledge' }
  | { kind: 'unacknowledge' }
  | { kind: 'resolve'; note: string }
  | { kind: 'suppress'; until: Date; note: string }
  | { kind: 'unsuppress' }
  | { kind: 'note'; text: string }
  | { kind: 'split' };

/**
 * What an act makes of an incident, and its line in the timeline; one that changes nothing (acknowledged twice) gives null. Pure.
 * Throws CONFLICT when the incident is past it, and INVALID for a suppression that is over already.
 */
function actOn(
  incident: Incident,
  act: Act,
  { who, now }: { who: string; now: Date },
): { incident: Incident; event: IncidentEventKind; text: string } | null {
  const isOver = incident.state === 'resolved';
  if (isOver && act.kind !== 'note')
    throw new AppError('CONFLICT', `incident ${incident.id} is resolved already; only notes can be added`);
  switch (act.kind) {
    case 'acknowledge':
      if (incident.state === 'acknowledged') return null;
      return {
        incident: { ...incident, state: 'acknowledged', acknowledgedAt: now, acknowledgedBy: who },
        event: 'acknowledged',
        text: `acknowledged by ${who}`,
      };
    case 'unacknowledge':
      if (incident.state !== 'acknowledged') return null;
      return {
        incident: { ...incident, state: 'open', acknowledgedAt: null, acknowledgedBy: null },
        event: 'unacknowledged',
        text: `acknowledgement taken back by ${who}`,
      };
    case 'resolve':
      return {
        incident: { ...incident, state: 'resolved', resolvedAt: now, endReason: 'person_resolved' },
        event: 'resolved',
        text: act.note === '' ? `resolved by ${who}` : `resolved by ${who}: ${redact(act.note)}`,
      };
    case 'suppress':
      if (act.until <= now) throw new AppError('INVALID', 'until is over already; name a time to come');
      return {
        incident: { ...incident, suppression: { reason: 'person', by: who, until: act.until }, tellableAt: null },
        event: 'suppressed',
        text: `by ${who} until ${act.until.toISOString()}${act.note === '' ? '' : `: ${redact(act.note)}`}`,
      };
    case 'unsuppress':
      if (incident.suppression?.reason !== 'person') return null;
      return { incident: { ...incident, suppression: null }, event: 'unsuppressed', text: `by ${who}` };
    case 'note':
      return { incident, event: 'noted', text: redact(act.text) };
    case 'split':
      if (incident.rootId === null) throw new AppError('CONFLICT', `incident ${incident.id} stands alone already`);
      return {
        incident: { ...incident, rootId: null, memberReason: null, split: true },
        event: 'split',
        text: `taken out of its incident by ${who}`,
      };
  }
}

/** Does `act` in a transaction of its own; the row is locked, so that a cycle and a person never overwrite each other. */
export function act(store: Store, airflow: string, id: string, what: Act, by: { who: string; now: Date }): Promise<Incident> {
  return store.transaction(async (tx) => {
    const incident = await lockOne(tx, airflow, id);
    const done = actOn(incident, what, by);
    if (done === null) return incident;
    await saveIncidents(tx, airflow, [done.incident]);
    await saveEvents(tx, airflow, [{ incidentId: id, at: by.now, kind: done.event, who: by.who, text: done.text }]);
    return done.incident;
  });
}

async function lockOne(tx: Tx, airflow: string, id: string): Promise<Incident> {
  const [row] = await tx.query<IncidentRow>(`SELECT ${incidentColumns} FROM incident WHERE airflow = $1 AND id = $2 FOR UPDATE`, [
    airflow,
    id,
  ]);
  if (row === undefined) throw new AppError('NOT_FOUND', `there is no incident ${id}`);
  return incidentOf(row);
}
