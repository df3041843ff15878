import { median, quantile } from '../stats/robust.ts';
import type { Statistic } from './objective.ts';

const quantiles = { p90: 0.9, p95: 0.95, p99: 0.99 } as const;

/** One number of at least one value, oldest first; quantiles by linear interpolation (type 7). */
export function statisticOf(values: readonly number[], statistic: Statistic): number {
  switch (statistic) {
    case 'mean':
      return sum(values) / values.length;
    case 'sum':
      return sum(values);
    case 'last':
      return values.at(-1) ?? Number.NaN;
    case 'median':
      return median(values);
    case 'max':
      return values.reduce((a, b) => Math.max(a, b), -Infinity);
    case 'min':
      return values.reduce((a, b) => Math.min(a, b), Infinity);
    case 'p90':
    case 'p95':
    case 'p99':
      return quantile(values, quantiles[statistic]);
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
