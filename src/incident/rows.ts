import type { EndReason, Finding, Severity, Subject } from '../detect/finding.ts';
import type { Kind } from '../detect/kinds.ts';
import type { Incident, IncidentEvent, IncidentState, Suppression } from './incident.ts';

/** The columns of an incident as one row type; jsonb keeps dates as texts. */
export interface IncidentRow {
  id: string;
  kind: Kind;
  subject_key: string;
  subject: Subject;
  state: IncidentState;
  severity: Severity;
  alert_severity: Severity;
  title: string;
  labels: Record<string, string>;
  first: Dated<Finding>;
  latest: Dated<Finding>;
  opened_at: Date;
  last_seen_at: Date;
  acknowledged_at: Date | null;
  acknowledged_by: string | null;
  escalated_at: Date | null;
  resolved_at: Date | null;
  end_reason: EndReason | null;
  root_id: string | null;
  member_reason: string | null;
  split: boolean;
  recurrences: number;
  tellable_at: Date | null;
  suppression: Dated<Suppression> | null;
  signature: string | null;
}

/** A value whose dates went through JSON. */
type Dated<Value> = {
  [Key in keyof Value]: Value[Key] extends Date ? string : Value[Key] extends Date | null ? string | null : Value[Key];
};

export const incidentColumns =
  'id, kind, subject_key, subject, state, severity, alert_severity, title, labels, first, latest, opened_at, last_seen_at, acknowledged_at,' +
  ' acknowledged_by, escalated_at, resolved_at, end_reason, root_id, member_reason, split, recurrences, tellable_at, suppression, signature';

const findingOf = (stored: Dated<Finding>): Finding => ({ ...stored, since: new Date(stored.since) });

/** An incident out of its row. */
export function incidentOf(row: IncidentRow): Incident {
  const { suppression } = row;
  return {
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    subjectKey: row.subject_key,
    state: row.state,
    severity: row.severity,
    alertSeverity: row.alert_severity,
    title: row.title,
    labels: row.labels,
    first: findingOf(row.first),
    latest: findingOf(row.latest),
    openedAt: row.opened_at,
    lastSeenAt: row.last_seen_at,
    acknowledgedAt: row.acknowledged_at,
    acknowledgedBy: row.acknowledged_by,
    escalatedAt: row.escalated_at,
    resolvedAt: row.resolved_at,
    endReason: row.end_reason,
    rootId: row.root_id,
    memberReason: row.member_reason,
    split: row.split,
    recurrences: row.recurrences,
    tellableAt: row.tellable_at,
    suppression:
      suppression === null ? null : { ...suppression, until: suppression.until === null ? null : new Date(suppression.until) },
    signature: row.signature,
  };
}

export interface EventRow {
  id: number;
  incident_id: string;
  at: Date;
  kind: IncidentEvent['kind'];
  who: string;
  text: string;
}

export const eventOfRow = ({ id, incident_id: incidentId, at, kind, who, text }: EventRow): IncidentEvent => ({
  id,
  incidentId,
  at,
  kind,
  who,
  text,
});
