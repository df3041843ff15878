import type { Expectation } from '../measure/series.ts';

/** The duration in seconds that the limits of effect ask for. */
export const leastSlow = (middle: number, minRatio: number, minExcessMs: number): number =>
  Math.max(minRatio * middle, middle + minExcessMs / 1000);

/** What a try is held against: its place in the profile where there is one, else the median of all. */
export const middleOf = ({ location, medianSeconds, profile }: Expectation): number =>
  profile === null ? medianSeconds : Math.exp(location);

/** A count that is off by fewer instances is nothing to look at, unless none are left. */
const instancesOffMin = 3;

/** How few, and how many, instances of a mapped task are off enough to be looked at, where `middle` are usual. */
export const leastOff = (middle: number, minRatio: number): { fewer: number; more: number } => ({
  fewer: Math.max(0, Math.min((middle + 1) / minRatio - 1, middle - instancesOffMin)),
  more: Math.max((middle + 1) * minRatio - 1, middle + instancesOffMin),
});
