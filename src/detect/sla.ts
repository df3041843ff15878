import type { SlaStatus } from '../sla/status.ts';
import type { Detector, OpenFinding } from './detector.ts';
import type { Facts } from './facts.ts';
import {
  noJudgement,
  severities,
  subjectKey,
  type Band,
  type Cleared,
  type Finding,
  type Judgement,
  type Severity,
  type Subject,
} from './finding.ts';
import type { Kind } from './kinds.ts';
import { found, sinceEvent } from './found.ts';

type Reads = Pick<Facts, 'sla'>;

const subjectOf = ({ sla, dagId, taskId }: SlaStatus): Subject => ({ type: 'sla', sla, dagId, taskId });
const worst = (a: Severity, b: Severity): Severity => (severities.indexOf(a) >= severities.indexOf(b) ? a : b);
const mildest = (a: Severity, b: Severity): Severity => (severities.indexOf(a) <= severities.indexOf(b) ? a : b);

/**
 * An SLA is not met. What a share says from a single bad run, or from no more than chance brings, is a warning at most. It is
 * over when the SLA is met again; unknown is neither.
 */
export const slaBreached: Detector<Reads, unknown> = ({ sla }, open, _settings, now) => {
  if (sla === undefined) return noJudgement();
  return judgeEach('sla_breached', sla, { open, now }, (status) => {
    if (status.state === 'unknown') return null;
    if (status.state === 'met') return { over: status.standing };
    return {
      severity: status.significant ? status.severity : mildest('warning', status.severity),
      event: isCondition(status) ? sinceEvent(status.since) : eventOf(status),
      since: status.since,
      observed: status.value === null ? null : { value: status.value, unit: status.unit },
      expected: bandOf(status),
      title:
        status.present === null
          ? `SLA ${status.sentence}, but ${status.standing}`
          : `SLA ${status.sla}${placeOf(status)}: ${status.present}`,
    };
  });
};

/** The error budget of an SLA is spent too fast: a page, or a ticket. It is over when no window burns any more. */
export const errorBudgetBurn: Detector<Reads, unknown> = ({ sla }, open, _settings, now) => {
  if (sla === undefined) return noJudgement();
  return judgeEach('error_budget_burn', sla, { open, now }, (status) => {
    const { burns, state } = status;
    if (burns.length === 0 || state === 'unknown') return null;
    const fastest = burns.find(({ alert }) => alert === 'page') ?? burns.find(({ alert }) => alert === 'ticket');
    if (fastest === undefined) return { over: 'the error budget is spent no faster than it may be' };
    const times = Number(fastest.rate.toPrecision(2));
    return {
      severity: fastest.alert === 'page' ? worst('error', status.severity) : 'warning',
      event: eventOf(status),
      since: status.lastViolation?.at ?? now,
      observed: { value: fastest.total === 0 ? 0 : fastest.bad / fastest.total, unit: 'ratio' },
      expected: { lower: null, middle: 1 - status.objective, upper: null },
      title: `The error budget of SLA ${status.sla}${placeOf(status)} is spent ${times} times as fast as it may be: ${fastest.bad} of ${fastest.total} went bad in ${fastest.window}`,
    };
  });
};

type Said = Pick<Finding, 'severity' | 'event' | 'since' | 'observed' | 'expected' | 'title'> | { over: string } | null;

/** What `say` makes of each SLA; one that no objective is about any more is over too. */
function judgeEach(
  kind: Extract<Kind, 'sla_breached' | 'error_budget_burn'>,
  statuses: readonly SlaStatus[],
  { open, now }: { open: ReadonlyMap<string, OpenFinding>; now: Date },
  say: (status: SlaStatus) => Said,
): Judgement {
  const findings: Finding[] = [];
  const cleared: Cleared[] = [];
  const seen = new Set<string>();
  for (const status of statuses) {
    const subject = subjectOf(status);
    const key = subjectKey(subject);
    seen.add(key);
    const said = say(status);
    if (said === null) continue;
    if (!('over' in said)) findings.push(found({ kind, subject, n: status.total, ...said }));
    else if (open.has(key)) cleared.push({ kind, subject, reason: 'cleared', at: now, text: said.over });
  }
  for (const [key, { subject }] of open)
    if (!seen.has(key)) cleared.push({ kind, subject, reason: 'subject_gone', at: now, text: 'no SLA is about it any more' });
  return { findings, cleared, judged: statuses.filter(({ state }) => state !== 'unknown').length };
}

/** What is true of the present, and not of a share of runs: it begins and ends. */
const isCondition = ({ kind }: SlaStatus): boolean => kind === 'freshness' || kind === 'deadline' || kind === 'custom';

const eventOf = ({ lastViolation, since }: SlaStatus): string => lastViolation?.event ?? sinceEvent(since);

const placeOf = ({ dagId, taskId }: SlaStatus): string =>
  dagId === '' ? '' : ` on ${taskId === '' ? dagId : `${dagId}.${taskId}`}`;

/** A share must not be lower, a time not higher. */
const bandOf = ({ threshold, unit, kind }: SlaStatus): Band | null =>
  kind === 'custom'
    ? null
    : unit === 'ratio'
      ? { lower: threshold, middle: threshold, upper: null }
      : { lower: null, middle: threshold, upper: threshold };
