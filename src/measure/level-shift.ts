import { logScaleFloor, robustScale } from '../stats/prediction.ts';
import { mannWhitney } from '../stats/ranks.ts';
import { median, robustSummary } from '../stats/robust.ts';

/** One wild value must not fill the sum for long. */
const residualMax = 4;
/** Baseline of the CUSUM: at least and at most so many tries. */
const baselineMin = 14;
const baselineMax = 30;
/** Tries before a new level that it is held against. */
const beforeMax = 60;
/** Tries on the new level before it is believed: as many as a new baseline needs to be of use. */
const sinceMin = 7;
/** Least change of the median that counts, as a ratio. */
const changeMin = 1.2;

/** A new level at the end of a series, in the unit of its values. */
export interface StepFound {
  /** Index of the first value on the new level. */
  start: number;
  from: number;
  to: number;
  before: number;
  since: number;
  /**
   * Mann-Whitney, one-sided. Since the split is chosen, of all tries of noise alone a share of 3 p ends in a shift of durations that
   * is as sure (simulated, sigma 0.3 and 0.5; below that less).
   */
  p: number;
  /** Places where it could have begun. */
  splits: number;
}

export interface ShiftFound extends Omit<StepFound, 'from' | 'to' | 'splits'> {
  fromSeconds: number;
  toSeconds: number;
}

/** What counts as a step, in the unit of the values. */
export interface StepRules {
  /** The least scale to believe in, by the median of the baseline. */
  floorAt: (median: number) => number;
  /** Least change of the median. */
  changeMin: number;
  /** Values on the new level before it is believed. */
  sinceMin: number;
  /** By Mann-Whitney, one-sided. */
  significance: number;
  /** Of the CUSUM, in standard deviations. */
  k: number;
  h: number;
}

/** Of ln(seconds). */
const durationRules: Omit<StepRules, 'significance'> = {
  floorAt: (median) => logScaleFloor(Math.exp(median)),
  changeMin: Math.log(changeMin),
  sinceMin,
  // At the same rate of false ones this finds a fifth more changes of one to two sigma than k = 1, h = 5 (simulated).
  k: 0.5,
  h: 8,
};

/** The level shift at the end of durations, ln(seconds), oldest first, at this p or less; null: none. See `findStep`. */
export function findShift(logs: Float64Array, significance: number): ShiftFound | null {
  const found = findStep(logs, { ...durationRules, significance });
  if (found === null) return null;
  const { start, from, to, before, since, p } = found;
  return { start, fromSeconds: Math.exp(from), toSeconds: Math.exp(to), before, since, p };
}

/**
 * Whether values have a new level at the end of this series, oldest first, and since when. A CUSUM
 * of the tries after the baseline must stand above h at the end; the new level begins where the two sides differ most.
 * They must differ by Mann-Whitney at p <= `significance`, their medians by `changeMin` or more (20 % of durations), and a step must explain them better than a
 * straight line does (that would be a drift). Null: no. The baseline is the oldest half, 14 to 30 tries.
 */
export function findStep(logs: Float64Array, rules: StepRules): StepFound | null {
  const n = logs.length;
  if (n < baselineMin + rules.sinceMin) return null;
  const baseline = Math.min(baselineMax, Math.max(baselineMin, n - baselineMax));
  if (!mayHaveShifted(logs, baseline, rules.changeMin)) return null;
  const summary = robustSummary(logs.subarray(0, baseline));
  const { scale } = robustScale(summary, rules.floorAt(summary.median));
  let up = 0;
  let down = 0;
  const within = (i: number, most: number): number =>
    Math.max(-most, Math.min(most, ((logs[i] as number) - summary.winsorisedMean) / scale));
  for (let i = baseline; i < n; i += 1) {
    const z = within(i, residualMax);
    // Page's CUSUM (stats/cusum.ts), without its objects: this runs for every try that ends.
    up = Math.max(0, up + z - rules.k);
    down = Math.max(0, down - z - rules.k);
  }
  if (up <= rules.h && down <= rules.h) return null;
  const clipped = Array.from(logs, (_, i) => within(i, 3 * residualMax));
  const start = splitOf(clipped);
  if (n - start < rules.sinceMin || isSlope(clipped, start)) return null;
  return confirm(Array.from(logs), start, up >= down, rules);
}

/** What lets almost every series pass at once: most of the newest tries lie beyond half of the least change, on one side. */
function mayHaveShifted(logs: Float64Array, baseline: number, least: number): boolean {
  let mean = 0;
  for (let i = 0; i < baseline; i += 1) mean += (logs[i] as number) / baseline;
  let above = 0;
  let below = 0;
  for (let i = logs.length - sinceMin; i < logs.length; i += 1) {
    const off = (logs[i] as number) - mean;
    if (off > least / 2) above += 1;
    else if (off < -least / 2) below += 1;
  }
  return Math.max(above, below) > sinceMin / 2;
}

/** Whether a straight line explains more of the values than a step at `start` does: then they drift. */
function isSlope(values: readonly number[], start: number): boolean {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let along = 0;
  let before = 0;
  for (const [index, value] of values.entries()) {
    along += (index - (n - 1) / 2) * (value - mean);
    if (index < start) before += value - mean;
  }
  const byLine = along ** 2 / ((n * (n * n - 1)) / 12);
  const byStep = (before ** 2 * n) / (start * (n - start));
  return byLine > byStep;
}

/** Where the values before and since differ most: the split with the largest sum of squares between the two. */
function splitOf(values: readonly number[]): number {
  const n = values.length;
  const total = values.reduce((sum, value) => sum + value, 0);
  let before = 0;
  let best = { at: n, contrast: -1 };
  for (let at = 1; at < n; at += 1) {
    before += values[at - 1] as number;
    const contrast = (before - (at * total) / n) ** 2 / (at * (n - at));
    if (at >= baselineMin && contrast > best.contrast) best = { at, contrast };
  }
  return best.at;
}

function confirm(
  values: readonly number[],
  start: number,
  rising: boolean,
  { changeMin, sinceMin, significance }: StepRules,
): StepFound | null {
  const before = values.slice(Math.max(0, start - beforeMax), start);
  const since = values.slice(start);
  const [from, to] = [median(before), median(since)];
  if ((rising ? to - from : from - to) < changeMin) return null;
  const { p } = mannWhitney(since, before, rising ? 'greater' : 'less');
  if (p > significance) return null;
  const splits = values.length - baselineMin - sinceMin + 1;
  return { start, from, to, before: before.length, since: since.length, p, splits };
}
