import { keptMax } from '../../src/measure/series.ts';
import { lowerPredictionBound, upperPredictionBound, type Prediction } from '../../src/stats/prediction.ts';
import type { LabRun, LabTry } from './timeline.ts';

/**
 * What can be known of values drawn from a normal distribution by who has to learn it: mean and standard deviation of the newest
 * 120 before, each less what it was drawn about but for one level that all share; which of them are faults he knows. So he knows the
 * calendar, the family and what to leave out, and not how wide the noise is. Null below seven.
 */
function learn(before: readonly { value: number; location: number }[]): (Omit<Prediction, 'location'> & { off: number }) | null {
  const newest = before.slice(-keptMax);
  const n = newest.length;
  if (n < 7) return null;
  const offs = newest.map(({ value, location }) => value - location);
  const off = offs.reduce((sum, each) => sum + each, 0) / n;
  const squares = offs.reduce((sum, each) => sum + (each - off) ** 2, 0);
  return { n, off, scale: Math.sqrt(squares / (n - 1)), df: n - 1 };
}

/** The earlier tries of a task that no fault acts on, by who must learn from them. */
export function learnTry(all: readonly LabRun[], tried: LabTry): Prediction | null {
  const before = all.flatMap(({ tries }) =>
    tries.flatMap((each) =>
      each.task === tried.task && !each.failed && each.fault === null && each.endMs <= tried.startMs
        ? [{ value: Math.log(each.seconds), location: each.location }]
        : [],
    ),
  );
  const learnt = learn(before);
  return learnt === null ? null : { ...learnt, location: tried.location + learnt.off };
}

/** The same of the instances of a run's mapped task. */
export function learnCount(all: readonly LabRun[], run: LabRun): Prediction | null {
  const before = all.flatMap(({ count, endMs, faults }) =>
    count !== null && endMs <= run.startMs && faults.every(({ kind }) => kind !== 'mapped_count')
      ? [{ value: Math.log(count.instances), location: count.location }]
      : [],
  );
  const learnt = learn(before);
  return learnt === null || run.count === null ? null : { ...learnt, location: run.count.location + learnt.off };
}

/** Whether a value lies beyond what he expects: above, or to either side. */
export const isBeyondHis = (learnt: Prediction, value: number, alpha: number, sides: 1 | 2): boolean =>
  value > upperPredictionBound(learnt, alpha / sides) || (sides === 2 && value < lowerPredictionBound(learnt, alpha / sides));
