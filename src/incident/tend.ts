import { severities, type Severity } from '../detect/finding.ts';
import { formatDuration } from '../lib/durations.ts';
import type { IncidentConfig } from './config.ts';
import { sameErrorReason } from './correlate.ts';
import type { Decision } from './decide.ts';
import type { Incident, Suppression } from './incident.ts';
import type { DagFacts } from './labels.ts';
import { suppressionOf } from './suppress.ts';

export interface TendContext {
  /** Roots that are resolved and still have open members, and when they ended. */
  endedRoots: ReadonlyMap<string, Date>;
  rules: IncidentConfig;
  dagFacts: (dagId: string | null) => DagFacts;
  /** The incidents that were told lately, for the rate limit. */
  toldLately: readonly Telling[];
}

/** That people were told of an incident: when, and how grave it is. */
export interface Telling {
  at: Date;
  severity: Severity;
}

/** The rate limit counts over this time. */
export const rateWindowMs = 600_000;

/**
 * What time does to open incidents, whatever detectors say: suppression begins and ends, people may be told, what nobody
 * acknowledged is escalated, old acknowledgements and long silent incidents end. Pure; asked in every cycle.
 */
export function tend(
  incidents: readonly Incident[],
  { rules, dagFacts, toldLately, endedRoots }: TendContext,
  now: Date,
): Decision[] {
  const told = toldLately.filter(({ at }) => now.getTime() - at.getTime() < rateWindowMs);
  const open = incidents.filter(({ state }) => state !== 'resolved');
  const worstFirst = open.toSorted((a, b) => rank(b.severity) - rank(a.severity));
  return worstFirst.flatMap((incident): Decision[] => {
    const { id } = incident;
    if (now.getTime() - incident.lastSeenAt.getTime() > rules.expire_after) {
      const text = `nothing was heard of it for ${formatDuration(rules.expire_after)}`;
      return [{ kind: 'resolve', id, reason: 'expired', at: now, text }];
    }
    if (incident.rootId !== null) return outlives(incident, endedRoots.get(incident.rootId), rules, now);
    const wanted = hidden(incident, rules, dagFacts, now);
    if (wanted !== null) return sameSuppression(wanted, incident.suppression) ? [] : [suppress(id, wanted)];
    const decisions: Decision[] = [];
    // A rate limit held it back, or holds it back now. What is milder never takes the place of what is worse.
    const before = told.filter(({ severity }) => rank(severity) >= rank(incident.severity)).length;
    if (incident.tellableAt === null && before >= rules.rate_limit) {
      const limit: Suppression = { reason: 'rate_limit', by: `${rules.rate_limit} in 10 minutes`, until: null };
      return sameSuppression(limit, incident.suppression) ? [] : [suppress(id, limit)];
    }
    if (incident.suppression !== null) decisions.push({ kind: 'unsuppress', id, text: endOf(incident.suppression) });
    if (incident.tellableAt === null) {
      decisions.push({ kind: 'tell', id });
      told.push({ at: now, severity: incident.severity });
    }
    return [...decisions, ...urge(incident, rules, now)];
  });
}

/**
 * What had the same error as a root that is over, and still has it a while later, has another cause. Members by other ties are over
 * with their own clear.
 */
function outlives({ id, memberReason }: Incident, endedAt: Date | undefined, rules: IncidentConfig, now: Date): Decision[] {
  if (endedAt === undefined || memberReason?.startsWith(sameErrorReason) !== true) return [];
  if (now.getTime() - endedAt.getTime() <= rules.correlation_window) return [];
  return [{ kind: 'stand_alone', id, reason: 'its root is over, and it is still wrong' }];
}

/** By rules, or by a person until the time that they named. */
function hidden(
  incident: Incident,
  rules: IncidentConfig,
  dagFacts: (dagId: string | null) => DagFacts,
  now: Date,
): Suppression | null {
  const { suppression } = incident;
  if (suppression?.reason === 'person' && (suppression.until === null || suppression.until > now)) return suppression;
  const dag = dagFacts('dagId' in incident.subject ? incident.subject.dagId : null);
  return suppressionOf({ ...incident, ...dag }, rules, now);
}

const sameSuppression = (a: Suppression, b: Suppression | null): boolean =>
  b !== null && a.reason === b.reason && a.by === b.by && a.until?.getTime() === b.until?.getTime();

function suppress(id: string, suppression: Suppression): Decision {
  const until = suppression.until === null ? '' : ` until ${suppression.until.toISOString()}`;
  return { kind: 'suppress', id, suppression, text: `${suppression.reason.replaceAll('_', ' ')}: ${suppression.by}${until}` };
}

const endOf = ({ reason, by }: Suppression): string => `${reason.replaceAll('_', ' ')} is over (${by}), and it is still wrong`;

/** Escalation of what nobody took up, and the end of acknowledgements that were forgotten. */
function urge(incident: Incident, rules: IncidentConfig, now: Date): Decision[] {
  const { id, state, tellableAt, acknowledgedAt, escalatedAt, alertSeverity } = incident;
  if (state === 'acknowledged' && acknowledgedAt !== null) {
    const forgotten = now.getTime() - acknowledgedAt.getTime() > rules.unacknowledge_after;
    const text = `acknowledged ${formatDuration(rules.unacknowledge_after)} ago by ${incident.acknowledgedBy ?? 'somebody'}, and still wrong`;
    return forgotten ? [{ kind: 'unacknowledge', id, text }] : [];
  }
  const to = nextSeverity(alertSeverity);
  if (!rules.escalate || escalatedAt !== null || tellableAt === null || to === null || alertSeverity === 'info') return [];
  const toldMs = now.getTime() - tellableAt.getTime();
  if (toldMs < rules.escalate_after) return [];
  // Also of one that somebody had, and gave back.
  return [{ kind: 'escalate', id, to, text: `nobody has it ${formatDuration(toldMs)} after it was told` }];
}

const rank = (severity: Severity): number => severities.indexOf(severity);

const nextSeverity = (severity: Severity): Severity | null => severities[severities.indexOf(severity) + 1] ?? null;
