import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { benjaminiHochberg, benjaminiYekutieli, holm } from '../../src/stats/adjust.ts';
import { betaQuantile } from '../../src/stats/beta.ts';
import { chi2Cdf, chi2Sf } from '../../src/stats/chi2.ts';
import { betaBinomialUpperTail, binomialUpperTail, hypergeometricPmf, poissonUpperTail } from '../../src/stats/discrete.ts';
import { fisherExact } from '../../src/stats/fisher.ts';
import { normalCdf, normalQuantile, normalSf } from '../../src/stats/normal.ts';
import { kruskalWallis, mannWhitney } from '../../src/stats/ranks.ts';
import { mad, median, quantile, robustSummary } from '../../src/stats/robust.ts';
import { stl } from '../../src/stats/stl.ts';
import { studentCdf, studentQuantile, studentSf } from '../../src/stats/student.ts';
import { mannKendall, theilSen } from '../../src/stats/trend.ts';
import { expectClose } from './close.ts';
import { normals } from './random.ts';

interface StlCase {
  readonly y: number[];
  readonly trend: number[];
  readonly seasonal: number[];
}
// Values of scipy 1.10.1 and statsmodels 0.13.5: each entry is arguments, then what they returned.
interface Reference {
  readonly theil_sen: [number[], number[], number, number][];
  readonly mannwhitney_greater_exact: [number[], number[], number, number][];
  readonly mann_kendall_noties: [number[], number, number, number, number][];
  readonly kruskal: [number[][], number, number][];
  readonly median_mad: [number[], number, number];
  readonly quantile_type7: [number[], [number, number][]];
  readonly adjust_fdr_bh: [number[], number[]];
  readonly adjust_fdr_by: [number[], number[]];
  readonly adjust_holm: [number[], number[]];
  readonly stl_period7_robust_false: StlCase;
  readonly stl_period7_robust_true: StlCase;
  readonly mad_prediction_factor: { readonly n: number[] } & Record<`alpha_${number}`, number[]>;
}
const file = JSON.parse(readFileSync(join(import.meta.dirname, 'reference.json'), 'utf8')) as Reference &
  Record<string, number[][]>;

/** Groups of plain numbers: the function of the arguments that the last number of each entry is the value of. */
const functions: Record<string, (...args: number[]) => number> = {
  norm_cdf: normalCdf,
  norm_ppf: normalQuantile,
  t_ppf: studentQuantile,
  t_sf: studentSf,
  chi2_sf: chi2Sf,
  beta_ppf: betaQuantile,
  binom_sf_k_minus_1: binomialUpperTail,
  poisson_sf_k_minus_1: poissonUpperTail,
  betabinom_sf_k_minus_1: betaBinomialUpperTail,
  hypergeom_pmf_k_M_n_N: hypergeometricPmf,
  fisher_exact_greater: (a = 0, b = 0, c = 0, d = 0) => fisherExact({ a, b, c, d }, 'greater'),
  fisher_exact_two_sided: (a = 0, b = 0, c = 0, d = 0) => fisherExact({ a, b, c, d }, 'two-sided'),
};

// scipy 1.10 solves for t to 2e-9 only: t(0.99, df 2) is 0.98/√0.0198 = 6.96455673428…, it says …671. See extremes.test.ts.
const tolerance = (group: string): number => (group === 't_ppf' ? 2.5e-9 : 1e-9);

test.each(Object.keys(functions))('%s agrees with scipy', (group) => {
  const rows = file[group] ?? [];
  expect(rows.length).toBeGreaterThan(3);
  for (const row of rows)
    expectClose(functions[group]?.(...row.slice(0, -1)) ?? Number.NaN, row.at(-1) ?? Number.NaN, tolerance(group));
});

test('every group of the reference values is compared here', () => {
  const compared = new Set([...Object.keys(functions), ...structured]);
  expect(Object.keys(file).filter((group) => group !== '_about' && !compared.has(group))).toEqual([]);
});
const structured = [
  'theil_sen',
  'mannwhitney_greater_exact',
  'mann_kendall_noties',
  'kruskal',
  'median_mad',
  'quantile_type7',
  'adjust_fdr_bh',
  'adjust_fdr_by',
  'adjust_holm',
  'stl_period7_robust_false',
  'stl_period7_robust_true',
  'mad_prediction_factor',
];

test('lower and upper tails are complements where both are large', () => {
  for (const [x = 0, df = 0, tail = 0] of file['chi2_sf'] ?? []) expectClose(chi2Cdf(x, df) + tail, 1);
  for (const [t = 0, df = 0, tail = 0] of file['t_sf'] ?? []) expectClose(studentCdf(t, df) + tail, 1);
  for (const [z = 0, p = 0] of file['norm_cdf'] ?? []) expectClose(normalSf(z) + p, 1);
});

test('mannWhitney is exact for small samples without ties', () => {
  for (const [first, second, u, p] of file.mannwhitney_greater_exact) {
    const result = mannWhitney(first, second, 'greater');
    expect(result).toMatchObject({ u, exact: true });
    expectClose(result.p, p);
  }
});

test('kruskalWallis, theilSen and mannKendall agree with scipy', () => {
  for (const [groups, h, p] of file.kruskal) {
    expectClose(kruskalWallis(groups).h, h);
    expectClose(kruskalWallis(groups).p, p);
  }
  for (const [x, y, slope, intercept] of file.theil_sen) {
    expectClose(theilSen(x, y).slope, slope);
    expectClose(theilSen(x, y).intercept, intercept);
  }
  for (const [y, s, variance, z, p] of file.mann_kendall_noties) {
    const result = mannKendall(y);
    expect(result.s).toBe(s);
    for (const [actual, expected] of [
      [result.variance, variance],
      [result.z, z],
      [result.p, p],
    ] as const)
      expectClose(actual, expected);
  }
});

test('median, mad and type-7 quantiles agree with numpy', () => {
  const [values, middle, deviation] = file.median_mad;
  expect(median(values)).toBe(middle);
  expectClose(mad(values), deviation);
  expect(robustSummary(values)).toMatchObject({ median: middle, mad: mad(values), n: values.length });
  const [sample, quantiles] = file.quantile_type7;
  for (const [q, expected] of quantiles) expectClose(quantile(sample, q), expected);
});

test.each([
  ['adjust_fdr_bh', benjaminiHochberg],
  ['adjust_fdr_by', benjaminiYekutieli],
  ['adjust_holm', holm],
] as const)('%s agrees with statsmodels', (group, adjust) => {
  const [pValues, expected] = file[group];
  for (const [index, adjusted] of adjust(pValues).entries()) expectClose(adjusted, expected[index] ?? Number.NaN);
});

test.each([false, true])('stl (robust %s) agrees with statsmodels to 1e-6', (robust) => {
  const { y, trend, seasonal } = file[`stl_period7_robust_${robust}`];
  const result = stl(y, 7, { robust });
  expect(result.trend).toHaveLength(y.length);
  for (const index of y.keys()) {
    expectClose(result.trend[index] ?? Number.NaN, trend[index] ?? Number.NaN, 1e-6);
    expect(Math.abs((result.seasonal[index] ?? Number.NaN) - (seasonal[index] ?? Number.NaN))).toBeLessThan(1e-6);
  }
});

test('the published prediction factors of median and MAD hold alpha, to 5 % of the factor', { timeout: 60_000 }, () => {
  const normal = normals('mad prediction factor');
  const { n: sizes, ...factors } = file.mad_prediction_factor;
  for (const [column, n] of sizes.entries()) {
    const histories = Array.from({ length: Math.ceil(150_000 / n) }, () => {
      const history = Float64Array.from({ length: n }, normal);
      return { centre: median(history), scale: 1.4826 * mad(history) };
    });
    // P(new > bound) of each history is known, so that only the histories are sampled.
    const falseAlarms = (factor: number): number =>
      histories.reduce((sum, { centre, scale }) => sum + normalSf(centre + factor * scale), 0) / histories.length;
    for (const alpha of [0.01, 0.003, 0.001] as const) {
      const factor = factors[`alpha_${alpha}`]?.[column] ?? Number.NaN;
      expect(falseAlarms(factor * 0.95), `n ${n}, alpha ${alpha}`).toBeGreaterThan(alpha);
      expect(falseAlarms(factor * 1.05), `n ${n}, alpha ${alpha}`).toBeLessThan(alpha);
    }
  }
});
