import { sampledIn, type TaskSeries } from './series.ts';

const daySeconds = 86_400;

/**
 * How much of alpha one look is given at what happens `perDay` times a day: half with each doubling above once a day, in whole
 * doublings, so that it seldom changes. Tasks share the budget of false alerts, not their runs: with one alpha for all, nearly all
 * false alerts are of what runs hourly, and what runs daily is judged as strictly for them. At the same number of false ones this
 * finds a third more slow runs, and twice as many broken weekdays, of sigma 0.3 (lab).
 */
export const shareAt = (perDay: number): number => 2 ** -Math.max(0, Math.round(Math.log2(perDay)));

/** Above it the tails of the data are not those of the theory (facts §2, detecting). */
export const alphaMax = 0.01;

/**
 * The alpha of one look that is given this share, 0.01 at most. Alpha is worked out for those that ran then, and is above 1 where all
 * of them run every few minutes: what runs rarely since must be as sure as what was rarest.
 */
export const alphaAt = (alpha: number, share: number): number => Math.min(alphaMax, alpha * share);

/** The share by when the kept ones were: `length` of them, the first and the last in s since 1970. */
export function shareOf(length: number, firstSeconds: number, lastSeconds: number): number {
  if (length < 2) return 1;
  return shareAt(((length - 1) * daySeconds) / Math.max(60, lastSeconds - firstSeconds));
}

/** The share of a series of tries: by runs, of which a bucket of mapped instances has several tries each. */
export const seriesShare = ({ bucket, length, endedSeconds }: Tries): number =>
  shareOf(length / sampledIn(bucket), endedSeconds[0] ?? 0, endedSeconds[length - 1] ?? 0);

type Tries = Pick<TaskSeries, 'bucket' | 'length' | 'endedSeconds'>;
