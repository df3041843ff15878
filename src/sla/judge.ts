import { isSignificant, runBurns, sliceBurns } from './burn.ts';
import { countedFromMs, countSince, eventsSince, fineSince } from './count.ts';
import type { Count } from './buckets.ts';
import { forgetOld, isTurn, type SlaChanges, type SlaTarget } from './memory.ts';
import { countsSlices, type SlaObjective } from './objective.ts';
import { presentOf, standingOf } from './standing.ts';
import type { SlaStatus } from './status.ts';
import { hasTurned, severityOf, tiny, verdictOf, type Counted, type TargetFacts, type Verdict } from './verdict.ts';
import { spanOf, type Span } from './window.ts';
import { sentenceOf } from './words.ts';

const dayMs = 86_400_000;
/** A budget is projected from at least a day of counting. */
const projectFromMs = dayMs;

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

/** A calendar window is not over: its budget is that of all its runs, as many as there were in as much time before now. */
function expectedTotal(objective: SlaObjective, target: SlaTarget, { lengthMs }: Span, nowMs: number): number {
  if (objective.window.kind === 'rolling') return 0;
  const { total } = countSince(target, objective, nowMs - lengthMs);
  const countingMs = nowMs - (countedFromMs(target) ?? nowMs);
  return countingMs < projectFromMs ? total : Math.round((total * lengthMs) / Math.min(lengthMs, countingMs));
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
