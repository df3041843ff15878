import { severities, type EndReason, type Finding, type Severity, type Subject } from '../detect/finding.ts';
import type { Kind } from '../detect/kinds.ts';

/** Severities in order, for rooms that know incidents and no detectors. */
export const mildestFirst: readonly Severity[] = severities;

export type IncidentState = 'open' | 'acknowledged' | 'resolved';

/** Why nobody is told of an incident for now, and until when. */
export interface Suppression {
  reason: 'maintenance' | 'known_issue' | 'off_hours' | 'rate_limit' | 'person';
  /** The rule: a window's name, a ticket, a person. */
  by: string;
  until: Date | null;
}

/** One row of the incident table. Member of another when `rootId` is set: then it sends no alert. */
export interface Incident {
  id: string;
  kind: Kind;
  subject: Subject;
  subjectKey: string;
  state: IncidentState;
  severity: Severity;
  title: string;
  /** The alert's labels, frozen at opening. */
  labels: Readonly<Record<string, string>>;
  /** The finding that opened it, and the newest one. */
  first: Finding;
  latest: Finding;
  openedAt: Date;
  lastSeenAt: Date;
  acknowledgedAt: Date | null;
  acknowledgedBy: string | null;
  /** The severity was raised because nobody acknowledged it. */
  escalatedAt: Date | null;
  resolvedAt: Date | null;
  endReason: EndReason | null;
  rootId: string | null;
  /** How correlation explains the membership: `downstream of load.extract`, `same host worker-1`. */
  memberReason: string | null;
  recurrences: number;
  /** The alert's severity, at or above that of the finding: escalation raises it by a companion alert. */
  alertSeverity: Severity;
  /** A person took it out of its root: correlation leaves it alone from then on. */
  split: boolean;
  /** Since when people may be told: it is a root, and nothing suppresses it. Null while they may not. */
  tellableAt: Date | null;
  suppression: Suppression | null;
  /** Error signature, once the explanation knows it. */
  signature: string | null;
}

/** What happened to an incident: the timeline and the audit trail. */
export type IncidentEventKind =
  | 'opened'
  | 'recurred'
  | 'retried'
  | 'severity_raised'
  | 'escalated'
  | 'acknowledged'
  | 'unacknowledged'
  | 'suppressed'
  | 'unsuppressed'
  | 'joined'
  | 'split'
  | 'noted'
  | 'explained'
  | 'told'
  | 'resolved';

export interface IncidentEvent {
  /** Grows with time. */
  id: number;
  incidentId: string;
  at: Date;
  kind: IncidentEventKind;
  /** `windsock`, or the person. */
  who: string;
  text: string;
}
