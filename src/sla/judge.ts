import { quantile } from '../stats/robust.ts';
import { isSignificant, runBurns, sliceBurns } from './burn.ts';
import { countedFromMs, countSince, eventsSince, fineSince } from './count.ts';
import type { Count } from './buckets.ts';
import { forgetOld, isTurn, type SlaChanges, type SlaTarget } from './memory.ts';
import { compare, countsSlices, levelOf, type SlaObjective, type SlaSeverity } from './objective.ts';
import { statisticOf } from './statistic.ts';
import { presentOf, standingOf } from './standing.ts';
import type { SlaState, SlaStatus } from './status.ts';
import { lastDue, spanOf, type Span } from './window.ts';
import { sentenceOf } from './words.ts';

const dayMs = 86_400_000;
/** A budget is projected from at least a day of counting. */
const projectFromMs = dayMs;
/** Shares are quotients of whole numbers: what differs by less is the same. */
const tiny = 1e-9;

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
interface Verdict {
  state: SlaState;
  value: number | null;
}

/**
 * How an objective stands on one target at `now`. Kept until something is counted or it is the target's turn, once in
 * `evaluate_every`; a change of state is noted in the target, and in `changes`.
 */
export function judgeTarget(
  objective: SlaObjective,
  target: SlaTarget,
  facts: TargetFacts,
  now: Date,
  changes: SlaChanges,
): SlaStatus {
  const nowMs = now.getTime();
  const kept = keptStatus(objective, target, facts, now);
  if (kept !== null) return kept;
  forgetOld(target, nowMs);
  const span = spanOf(objective.window, now);
  const count = countSince(target, objective, span.fromMs);
  const expected = Math.max(count.total, expectedTotal(objective, target, span, nowMs));
  const verdict = facts.paused
    ? { state: 'unknown' as const, value: null }
    : verdictOf(objective, target, facts, { span, count, expected }, now);
  if (verdict.state !== target.state) {
    target.state = verdict.state;
    target.sinceMs = nowMs;
  }
  const made = statusOf(objective, target, facts, { ...verdict, span, count, expected }, now);
  // Most turns say the same again: that is in the store.
  if (!target.shown || target.status === null || JSON.stringify(made) !== JSON.stringify(target.status.made)) {
    changes.targets.add(target);
  }
  target.status = { made, atMs: nowMs, paused: facts.paused };
  target.shown = true;
  return made;
}

/** The status of before, while it still says what is. Age grows by itself: what is too old is said at once. */
function keptStatus(objective: SlaObjective, target: SlaTarget, facts: TargetFacts, now: Date): SlaStatus | null {
  const kept = target.status;
  if (kept === null || isTurn(target, objective.evaluateEveryMs, kept.atMs, now.getTime())) return null;
  if (kept.made.owner !== facts.owner || kept.paused !== facts.paused) return null;
  if (objective.kind === 'freshness' && !facts.paused && hasTurned(objective, target, now)) return null;
  return kept.made;
}

interface Counted {
  span: Span;
  count: Count;
  /** What the whole window comes to, if things go on as they do. */
  expected: number;
}

/** A calendar window is not over: its budget is that of all its runs, as many as there were in as much time before now. */
function expectedTotal(objective: SlaObjective, target: SlaTarget, { lengthMs }: Span, nowMs: number): number {
  if (objective.window.kind === 'rolling') return 0;
  const { total } = countSince(target, objective, nowMs - lengthMs);
  const countingMs = nowMs - (countedFromMs(target) ?? nowMs);
  return countingMs < projectFromMs ? total : Math.round((total * lengthMs) / Math.min(lengthMs, countingMs));
}

function verdictOf(objective: SlaObjective, target: SlaTarget, facts: TargetFacts, counted: Counted, now: Date): Verdict {
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
  // It was over when we came, and history does not tell how it went.
  if (newest.atMs <= firstSeenMs && (!isDone || event === undefined)) return unknown;
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
function severityOf(objective: SlaObjective, target: SlaTarget, value: number | null): SlaSeverity {
  const { kind, levels, statistic } = objective;
  const byValue = kind === 'custom' || kind === 'freshness' || statistic !== null;
  const level = !byValue || value === null ? 1 : kind === 'custom' ? worstLevel(objective, target) : levelOf(objective, value);
  return (levels[Math.max(0, level - 1)] ?? levels[0]).severity;
}

const goodShare = ({ total, bad }: Count): number | null => (total === 0 ? null : (total - bad) / total);

function statusOf(
  objective: SlaObjective,
  target: SlaTarget,
  { owner, paused, labels = [] }: TargetFacts,
  { state, value, span, count, expected }: Verdict & Counted,
  now: Date,
): SlaStatus {
  const nowMs = now.getTime();
  const days = (length: number) => goodShare(countSince(target, objective, nowMs - length * dayMs));
  const allowed = (1 - objective.objective) * expected;
  const enough = count.total >= objective.minEvents;
  const byShare = objective.kind === 'success_ratio' || objective.kind === 'duration' || objective.kind === 'queue_wait';
  const status = {
    sla: target.sla,
    kind: objective.kind,
    dagId: target.dagId,
    taskId: target.taskId,
    owner,
    severity: severityOf(objective, target, value),
    state,
    since: new Date(target.sinceMs),
    value,
    threshold: objective.threshold,
    thresholds: objective.levels.length > 1 ? objective.levels : [],
    unit: objective.unit,
    compliance: goodShare(count),
    complianceByDays: { 7: days(7), 30: days(30), 90: days(90) },
    objective: objective.objective,
    windowSeconds: span.lengthMs / 1000,
    total: count.total,
    bad: count.bad,
    significant: !byShare || isSignificant(count, objective.objective, 0.05),
    budgetLeftRatio: count.total === 0 || allowed < tiny ? null : 1 - count.bad / allowed,
    budgetLeftRuns: count.total === 0 ? null : Math.floor(allowed + tiny) - count.bad,
    burns: enough && !paused ? burnsOf(objective, target, span, nowMs) : [],
    violations: target.violations,
    lastViolation:
      target.lastViolation === null
        ? null
        : { event: target.lastViolation.event, at: new Date(target.lastViolation.atMs), text: target.lastViolation.text },
  };
  const oldestBadMs = eventsSince(target, span.fromMs).find(({ good }) => !good)?.atMs ?? null;
  return {
    ...status,
    sentence: sentenceOf(objective, { ...target, labels }),
    standing: standingOf(objective, status, { paused, oldestBadMs, span }),
    present: presentOf(objective, status),
  };
}

function burnsOf(objective: SlaObjective, target: SlaTarget, { fromMs, lengthMs }: Span, nowMs: number) {
  if (countsSlices(objective)) {
    const count = (newestMs: number): Count =>
      newestMs <= 6 * 3_600_000 ? fineSince(target, nowMs - newestMs) : countSince(target, objective, nowMs - newestMs);
    return sliceBurns(count, objective.objective, lengthMs);
  }
  const { total } = countSince(target, objective, nowMs - lengthMs);
  const countingMs = Math.max(projectFromMs, nowMs - (countedFromMs(target) ?? nowMs));
  const perPeriod = (total * lengthMs) / Math.min(lengthMs, countingMs);
  return runBurns(eventsSince(target, Math.min(fromMs, nowMs - lengthMs)), objective.objective, perPeriod);
}
