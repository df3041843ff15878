import { scoreOf } from '../measure/score.ts';
import type { MappedExpectation, MappedTrial } from '../measure/expect-mapped.ts';
import { placeIn } from '../measure/profile.ts';
import { lowerPredictionBound, upperPredictionBound } from '../stats/prediction.ts';
import { alphaFor } from './budget.ts';
import type { OpenFinding } from './detector.ts';
import { leastOff } from './effect.ts';
import type { Facts } from './facts.ts';
import { subjectKey, type Cleared, type Finding, type Judgement, type Subject } from './finding.ts';
import { clip, found, named, runOf } from './found.ts';
import { oneIn } from './odds.ts';
import type { DetectSettings } from './settings.ts';

const kind = 'pattern_broken';
export type MappedReads = Pick<Facts, 'mappedTrials' | 'learned'>;

const eventEnd = ':mapped';
const eventOf = ({ run: { runPk }, taskId }: MappedTrial): string => `run:${runPk}:${taskId}${eventEnd}`;
/** Whether an event is about a mapped count, not about a try. */
export const isMappedEvent = (event: string): boolean => event.endsWith(eventEnd);

/** A trial that can be judged. */
interface Judged extends MappedTrial {
  expectation: MappedExpectation;
  p: number;
  broken: boolean;
}

/**
 * How many instances a mapped task had in a run that ended, held against the runs before, those of its weekday or hour where
 * that matters: numbers as ln(1 + n), by the prediction interval of the z-score. Over with the next run that keeps to it, which
 * may be because the new number is the usual one by now.
 */
export function mappedCount(reads: MappedReads, open: ReadonlyMap<string, OpenFinding>, settings: DetectSettings): Judgement {
  const judgement: Judgement = { findings: [], cleared: [], judged: 0 };
  const judged = reads.mappedTrials.flatMap((trial) => judgeOne(trial, reads, settings) ?? []);
  judgement.judged = judged.length;
  const ordered = judged.toSorted((a, b) => a.run.endedAt.getTime() - b.run.endedAt.getTime());
  for (const [key, group] of Map.groupBy(ordered, (each) => subjectKey(subjectOf(each)))) {
    const [worst] = group.filter(({ broken }) => broken).toSorted((a, b) => a.p - b.p || +b.run.endedAt - +a.run.endedAt);
    const finding = worst === undefined ? undefined : findingOf(worst, reads, settings);
    if (finding !== undefined) judgement.findings.push(finding);
    const known = open.get(key);
    const standing = finding ?? (known !== undefined && isMappedEvent(known.event) ? known : undefined);
    const kept = group.findLast((each) => standing !== undefined && !each.broken && endsIt(each, standing));
    if (kept !== undefined && standing !== undefined) judgement.cleared.push(clearOf(kept, standing));
  }
  return judgement;
}

const subjectOf = ({ run: { dagId }, taskId }: MappedTrial): Subject => ({ type: 'task', dagId, taskId });

const alphaOf = (
  { run: { dagId }, taskId, expectation }: MappedTrial,
  { learned }: MappedReads,
  { tuning }: DetectSettings,
): number => alphaFor(learned.alphas, 'pattern', tuning(dagId, taskId).sensitivity, expectation?.share ?? 1);

function judgeOne(trial: MappedTrial, reads: MappedReads, settings: DetectSettings): Judged | null {
  const { count, expectation, p } = trial;
  const { z_score: zScore, pattern } = settings.config;
  if (expectation === null || p === null || expectation.n < zScore.min_samples) return null;
  const { fewer, more } = leastOff(expectation.middle, pattern.min_ratio);
  const broken = p <= alphaOf(trial, reads, settings) && (count <= fewer || count >= more);
  return { ...trial, expectation, p, broken };
}

function findingOf(each: Judged, reads: MappedReads, settings: DetectSettings): Finding {
  const { run, taskId, count, expectation, p } = each;
  const { dagId, runPk, runId, runType, endedAt, runStartedAt } = run;
  const alpha = alphaOf(each, reads, settings);
  const { middle, profile, n } = expectation;
  const place = profile === null ? '' : ` for ${placeIn(profile, (runStartedAt ?? endedAt).getTime() / 1000)}`;
  return found({
    kind,
    subject: subjectOf(each),
    severity: 'warning',
    event: eventOf(each),
    since: endedAt,
    title: `${named(dagId, taskId)} had ${count} mapped instances, usual${place} is ${spellCount(middle)}, by ${n} runs (${oneIn(p)} is so far off)`,
    occasion: { runId, runPk, runType, mapIndex: null, tryNumber: null },
    observed: { value: count, unit: 'tasks' },
    expected: {
      lower: Math.max(0, Math.expm1(lowerPredictionBound(expectation, alpha / 2))),
      middle,
      upper: Math.expm1(upperPredictionBound(expectation, alpha / 2)),
    },
    n,
    score: scoreOf(p, alphaFor(reads.learned.scoreAlphas, 'pattern', 1, expectation.share)),
  });
}

const spellCount = (count: number): string => Math.round(count).toLocaleString('en');

/** A later run, or another that ended at the same time. */
const endsIt = ({ run }: Judged, { event, since }: Pick<OpenFinding, 'event' | 'since'>): boolean =>
  run.runPk !== runOf(event) && run.endedAt >= since;

function clearOf(kept: Judged, { since }: Pick<OpenFinding, 'since'>): Cleared {
  const { run, count, expectation } = kept;
  const isNewNormal = expectation.levelSeconds !== null && expectation.levelSeconds * 1000 <= since.getTime();
  return {
    kind,
    subject: subjectOf(kept),
    reason: isNewNormal ? 'accepted' : 'cleared',
    at: run.endedAt,
    text: isNewNormal
      ? `about ${spellCount(expectation.middle)} mapped instances are the new normal, by ${expectation.n} runs`
      : `it had ${count} mapped instances in run ${clip(run.runId, 80)}, as usual`,
  };
}
