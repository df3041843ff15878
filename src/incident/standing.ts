import type { Finding, Severity } from '../detect/finding.ts';
import type { Party } from './tie.ts';
import type { Incident } from './incident.ts';

/** An incident as far as the decisions of one cycle change it. */
export interface Standing {
  id: string;
  party: Party;
  rootId: string | null;
  memberReason: string | null;
  split: boolean;
  event: string;
  severity: Severity;
  /** When its newest event began. */
  newestMs: number;
}

export function standingOf(incident: Incident): Standing {
  return {
    id: incident.id,
    party: { ...partyOf(incident.latest, incident.openedAt.getTime()), signature: incident.signature },
    rootId: incident.rootId,
    memberReason: incident.memberReason,
    split: incident.split,
    event: incident.latest.event,
    severity: incident.severity,
    newestMs: incident.latest.since.getTime(),
  };
}

/** A finding as one side of a tie; what has only just been found has no signature yet. */
export function partyOf(finding: Finding, atMs: number): Party {
  const { kind, subject, carried, occasion } = finding;
  return { kind, subject, carried, runId: occasion?.runId ?? null, atMs, signature: null };
}
