import { subjectKey, type Severity } from '../detect/finding.ts';
import type { IncidentConfig } from './config.ts';
import type { Decision } from './decide.ts';
import { mildestFirst, type Incident, type IncidentEvent, type IncidentEventKind } from './incident.ts';
import { labelsOf, type DagFacts } from './labels.ts';
import { nameOf } from './words.ts';

/** An event before the store numbers it. */
export type NewEvent = Omit<IncidentEvent, 'id'>;

export interface ApplyContext {
  airflow: string;
  teams: IncidentConfig['teams'];
  dagFacts: (dagId: string | null) => DagFacts;
}

export interface Applied {
  /** Every incident as it is now, resolved ones of this cycle included. */
  incidents: Incident[];
  changed: ReadonlySet<string>;
  events: NewEvent[];
}

/** Takes decisions into the incidents: new values, and the event that each leaves. Pure; `now` is our own clock's time. */
export function applyDecisions(
  before: readonly Incident[],
  decisions: readonly Decision[],
  context: ApplyContext,
  now: Date,
): Applied {
  const incidents = new Map(before.map((incident) => [incident.id, incident]));
  const changed = new Set<string>();
  const events: NewEvent[] = [];
  for (const decision of decisions) {
    const found = incidents.get(decision.id);
    const next = decision.kind === 'open' ? opened(decision, context, now) : found && follow(found, decision, now);
    if (next === undefined) continue;
    incidents.set(decision.id, next);
    changed.add(decision.id);
    const event = eventOf(decision, incidents);
    if (event !== null) events.push({ incidentId: decision.id, at: now, who: 'windsock', ...event });
  }
  return { incidents: [...incidents.values()], changed, events };
}

function opened(
  { id, finding, rootId, memberReason }: Extract<Decision, { kind: 'open' }>,
  context: ApplyContext,
  now: Date,
): Incident {
  const dag = context.dagFacts('dagId' in finding.subject ? finding.subject.dagId : null);
  return {
    id,
    kind: finding.kind,
    subject: finding.subject,
    subjectKey: subjectKey(finding.subject),
    state: 'open',
    severity: finding.severity,
    alertSeverity: finding.severity,
    title: finding.title,
    labels: labelsOf(finding, { ...context, dag }),
    first: finding,
    latest: finding,
    openedAt: now,
    lastSeenAt: now,
    acknowledgedAt: null,
    acknowledgedBy: null,
    escalatedAt: null,
    resolvedAt: null,
    endReason: null,
    rootId,
    memberReason,
    split: false,
    recurrences: 0,
    tellableAt: null,
    suppression: null,
    signature: null,
  };
}

function follow(incident: Incident, decision: Exclude<Decision, { kind: 'open' }>, now: Date): Incident {
  switch (decision.kind) {
    case 'refresh':
      return { ...incident, latest: decision.finding, title: decision.finding.title, lastSeenAt: now };
    case 'recur':
      return {
        ...incident,
        latest: decision.finding,
        title: decision.finding.title,
        lastSeenAt: now,
        recurrences: incident.recurrences + 1,
      };
    case 'raise':
      return { ...incident, severity: decision.to, alertSeverity: worst(incident.alertSeverity, decision.to) };
    case 'join':
      return { ...incident, rootId: decision.rootId, memberReason: decision.reason, tellableAt: null };
    case 'stand_alone':
      return { ...incident, rootId: null, memberReason: null };
    case 'resolve':
      return { ...incident, state: 'resolved', resolvedAt: now, endReason: decision.reason };
    case 'suppress':
      return { ...incident, suppression: decision.suppression, tellableAt: null };
    case 'unsuppress':
      return { ...incident, suppression: null };
    case 'tell':
      return { ...incident, tellableAt: now };
    case 'escalate':
      return { ...incident, alertSeverity: decision.to, escalatedAt: now };
    case 'unacknowledge':
      return { ...incident, state: 'open', acknowledgedAt: null, acknowledgedBy: null };
  }
}

const worst = (a: Severity, b: Severity): Severity => (mildestFirst.indexOf(a) >= mildestFirst.indexOf(b) ? a : b);

/** The event that a decision leaves in the timeline; null for mere refreshes. */
function eventOf(decision: Decision, incidents: ReadonlyMap<string, Incident>): { kind: IncidentEventKind; text: string } | null {
  switch (decision.kind) {
    case 'open': {
      const root = decision.rootId === null ? undefined : incidents.get(decision.rootId);
      const joined = root === undefined ? '' : `; joined ${nameOf(root.subject)} (${decision.memberReason})`;
      return { kind: 'opened', text: decision.finding.title + joined };
    }
    case 'refresh':
      return null;
    case 'recur':
      return { kind: 'recurred', text: decision.finding.title };
    case 'raise':
      return { kind: 'severity_raised', text: `from ${decision.from} to ${decision.to}` };
    case 'join':
      return { kind: 'joined', text: decision.reason };
    case 'stand_alone':
      return { kind: 'split', text: decision.reason };
    case 'resolve':
      return { kind: 'resolved', text: decision.text };
    case 'suppress':
      return { kind: 'suppressed', text: decision.text };
    case 'unsuppress':
      return { kind: 'unsuppressed', text: decision.text };
    case 'tell':
      return { kind: 'told', text: 'handed to the channels' };
    case 'escalate':
      return { kind: 'escalated', text: decision.text };
    case 'unacknowledge':
      return { kind: 'unacknowledged', text: decision.text };
  }
}
