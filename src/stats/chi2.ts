import { gammaLower, gammaUpper } from './gamma.ts';

/** P(X > x) of chi-squared with real df > 0, for x >= 0, with full relative accuracy. RangeError otherwise. Q(df/2, x/2). */
export const chi2Sf = (x: number, df: number): number => gammaUpper(df / 2, x / 2);

/** P(X <= x) of chi-squared with real df > 0, for x >= 0, with full relative accuracy. RangeError otherwise. P(df/2, x/2). */
export const chi2Cdf = (x: number, df: number): number => gammaLower(df / 2, x / 2);
