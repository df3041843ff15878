import type { CustomSource, Statistic } from './objective.ts';

/** A posted metric summed up over the time before `atMs`, for one combination of the values of its `per` labels. */
export interface PostedSum {
  atMs: number;
  per: readonly string[];
  count: number;
  value: number;
}

/** What an objective of kind custom is judged by at the end of one slice of time. */
export type PostedSlice = Pick<PostedSum, 'atMs' | 'per' | 'value'>;

/** One text for one combination of the values of `per` labels. */
export const perKey = (per: readonly string[]): string => JSON.stringify(per);

/**
 * The slices that say something. A share of another metric is judged where that has values; errors that nobody posted are
 * none, so a sum that is missing is 0.
 */
export function slicesOf(
  { of, atLeast }: Pick<CustomSource, 'of' | 'atLeast'>,
  statistic: Statistic,
  sums: readonly PostedSum[],
  whole: readonly PostedSum[],
): PostedSlice[] {
  if (of === null || typeof of === 'number')
    return sums.filter(({ count }) => count >= atLeast).map(({ atMs, per, value }) => ({ atMs, per, value: value / (of ?? 1) }));
  const parts = new Map(sums.map(({ atMs, per, value }) => [`${atMs} ${perKey(per)}`, value]));
  return whole.flatMap(({ atMs, per, count, value }) => {
    const part = parts.get(`${atMs} ${perKey(per)}`) ?? (statistic === 'sum' ? 0 : undefined);
    const enough = (statistic === 'sum' ? value : count) >= atLeast;
    return part === undefined || value === 0 || !enough ? [] : [{ atMs, per, value: part / value }];
  });
}
