import { kruskalWallis } from '../stats/ranks.ts';
import { median, robustSummary } from '../stats/robust.ts';

/** Variance of a winsorised mean of n normal values, in variances of their mean: at most this from n = 2 on (simulated); a median's is up to 1.5. */
export const levelVariance = 1.1;

/** A bucket that failures have left with fewer has no offset; one may be anything. */
const fewest = 2;
/** Buckets on one side that differ at this p are no level. */
const sameLevel = 0.05;

/**
 * Most calendars have two levels: working days and weekends, nights and days. Where the buckets fall into two groups within
 * which they do not differ, each takes the tries of its group for its own, and rests on many instead of few.
 */
export function twoLevels(groups: readonly number[][], minPerBucket: number): readonly number[][] {
  const filled = groups.filter((group) => group.length >= minPerBucket);
  if (filled.length < 3) return groups;
  const ordered = filled.toSorted((a, b) => median(a) - median(b));
  const total = ordered.reduce((sum, group) => sum + median(group), 0);
  let below = 0;
  let best = { at: 1, contrast: -1 };
  for (let at = 1; at < ordered.length; at += 1) {
    below += median(ordered[at - 1] ?? []);
    const contrast = (below - (at * total) / ordered.length) ** 2 / (at * (ordered.length - at));
    if (contrast > best.contrast) best = { at, contrast };
  }
  const levels = [ordered.slice(0, best.at), ordered.slice(best.at)];
  if (levels.some((level) => level.length > 1 && kruskalWallis(level).p < sameLevel)) return groups;
  const tries = levels.map((level) => level.flat());
  const middles = tries.map(median);
  return groups.map((group) => (group.length < fewest ? group : (tries[nearest(middles, median(group))] ?? group)));
}

const nearest = (middles: readonly number[], value: number): number => {
  const distances = middles.map((middle) => Math.abs(middle - value));
  return distances.indexOf(Math.min(...distances));
};

/**
 * Each bucket's winsorised mean less the median of all, shrunk by 1 - e²/d² (the non-negative garrote of Breiman 1995): d is that difference,
 * e² = 1.1 s²/n its variance by its n tries. Clear differences stay whole, and what may be noise goes.
 */
export function offsetsOf(groups: readonly number[][], minPerBucket: number): number[] {
  const filled = [...new Set(groups)].filter((group) => group.length >= minPerBucket);
  const all = filled.flat();
  const centre = median(all);
  const rest = filled.flatMap((group) => {
    const { winsorisedMean } = robustSummary(group);
    return group.map((log) => log - winsorisedMean);
  });
  const noise = (robustSummary(rest).winsorisedSd ** 2 * all.length) / Math.max(1, all.length - filled.length);
  return groups.map((group) => {
    if (group.length < fewest) return 0;
    const difference = robustSummary(group).winsorisedMean - centre;
    const error = (levelVariance * noise) / group.length;
    return difference ** 2 <= error ? 0 : (1 - error / difference ** 2) * difference;
  });
}
