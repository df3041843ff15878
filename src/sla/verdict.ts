import { quantile } from '../stats/robust.ts';
import type { Count } from './buckets.ts';
import { eventsSince } from './count.ts';
import type { SlaTarget } from './memory.ts';
import { compare, levelOf, type SlaObjective, type SlaSeverity } from './objective.ts';
import { statisticOf } from './statistic.ts';
import type { SlaState } from './status.ts';
import { lastDue, type Span } from './window.ts';

/** Shares are quotients of whole numbers: what differs by less is the same. */
export const tiny = 1e-9;

/** What a target is beside what was counted of it. */
export interface TargetFacts {
  owner: string;
  /** Nothing is asked of a paused DAG. */
  paused: boolean;
  /** Which values of the labels of `metric.per` it is. */
  labels?: readonly (readonly [string, string])[];
  /** The newest miss in Airflow's own rows that is not made good; null when there is none, undefined when they cannot be read. */
  airflowMiss?: { atMs: number } | null | undefined;
}

/** Value and state, without the words. */
export interface Verdict {
  state: SlaState;
  value: number | null;
}

/** What was counted of a target. */
export interface Counted {
  span: Span;
  count: Count;
  /** What the whole window comes to, if things go on as they do. */
  expected: number;
}

/** Whether an objective of each kind is met, and by which value. Pure. */
export function verdictOf(objective: SlaObjective, target: SlaTarget, facts: TargetFacts, counted: Counted, now: Date): Verdict {
  switch (objective.kind) {
    case 'success_ratio':
      return successVerdict(objective, counted);
    case 'duration':
    case 'queue_wait':
      return statisticVerdict(objective, target, counted);
    case 'freshness':
      return freshnessVerdict(objective, target, now);
    case 'deadline':
      return objective.source === 'airflow' ? airflowVerdict(facts, now) : deadlineVerdict(objective, target, now);
    case 'custom':
      return customVerdict(objective, target, now);
  }
}

const unknown: Verdict = { state: 'unknown', value: null };
const stateOf = (met: boolean): SlaState => (met ? 'met' : 'breached');

/** More are bad than the window may have; in a rolling window that is a share below the promised one. */
function isOverspent({ objective, operator }: SlaObjective, { count, expected }: Counted): boolean {
  const allowed = (1 - objective) * expected;
  return operator === 'gt' && objective < 1 ? count.bad > allowed - tiny && count.bad > 0 : count.bad > allowed + tiny;
}

function successVerdict(objective: SlaObjective, counted: Counted): Verdict {
  const { total, bad } = counted.count;
  if (total < objective.minEvents) return unknown;
  return { state: stateOf(!isOverspent(objective, counted)), value: (total - bad) / total };
}

function statisticVerdict(objective: SlaObjective, target: SlaTarget, counted: Counted): Verdict {
  const values = eventsSince(target, counted.span.fromMs).flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.length < objective.minEvents || values.length === 0) return unknown;
  const { statistic, threshold, operator } = objective;
  if (statistic === null)
    return { state: stateOf(!isOverspent(objective, counted)), value: quantile(values, objective.objective) };
  const value = statisticOf(values, statistic);
  return { state: stateOf(compare(value, operator, threshold)), value };
}

/** The last success has become too old, or is young again. */
export const hasTurned = (objective: SlaObjective, target: SlaTarget, now: Date): boolean =>
  freshnessVerdict(objective, target, now).state !== target.state;

function freshnessVerdict({ operator, threshold }: SlaObjective, { lastSuccessMs }: SlaTarget, now: Date): Verdict {
  if (lastSuccessMs === null) return unknown;
  const value = Math.max(0, (now.getTime() - lastSuccessMs) / 1000);
  return { state: stateOf(compare(value, operator, threshold)), value };
}

/** Seconds from the newest deadline to the success, below 0 when that came before it; still growing while it has not come. */
function deadlineVerdict({ due }: SlaObjective, { lastSuccessMs, firstSeenMs, events }: SlaTarget, now: Date): Verdict {
  const newest = due === null ? null : lastDue(due, now);
  if (due === null || newest === null) return unknown;
  const isDone = lastSuccessMs !== null && lastSuccessMs > newest.atMs - due.withinMs;
  // Later successes of a DAG that runs often say nothing of this deadline.
  const event = events.findLast(({ atMs }) => atMs === newest.atMs);
  // It came while the DAG was paused, or before we did, and history does not tell how it went.
  if (event === undefined && (!isDone || newest.atMs <= firstSeenMs)) return unknown;
  if (newest.atMs <= firstSeenMs && !isDone) return unknown;
  const counted = event?.value ?? null;
  const value = ((isDone ? (lastSuccessMs ?? 0) : now.getTime()) - newest.atMs) / 1000;
  return { state: stateOf(isDone), value: isDone ? (counted ?? value) : value };
}

function airflowVerdict({ airflowMiss }: TargetFacts, now: Date): Verdict {
  if (airflowMiss === undefined) return unknown;
  if (airflowMiss === null) return { state: 'met', value: 0 };
  return { state: 'breached', value: Math.max(0, (now.getTime() - airflowMiss.atMs) / 1000) };
}

/** Broken as soon as a slice breaks it, kept again when all of the newest ones keep it: it does not come and go. */
function customVerdict(objective: SlaObjective, target: SlaTarget, now: Date): Verdict {
  const { lastValue } = target;
  const oldMs = 2 * objective.evaluateEveryMs + (objective.metric?.overMs ?? 0);
  if (lastValue === null || now.getTime() - lastValue.atMs > oldMs) return unknown;
  return { state: stateOf(worstLevel(objective, target) === 0), value: lastValue.value };
}

/** The gravest level that one of the newest slices broke. */
const worstLevel = (objective: SlaObjective, { recentValues }: SlaTarget): number =>
  Math.max(0, ...recentValues.slice(-objective.recoversAfter).map((value) => levelOf(objective, value)));

/** How grave the breach is; what is met is as grave as its mildest breach would be. */
export function severityOf(objective: SlaObjective, target: SlaTarget, value: number | null): SlaSeverity {
  const { kind, levels, statistic } = objective;
  const byValue = kind === 'custom' || kind === 'freshness' || statistic !== null;
  const level = !byValue || value === null ? 1 : kind === 'custom' ? worstLevel(objective, target) : levelOf(objective, value);
  return (levels[Math.max(0, level - 1)] ?? levels[0]).severity;
}
