import type { Transition } from '../collect/transition.ts';
import { scoreOf } from '../measure/score.ts';
import { scarceRatio, scarceSecondsMin } from '../measure/series.ts';
import { lowerPredictionBound, upperPredictionBound } from '../stats/prediction.ts';
import { alphaFor } from './budget.ts';
import { leastSlow, middleOf } from './effect.ts';
import type { Detector, OpenFinding } from './detector.ts';
import type { Facts } from './facts.ts';
import { subjectKey, type Cleared, type Finding, type Subject } from './finding.ts';
import { clip, found, named, runOf } from './found.ts';
import { hasOpen, instancesByRun, judgedByTask, mapIndexOf, oneIn, spell, tryEvent, type Judged } from './odds.ts';
import type { DetectSettings, Tuning } from './settings.ts';

const kind = 'task_slow';
type Reads = Pick<Facts, 'trials' | 'shifts' | 'transitions' | 'learned'>;

/** So much surer, and so many times the usual, is an error. */
const surer = 10;
const errorRatio = 3;

const subjectOf = ({ dagId, taskId }: { dagId: string; taskId: string }): Subject & { type: 'task' } => ({
  type: 'task',
  dagId,
  taskId,
});

/** A try as this detector sees it. */
interface Verdict extends Judged {
  side: 'slow' | 'fast' | null;
  /** For as many instances as its run has. */
  p: number;
}

/**
 * z-score: a finished try lies above the prediction interval of ln(seconds) of its own history (facts §2, detecting), whose width
 * depends on how much history there is, and beyond the limits of effect; or far below it, where the low side is on. It is over
 * with the next try that is not, of mapped tasks with the next run; or when the new durations are taken as the new normal.
 */
export const zScore: Detector<Reads, DetectSettings> = (reads, open, settings, now) => {
  const findings = new Map<string, Finding>();
  const cleared = new Map<string, Cleared>();
  const shifted = new Map(reads.shifts.map((shift) => [subjectKey(subjectOf(shift)), shift]));
  const { groups, judged } = judgedByTask(reads.trials, (trial, { high, low }) => {
    const { sensitivity, lowSide } = settings.tuning(trial.attempt.dagId, trial.attempt.taskId);
    const alpha = alphaFor(reads.learned.alphas, 'z_score', sensitivity, trial.expectation?.share ?? 1);
    const scarce = (trial.expectation?.n ?? 0) < settings.config.z_score.min_samples;
    return scarce || high <= alpha || (lowSide && low <= alpha) || hasOpen(open, trial);
  });
  for (const group of groups) {
    const subject = subjectOf((group[0] as Judged).trial.attempt);
    const key = subjectKey(subject);
    const verdicts = verdictsOf(group, reads, settings);
    const worst = verdicts.filter(({ side }) => side !== null).toSorted((a, b) => a.p - b.p || b.endedMs - a.endedMs)[0];
    if (worst !== undefined && !shifted.has(key)) findings.set(key, findingOf(worst, reads, settings));
    const standing = findings.get(key) ?? open.get(key);
    const normal = standing === undefined ? undefined : verdicts.findLast((each) => endsIt(each, standing));
    if (normal !== undefined) cleared.set(key, clearOf(subject, normal));
  }
  for (const each of reads.transitions) if (each.kind === 'run_ended') clearMapped(each, { findings, open, cleared });
  for (const [key, { fromSeconds, toSeconds, dagId, taskId }] of shifted) {
    if (!open.has(key)) continue;
    const text = `durations have a new normal: ${spell(fromSeconds)} before, ${spell(toSeconds)} since`;
    cleared.set(key, { kind, subject: subjectOf({ dagId, taskId }), reason: 'accepted', at: now, text });
  }
  return { findings: [...findings.values()], cleared: [...cleared.values()], judged };
};

function verdictsOf(group: readonly Judged[], { learned }: Reads, settings: DetectSettings): Verdict[] {
  const instances = instancesByRun(group.map(({ trial }) => trial.attempt));
  return group.map((each): Verdict => {
    const { dagId, taskId, runPk } = each.trial.attempt;
    const tuning = settings.tuning(dagId, taskId);
    const count = instances.get(runPk) ?? 1;
    const alpha = alphaFor(learned.alphas, 'z_score', tuning.sensitivity, each.expectation.share);
    const [high, low] = [Math.min(1, count * each.pHigh), Math.min(1, count * each.pLow)];
    if (isSlow(each, high, { alpha, tuning, settings })) return { ...each, side: 'slow', p: high };
    if (tuning.lowSide && isFast(each, low, { alpha, tuning, settings })) return { ...each, side: 'fast', p: low };
    return { ...each, side: null, p: Math.min(high, low) };
  });
}

interface Limits {
  alpha: number;
  tuning: Tuning;
  settings: DetectSettings;
}

function isSlow({ trial: { seconds }, expectation }: Judged, p: number, { alpha, tuning, settings }: Limits): boolean {
  const { n, maxSeconds } = expectation;
  if (n < settings.config.z_score.min_samples) return seconds > scarceRatio * maxSeconds && seconds > scarceSecondsMin;
  return p <= alpha && seconds > leastSlow(middleOf(expectation), tuning.minRatio, tuning.minExcessMs);
}

function isFast({ trial: { seconds }, expectation }: Judged, p: number, { alpha, tuning, settings }: Limits): boolean {
  const { min_samples: samples, low_ratio: ratio } = settings.config.z_score;
  const middle = middleOf(expectation);
  return expectation.n >= samples && p <= alpha && seconds < ratio * middle && middle - seconds > tuning.minExcessMs / 1000;
}

function findingOf({ trial, expectation, side, p, endedMs }: Verdict, { learned }: Reads, settings: DetectSettings): Finding {
  const { attempt, seconds } = trial;
  const { dagId, taskId, runId, runPk, runType, mapIndex, tryNumber, hostname, pool, queue, operator } = attempt;
  const { sensitivity, lowSide } = settings.tuning(dagId, taskId);
  const alpha = alphaFor(learned.alphas, 'z_score', sensitivity, expectation.share);
  const scarce = expectation.n < settings.config.z_score.min_samples;
  const middle = middleOf(expectation);
  const upper = scarce ? scarceRatio * expectation.maxSeconds : Math.exp(upperPredictionBound(expectation, alpha));
  const lower = Math.exp(lowerPredictionBound(expectation, alpha));
  const sure = p <= alpha / surer && seconds >= errorRatio * middle;
  const bound = side === 'slow' ? `at most ${spell(upper)}` : `at least ${spell(lower)}`;
  const odds = scarce
    ? `three times the longest of only ${expectation.n} runs`
    : `by ${expectation.n} runs; ${oneIn(p)} is so ${side}`;
  return found({
    kind,
    subject: subjectOf(attempt),
    severity: side === 'fast' ? 'info' : sure ? 'error' : 'warning',
    event: tryEvent(attempt),
    since: new Date(endedMs),
    title: `${named(dagId, taskId)} took ${spell(seconds)}, expected ${spell(middle)}, ${bound} ${odds}`,
    occasion: { runId, runPk, runType, mapIndex: mapIndex < 0 ? null : mapIndex, tryNumber },
    observed: { value: seconds, unit: 'seconds' },
    expected: { lower: lowSide ? lower : null, middle, upper },
    n: expectation.n,
    score: scoreOf(Math.min(1, p), alphaFor(learned.scoreAlphas, 'z_score', 1, expectation.share)),
    carried: { host: hostname, pool, queue, operator },
  });
}

/** A later normal try of another run; one of many mapped instances proves nothing. */
function endsIt({ side, trial: { attempt }, endedMs }: Verdict, { event, since }: Pick<OpenFinding, 'event' | 'since'>): boolean {
  return side === null && mapIndexOf(event) < 0 && attempt.runPk !== runOf(event) && endedMs >= since.getTime();
}

function clearOf(subject: Subject, { trial: { attempt, seconds }, endedMs }: Verdict): Cleared {
  const text = `it took ${spell(seconds)} in run ${clip(attempt.runId, 80)}, as usual`;
  return { kind, subject, reason: 'cleared', at: new Date(endedMs), text };
}

interface Sides {
  findings: ReadonlyMap<string, Finding>;
  open: ReadonlyMap<string, OpenFinding>;
  cleared: Map<string, Cleared>;
}

/** Mapped: over when another run of the DAG has ended in success and none of its instances was unusual. */
function clearMapped(ended: Extract<Transition, { kind: 'run_ended' }>, { findings, open, cleared }: Sides): void {
  const at = ended.endedAt;
  if (ended.state !== 'success' || ended.byPerson || at === null) return;
  for (const [key, { subject, event, since }] of open) {
    if (subject.type !== 'task' || subject.dagId !== ended.dagId || mapIndexOf(event) < 0) continue;
    const newest = findings.get(key)?.event ?? event;
    if (runOf(event) === ended.runPk || runOf(newest) === ended.runPk || at < since) continue;
    const text = `run ${clip(ended.runId, 80)} ended without a slow instance of it`;
    cleared.set(key, { kind, subject, reason: 'cleared', at, text });
  }
}
