import { autocorrelations } from '../../stats/autocorrelation.ts';
import { median, robustSummary } from '../../stats/robust.ts';

/** Values that repeat after so many rows, not always a whole number, and how alike they then are. */
export interface Period {
  rows: number;
  correlation: number;
}

/** Cycles that must have been seen. */
const cyclesMin = 3;
const rowsMin = 4;
const correlationMin = 0.3;
/** How far the autocorrelation must have fallen before it rises to the period. */
const fallMin = 0.2;
/** The first peak nearly as high as the highest is the period; the others are its multiples. */
const nearlyAsHigh = 0.9;
const broadest = 1.3;

/** After how many rows these values repeat, straight trend and wild values apart; null: they do not. Evenly spaced, oldest first. */
export function findPeriod(values: Float64Array): Period | null {
  const n = values.length;
  const longest = Math.floor(n / cyclesMin);
  if (longest < rowsMin) return null;
  const r = autocorrelations(tamed(values));
  const peaks: number[] = [];
  let least = 1;
  for (let lag = 1; lag < longest; lag += 1) {
    const at = r[lag] as number;
    least = Math.min(least, at);
    // The sum over n - lag pairs is divided by that over n: undone, or long periods would look weak.
    const isPeak = at >= (r[lag - 1] as number) && at >= (r[lag + 1] as number);
    if (isPeak && lag >= rowsMin && at - least >= fallMin && unbiased(r, lag) >= correlationMin) peaks.push(lag);
  }
  const highest = peaks.reduce((most, lag) => Math.max(most, unbiased(r, lag)), 0);
  const first = peaks.find((lag) => unbiased(r, lag) >= nearlyAsHigh * highest);
  if (first === undefined) return null;
  // Noise makes many peaks of a broad one: the highest of them is its top.
  const near = peaks.filter((lag) => lag >= first && lag <= broadest * first);
  const top = near.reduce((best, lag) => (unbiased(r, lag) > unbiased(r, best) ? lag : best), first);
  return { rows: refined(r, top, longest), correlation: unbiased(r, top) };
}

const unbiased = (r: Float64Array, lag: number): number => ((r[lag] as number) * r.length) / (r.length - lag);

/** A period's multiples tell it more exactly than a whole number of rows. */
function refined(r: Float64Array, first: number, longest: number): number {
  let rows = first;
  for (let multiple = 2; multiple * first < longest; multiple += 1) {
    const about = Math.round(multiple * rows);
    let best = about;
    for (let lag = about - 1; lag <= about + 1; lag += 1) if ((r[lag] ?? -1) > (r[best] ?? -1)) best = lag;
    if (unbiased(r, best) < 0.7 * unbiased(r, first)) break;
    rows = best / multiple;
  }
  return rows;
}

/** Without its straight trend, what is wild clipped. */
function tamed(values: Float64Array): Float64Array {
  const n = values.length;
  const part = Math.max(1, Math.floor(n / 3));
  const slope = (median(values.subarray(n - part)) - median(values.subarray(0, part))) / (n - part);
  const level = values.map((value, index) => value - slope * index);
  const { median: centre, mad } = robustSummary(level);
  const reach = mad > 0 ? 5 * mad : Infinity;
  return level.map((value) => Math.max(centre - reach, Math.min(centre + reach, value)));
}
