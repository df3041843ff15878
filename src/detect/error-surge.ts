import { scoreOf } from '../measure/score.ts';
import { poissonUpperTail } from '../stats/discrete.ts';
import { alphaFor } from './budget.ts';
import type { OpenFinding } from './detector.ts';
import type { RunRecord } from '../measure/run-history.ts';
import { isOutcome, type FailureReads } from './outcomes.ts';
import { noJudgement, subjectKey, type Finding, type Judgement, type Subject } from './finding.ts';
import { found, sinceEvent } from './found.ts';
import { oneIn } from './odds.ts';
import type { DetectSettings } from './settings.ts';

const kind = 'failure_rate_high';
const subject: Subject = { type: 'deployment' };

const windowMs = 3_600_000;
/** A DAG needs so many runs before the window for its usual share of failures to be known. */
const baselineMin = 10;
/** One cause in one DAG is that DAG's own trouble. */
const dagsMin = 3;
const ratioMin = 3;
const calmP = 0.1;

/** How the DAGs that ran within the last hour fared. */
interface Hour {
  dags: number;
  failing: number;
  /** DAGs whose newest run failed: what has recovered since is not among them. */
  still: number;
  /** DAGs that would have a failed run in this hour by their own usual shares. */
  expected: number;
  sinceMs: number;
}

/**
 * Error surge: more DAGs have a failed run within the last hour than their own histories explain, three at least and three times
 * as many. DAGs are counted, not runs, so that one that fails every five minutes is no surge; the number expected is the sum of
 * each one's probability, and the tail that of a Poisson with this mean, which is no lighter. Looked at when a run ends. Over
 * when so few of the newest runs have failed that one in ten hours is like it, or those of one DAG alone.
 */
export function errorSurge(
  { transitions, runs, learned }: FailureReads,
  open: ReadonlyMap<string, OpenFinding>,
  _settings: DetectSettings,
  now: Date,
): Judgement {
  if (!transitions.some(({ kind: each }) => each === 'run_ended')) return noJudgement();
  const before = open.get(subjectKey(subject));
  // Almost always too few fail; what the others were expected to do need not be worked out then.
  if (before === undefined && failingLately(runs, now.getTime()) < dagsMin) return { findings: [], cleared: [], judged: 1 };
  const hour = hourOf(runs, now.getTime());
  if (hour.dags === 0) return noJudgement();
  const p = hour.expected > 0 ? poissonUpperTail(hour.failing, hour.expected) : 1;
  const alpha = alphaFor(learned.alphas, 'failure_rate', 1, 1);
  const calm = isCalm(hour);
  if (p <= alpha && !calm && hour.failing >= Math.max(dagsMin, ratioMin * hour.expected)) {
    const score = scoreOf(p, alphaFor(learned.scoreAlphas, 'failure_rate', 1, 1));
    return { findings: [findingOf(hour, p, before, score)], cleared: [], judged: 1 };
  }
  if (before === undefined || !calm) return { findings: [], cleared: [], judged: 1 };
  const text = `of the ${hour.dags} DAGs that ran within the last hour ${hour.still} failed the last time`;
  return { findings: [], cleared: [{ kind, subject, reason: 'cleared', at: now, text }], judged: 1 };
}

const isCalm = ({ still, expected }: Hour): boolean => still <= 1 || (expected > 0 && poissonUpperTail(still, expected) > calmP);

/** DAGs with a failed run within the last hour. */
function failingLately(runs: FailureReads['runs'], nowMs: number): number {
  let failing = 0;
  for (const history of runs.values()) {
    for (let at = history.length - 1; at >= 0; at -= 1) {
      const run = history[at] as RunRecord;
      if (run.endMs !== null && run.endMs <= nowMs - windowMs) break;
      if (run.state !== 'failed' || !isOutcome(run)) continue;
      failing += 1;
      break;
    }
  }
  return failing;
}

function hourOf(runs: FailureReads['runs'], nowMs: number): Hour {
  const hour: Hour = { dags: 0, failing: 0, still: 0, expected: 0, sinceMs: nowMs };
  for (const history of runs.values()) {
    // Most DAGs ran longer ago: the newest run says so.
    if ((history.at(-1)?.endMs ?? 0) <= nowMs - windowMs) continue;
    const { recent, earlier, firstFailedMs, isFailing } = tallyOf(history, nowMs - windowMs);
    if (recent.runs === 0 || earlier.runs < baselineMin) continue;
    hour.dags += 1;
    hour.expected += failsOnce(earlier, recent.runs);
    if (firstFailedMs === null) continue;
    hour.failing += 1;
    if (isFailing) hour.still += 1;
    hour.sinceMs = Math.min(hour.sinceMs, firstFailedMs);
  }
  return hour;
}

interface Tally {
  runs: number;
  failed: number;
}

/** The outcomes after `sinceMs`, and before; counted in place, since busy DAGs are asked in almost every cycle. */
function tallyOf(history: readonly RunRecord[], sinceMs: number) {
  const recent: Tally = { runs: 0, failed: 0 };
  const earlier: Tally = { runs: 0, failed: 0 };
  let firstFailedMs: number | null = null;
  /** The newest of them failed. */
  let isFailing = false;
  for (const run of history) {
    if (!isOutcome(run)) continue;
    const lately = run.endMs > sinceMs;
    const tally = lately ? recent : earlier;
    tally.runs += 1;
    isFailing = lately && run.state === 'failed';
    if (run.state !== 'failed') continue;
    tally.failed += 1;
    if (lately) firstFailedMs ??= run.endMs;
  }
  return { recent, earlier, firstFailedMs, isFailing };
}

/** The probability that one of so many runs fails, by those before. */
const failsOnce = (earlier: Tally, runs: number): number => 1 - (1 - (earlier.failed + 0.5) / (earlier.runs + 1)) ** runs;

function findingOf(hour: Hour, p: number, before: OpenFinding | undefined, score: number): Finding {
  const since = before?.since ?? new Date(hour.sinceMs);
  return found({
    kind,
    subject,
    severity: 'critical',
    event: before?.event ?? sinceEvent(since),
    since,
    title: `${hour.failing} of ${hour.dags} DAGs had a failed run within the last hour, expected ${hour.expected.toFixed(1)} by their own histories (${oneIn(p)})`,
    observed: { value: hour.failing / hour.dags, unit: 'ratio' },
    expected: { lower: null, middle: hour.expected / hour.dags, upper: null },
    n: hour.dags,
    score,
  });
}
