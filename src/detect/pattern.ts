import { scoreOf } from '../measure/score.ts';
import type { Expectation } from '../measure/series.ts';
import { placeIn } from '../measure/profile.ts';
import { lowerPredictionBound, upperPredictionBound } from '../stats/prediction.ts';
import { alphaFor } from './budget.ts';
import { middleOf } from './effect.ts';
import type { Detector, OpenFinding } from './detector.ts';
import type { Facts } from './facts.ts';
import { subjectKey, type Cleared, type Finding, type Judgement, type Subject } from './finding.ts';
import { clip, found, named, runOf } from './found.ts';
import { isMappedEvent, mappedCount, type MappedReads } from './mapped-count.ts';
import { hasOpen, instancesByRun, judgedByTask, mapIndexOf, oneIn, spell, tryEvent, type Judged } from './odds.ts';
import { runVolume, type VolumeReads } from './run-volume.ts';
import type { DetectSettings } from './settings.ts';

const kind = 'pattern_broken';
type Reads = VolumeReads & MappedReads & Pick<Facts, 'trials'>;

/**
 * pattern: a finished try breaks the hour or weekday profile of its task, to either side (facts §3, detecting); or the number of
 * runs of a DAG, or of instances of a mapped task, breaks what is usual. Over with the next one that keeps to it.
 */
export const pattern: Detector<Reads, DetectSettings> = (reads, open, settings, now) => {
  // A task has one incident of this kind: it is about what was found last. More instances are why a task takes longer, so they come first.
  const ofTries = new Map([...open].filter(([, { event }]) => !isMappedEvent(event)));
  const parts = [
    mappedCount(reads, open, settings),
    durationPattern(reads, ofTries, settings, now),
    runVolume(reads, open, settings, now),
  ];
  const findings = new Map<string, { finding: Finding; part: Judgement }>();
  for (const part of parts)
    for (const finding of part.findings) {
      const key = subjectKey(finding.subject);
      if (!findings.has(key)) findings.set(key, { finding, part });
    }
  return {
    findings: [...findings.values()].map(({ finding }) => finding),
    // What one part finds another does not end.
    cleared: parts.flatMap((part) =>
      part.cleared.filter(({ subject }) => (findings.get(subjectKey(subject))?.part ?? part) === part),
    ),
    judged: parts.reduce((sum, { judged }) => sum + judged, 0),
  };
};

const durationPattern: Detector<Reads, DetectSettings> = (reads, open, settings, now) => {
  const findings: Finding[] = [];
  const cleared: Cleared[] = [];
  const { groups } = judgedByTask(reads.trials, (trial, { high, low }) => {
    const { sensitivity } = settings.tuning(trial.attempt.dagId, trial.attempt.taskId);
    const { expectation } = trial;
    const isOff =
      expectation !== null &&
      expectation.profile !== null &&
      pOf({ expectation, pHigh: high, pLow: low }) <= alphaFor(reads.learned.alphas, 'pattern', sensitivity, expectation.share);
    return isOff || hasOpen(open, trial);
  });
  for (const group of groups) {
    const profiled = group.filter(({ expectation }) => expectation.profile !== null);
    const { dagId, taskId } = (group[0] as Judged).trial.attempt;
    const subject: Subject = { type: 'task', dagId, taskId };
    if (profiled.length === 0) {
      if (open.has(subjectKey(subject))) cleared.push(givenUp(subject, now));
      continue;
    }
    const instances = instancesByRun(profiled.map(({ trial }) => trial.attempt));
    const countOf = ({ trial: { attempt } }: Judged): number => instances.get(attempt.runPk) ?? 1;
    const broken = new Set(profiled.filter((each) => isBroken(each, countOf(each), reads, settings)));
    const [worst] = [...broken].toSorted((a, b) => pOf(a) - pOf(b) || b.endedMs - a.endedMs);
    const finding = worst === undefined ? undefined : findingOf(worst, countOf(worst), reads, settings);
    if (finding !== undefined) findings.push(finding);
    const standing = finding ?? open.get(subjectKey(subject));
    const kept = profiled.findLast((each) => standing !== undefined && !broken.has(each) && endsIt(each, standing));
    if (kept !== undefined) cleared.push(clearOf(subject, kept));
  }
  const judged = reads.trials.filter(({ ordinary, expectation }) => ordinary && (expectation?.profile ?? null) !== null).length;
  return { findings, cleared, judged };
};

/** After a new level, or when its days do not differ any more, there is nothing left to break. */
const givenUp = (subject: Subject, now: Date): Cleared => ({
  kind,
  subject,
  reason: 'accepted',
  at: now,
  text: 'its durations have no profile any more',
});

/**
 * What breaks a profile mostly takes what another day or hour would: on the side where those lie alone so much of alpha is spent. At
 * the same number of false ones this finds a fourth more broken days of sigma 0.3 (lab).
 */
const othersShare = 0.9;

const shareAbove = ({ others }: Expectation): number => (others === 0 ? 0.5 : others > 0 ? othersShare : 1 - othersShare);

/** To both sides, each by its share of alpha. */
function pOf({ expectation, pHigh, pLow }: Pick<Judged, 'expectation' | 'pHigh' | 'pLow'>): number {
  const above = shareAbove(expectation);
  return Math.min(1, pHigh / above, pLow / (1 - above));
}

/** Whether a try of a run with `count` instances of its task breaks its profile. */
function isBroken(each: Judged, count: number, { learned }: Reads, settings: DetectSettings): boolean {
  const { trial, expectation } = each;
  const { dagId, taskId } = trial.attempt;
  const { sensitivity, minExcessMs } = settings.tuning(dagId, taskId);
  const middle = middleOf(expectation);
  const ratio = Math.max(trial.seconds, 1e-9) / middle;
  return (
    expectation.n >= settings.config.z_score.min_samples &&
    count * pOf(each) <= alphaFor(learned.alphas, 'pattern', sensitivity, expectation.share) &&
    Math.max(ratio, 1 / ratio) >= settings.config.pattern.min_ratio &&
    Math.abs(trial.seconds - middle) > minExcessMs / 1000
  );
}

function findingOf(each: Judged, count: number, { learned }: Reads, settings: DetectSettings): Finding {
  const { trial, expectation, endedMs } = each;
  const { attempt, seconds } = trial;
  const { dagId, taskId, runId, runPk, runType, mapIndex, tryNumber, hostname, pool, queue, operator } = attempt;
  const alpha = alphaFor(learned.alphas, 'pattern', settings.tuning(dagId, taskId).sensitivity, expectation.share);
  const p = Math.min(1, count * pOf(each));
  const middle = middleOf(expectation);
  const place = placeIn(expectation.profile ?? 'weekday', endedMs / 1000 - seconds);
  return found({
    kind,
    subject: { type: 'task', dagId, taskId },
    severity: 'warning',
    event: tryEvent(attempt),
    since: new Date(endedMs),
    title: `${named(dagId, taskId)} took ${spell(seconds)}, usual for ${place} is ${spell(middle)}, by ${expectation.n} runs (${oneIn(p)} is so far off)`,
    occasion: { runId, runPk, runType, mapIndex: mapIndex < 0 ? null : mapIndex, tryNumber },
    observed: { value: seconds, unit: 'seconds' },
    expected: {
      lower: Math.exp(lowerPredictionBound(expectation, alpha * (1 - shareAbove(expectation)))),
      middle,
      upper: Math.exp(upperPredictionBound(expectation, alpha * shareAbove(expectation))),
    },
    n: expectation.n,
    score: scoreOf(p, alphaFor(learned.scoreAlphas, 'pattern', 1, expectation.share)),
    carried: { host: hostname, pool, queue, operator },
  });
}

/** A later try of another run that keeps to the profile; of mapped ones the same instance. */
function endsIt({ trial: { attempt }, endedMs }: Judged, { event, since }: Pick<OpenFinding, 'event' | 'since'>): boolean {
  return attempt.runPk !== runOf(event) && attempt.mapIndex === mapIndexOf(event) && endedMs >= since.getTime();
}

function clearOf(subject: Subject, { trial: { attempt, seconds }, endedMs }: Judged): Cleared {
  const text = `it took ${spell(seconds)} in run ${clip(attempt.runId, 80)}, which keeps to its profile`;
  return { kind, subject, reason: 'cleared', at: new Date(endedMs), text };
}
