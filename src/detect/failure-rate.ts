import type { RunEnded } from '../collect/transition.ts';
import { scoreOf } from '../measure/score.ts';
import { unknownShare, type BetaPrior } from '../stats/beta-prior.ts';
import { betaBinomialUpperTail } from '../stats/discrete.ts';
import { alphaFor } from './budget.ts';
import type { Detector, OpenFinding } from './detector.ts';
import { errorSurge } from './error-surge.ts';
import type { Facts } from './facts.ts';
import { subjectKey, type Cleared, type Finding, type Subject } from './finding.ts';
import { found, named, sinceEvent } from './found.ts';
import { failuresIn, outcomesOf, type FailureReads, type Outcome } from './outcomes.ts';
import { oneIn } from './odds.ts';
import type { DetectSettings } from './settings.ts';

const kind = 'failure_rate_high';

/** Newest runs that are held against all before them; each size is a chance more to look unusual. */
const windows = [5, 10, 20] as const;
const baselineMin = 20;
/** Over when this many newest runs fail no more than usual, which one in ten does anyway. */
const calmRuns = 5;
const calmP = 0.1;

/**
 * failure-rate: of the newest 5, 10 or 20 runs of a DAG more failed than the share of failures before them explains
 * (beta-binomial, with what all DAGs' shares say as prior; facts §3, detecting); and the same for all of this Airflow at once (error surge). Looked at
 * when a run ends; over when the newest runs fail as rarely as before.
 */
export const failureRate: Detector<FailureReads, DetectSettings> = (reads, open, settings, now) => {
  const findings: Finding[] = [];
  const cleared: Cleared[] = [];
  const ended = new Set(reads.transitions.filter((each) => isOutcome(each)).map(({ dagId }) => dagId));
  let judged = 0;
  for (const dagId of ended) {
    const subject: Subject = { type: 'dag', dagId };
    const outcomes = outcomesOf(reads.runs.get(dagId) ?? []);
    const before = open.get(subjectKey(subject));
    const surge = surgeOf(outcomes, reads.learned.failures);
    if (surge === null) continue;
    judged += 1;
    const alpha = alphaFor(reads.learned.alphas, 'failure_rate', settings.tuning(dagId).sensitivity, 1);
    // Wide windows still hold the failures of a surge that is over.
    const calm = isCalm(outcomes, before?.since ?? new Date(surge.sinceMs));
    if (surge.p <= alpha && !calm && surge.failed >= settings.config.failure_rate.min_failures)
      findings.push(findingOf(dagId, surge, before, scoreOf(surge.p, alphaFor(reads.learned.scoreAlphas, 'failure_rate', 1, 1))));
    else if (before !== undefined && calm)
      cleared.push({ kind, subject, reason: 'cleared', at: now, text: `its last ${calmRuns} runs failed no more than usual` });
  }
  const all = errorSurge(reads, open, settings, now);
  return { findings: [...findings, ...all.findings], cleared: [...cleared, ...all.cleared], judged: judged + all.judged };
};

const isOutcome = (each: Facts['transitions'][number]): each is RunEnded =>
  each.kind === 'run_ended' && !each.byPerson && each.runType !== 'backfill';

interface Surge {
  failed: number;
  runs: number;
  usual: { failed: number; runs: number };
  p: number;
  sinceMs: number;
}

/** The window whose failures are least likely by the runs before it; null while there is too little before. */
function surgeOf(outcomes: readonly Outcome[], prior: BetaPrior): Surge | null {
  let worst: Surge | null = null;
  for (const size of windows) {
    const earlier = outcomes.slice(0, -size);
    if (earlier.length < baselineMin) break;
    const recent = outcomes.slice(-size);
    const [failed, usual] = [failuresIn(recent), { failed: failuresIn(earlier), runs: earlier.length }];
    const p = Math.min(1, windows.length * tailOf(failed, size, usual, prior));
    const first = recent.find(({ state }) => state === 'failed')?.endMs ?? 0;
    if (worst === null || p < worst.p) worst = { failed, runs: size, usual, p, sinceMs: first };
  }
  return worst;
}

const tailOf = (failed: number, runs: number, usual: { failed: number; runs: number }, { a, b }: BetaPrior): number =>
  betaBinomialUpperTail(failed, runs, usual.failed + a, usual.runs - usual.failed + b);

/** Whether the newest runs fail as rarely as those before the surge, the very newest not at all. */
function isCalm(outcomes: readonly Outcome[], since: Date): boolean {
  const recent = outcomes.slice(-calmRuns);
  const earlier = outcomes.filter(({ endMs }) => endMs < since.getTime());
  if (recent.at(-1)?.state !== 'success' || earlier.length === 0) return false;
  return tailOf(failuresIn(recent), recent.length, { failed: failuresIn(earlier), runs: earlier.length }, unknownShare) > calmP;
}

function findingOf(dagId: string, surge: Surge, before: OpenFinding | undefined, score: number): Finding {
  const { failed, runs, usual, p } = surge;
  const since = before?.since ?? new Date(surge.sinceMs);
  const share = (100 * usual.failed) / usual.runs;
  return found({
    kind,
    subject: { type: 'dag', dagId },
    severity: 'error',
    event: before?.event ?? sinceEvent(since),
    since,
    title: `${failed} of the last ${runs} runs of ${named(dagId)} failed, expected ${share.toFixed(share < 10 ? 1 : 0)} % by ${usual.runs} runs before (${oneIn(p)})`,
    observed: { value: failed / runs, unit: 'ratio' },
    expected: { lower: null, middle: usual.failed / usual.runs, upper: null },
    n: usual.runs,
    score,
  });
}
