import type { Expectation } from '../measure/series.ts';

/** The duration in seconds that the limits of effect ask for. */
export const leastSlow = (middle: number, minRatio: number, minExcessMs: number): number =>
  Math.max(minRatio * middle, middle + minExcessMs / 1000);

/** What a try is held against: its place in the profile where there is one, else the median of all. */
export const middleOf = ({ location, medianSeconds, profile }: Expectation): number =>
  profile === null ? medianSeconds : Math.exp(location);
