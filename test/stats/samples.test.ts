import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cochranMantelHaenszel } from '../../src/stats/cmh.ts';
import { fisherExact } from '../../src/stats/fisher.ts';
import { kruskalWallis, mannWhitney } from '../../src/stats/ranks.ts';
import { mad, median, quantile, robustSummary } from '../../src/stats/robust.ts';
import { expectClose } from './close.ts';

const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 60 });
const sorted = (sample: readonly number[]): number[] => sample.toSorted((left, right) => left - right);

test('median, mad and quantiles are what sorting gives, and do not touch their input', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (sample, q) => {
      const before = [...sample];
      const order = sorted(sample);
      const n = sample.length;
      const middle = ((order[(n - 1) >> 1] ?? 0) + (order[n >> 1] ?? 0)) / 2;
      expect(median(sample)).toBe(middle);
      expect(mad(sample)).toBe(median(sample.map((value) => Math.abs(value - middle))));
      const position = (n - 1) * q;
      const low = order[Math.floor(position)] ?? 0;
      const high = order[Math.ceil(position)] ?? 0;
      expect(quantile(sample, q)).toBeCloseTo(low + (position - Math.floor(position)) * (high - low), 9);
      expect(median(Float64Array.from(sample))).toBe(middle);
      expect(sample).toEqual(before);
    }),
  );
});

test('the robust summary is what its definition gives', () => {
  fc.assert(
    fc.property(values, (sample) => {
      const n = sample.length;
      const reach = (3 * 1.4826 * mad(sample) * n) / (n - 0.8);
      const clipped = sample.map((value) => Math.min(median(sample) + reach, Math.max(median(sample) - reach, value)));
      const mean = clipped.reduce((sum, value) => sum + value, 0) / n;
      const variance = clipped.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
      const summary = robustSummary(sample);
      expect(summary).toMatchObject({ n, median: median(sample), mad: mad(sample) });
      expect(summary.clipped).toBeLessThanOrEqual(n / 2);
      expect(summary.winsorisedMean).toBeCloseTo(mean, 9);
      expect(summary.winsorisedSd).toBeCloseTo(n > 1 ? Math.sqrt(variance) : 0, 6);
    }),
  );
});

test('shifting a sample shifts its location only, stretching it stretches both', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: -500, max: 500 }), fc.constantFrom(-4, -1, 0.5, 8), (sample, shift, factor) => {
      const own = robustSummary(sample);
      const moved = robustSummary(sample.map((value) => factor * value + shift));
      expect(moved.median).toBe(factor * own.median + shift);
      expect(moved.mad).toBe(Math.abs(factor) * own.mad);
      expect(moved.winsorisedMean).toBeCloseTo(factor * own.winsorisedMean + shift, 8);
      expect(moved.winsorisedSd).toBeCloseTo(Math.abs(factor) * own.winsorisedSd, 6);
    }),
  );
});

test('one wild value of sixty moves neither median nor winsorised scale far', () => {
  const calm = Array.from({ length: 59 }, (_value, index) => (index % 7) - 3);
  const before = robustSummary([...calm, 3]);
  const after = robustSummary([...calm, 1e9]);
  expect(Math.abs(after.median - before.median)).toBeLessThan(0.6);
  expect(after.winsorisedSd).toBeLessThan(1.3 * before.winsorisedSd);
  expect([before.clipped, after.clipped]).toEqual([0, 1]);
});

test('a constant sample has scale 0, as has a single value', () => {
  expect(robustSummary([4, 4, 4])).toEqual({ n: 3, median: 4, mad: 0, winsorisedMean: 4, winsorisedSd: 0, clipped: 0 });
  expect(robustSummary([7])).toEqual({ n: 1, median: 7, mad: 0, winsorisedMean: 7, winsorisedSd: 0, clipped: 0 });
});

test('more values than the working space holds are no problem', () => {
  const many = Float64Array.from({ length: 5001 }, (_value, index) => (index * 7919) % 5001);
  expect([median(many), quantile(many, 0.25), mad(many)]).toEqual([2500, 1250, 1250]);
});

test('mannWhitney sees only ranks, and its two one-sided answers mirror each other', () => {
  const sample = fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 24 });
  fc.assert(
    fc.property(sample, fc.nat(), (all, cut) => {
      const size = 1 + (cut % (all.length - 1));
      const [first, second] = [all.slice(0, size), all.slice(size)];
      const result = mannWhitney(first, second, 'greater');
      const stretched = (value: number): number => Math.exp(value / 10);
      expect(mannWhitney(first.map(stretched), second.map(stretched), 'greater')).toEqual(result);
      expect(mannWhitney(second, first, 'less').p).toBe(result.p);
      // Nothing between the two tails but the value itself, which both hold.
      expect(result.p + mannWhitney(first, second, 'less').p).toBeGreaterThan(1);
      expect(result.u).toBe(first.reduce((sum, value) => sum + second.filter((other) => other < value).length, 0));
    }),
  );
});

test.each([
  ['greater', 61.5, 0.02955003911423176],
  ['less', 61.5, 0.975997637633173],
  ['two-sided', 61.5, 0.05910007822846352],
] as const)('mannWhitney %s with ties is scipy’s asymptotic answer', (alternative, u, p) => {
  const result = mannWhitney([1.5, 2, 2, 3.5, 4, 4, 4, 7], [1, 2, 2.5, 3, 3, 4, 0.5, 1, 2, 1.2], alternative);
  expect(result).toMatchObject({ u, exact: false });
  expectClose(result.p, p);
});

test.each([
  ['greater', 0.7936507936507936],
  ['less', 0.2777777777777778],
  ['two-sided', 0.5555555555555556],
] as const)('mannWhitney %s without ties is scipy’s exact answer', (alternative, p) => {
  expectClose(mannWhitney([1.1, 2.3, 0.4, 5.2], [0.9, 2.1, 3.3, 4.8, 6.1], alternative).p, p, 1e-12);
});

test('7 against 30 is exact, 40 against 40 approximate, and they agree where both could be', () => {
  const range = (length: number, from: number): number[] => Array.from({ length }, (_value, index) => from + index);
  expect(mannWhitney(range(7, 100), range(30, 0), 'greater')).toMatchObject({ u: 210, exact: true });
  expectClose(mannWhitney(range(7, 100), range(30, 0), 'greater').p, 1 / 10_295_472, 1e-12);
  expect(mannWhitney(range(40, 0.5), range(40, 0), 'greater').exact).toBe(false);
  const interleaved = (length: number, shift: number) => range(length, 0).map((value) => 2 * value + shift);
  const exact = mannWhitney(interleaved(28, 7.1), interleaved(28, 0), 'greater');
  const approximate = mannWhitney(interleaved(29, 7.1), interleaved(29, 0), 'greater');
  expect([exact.exact, approximate.exact]).toEqual([true, false]);
  expect(Math.abs(exact.p - approximate.p)).toBeLessThan(0.02);
});

test('kruskalWallis with ties is scipy’s answer, and sees only ranks', () => {
  const groups = [
    [1, 2, 2, 3],
    [2, 4, 4, 5, 6],
    [1, 1, 2],
  ];
  expectClose(kruskalWallis(groups).h, 6.866543665436661);
  expectClose(kruskalWallis(groups).p, 0.03228114928084595);
  expect(kruskalWallis(groups.map((group) => group.map((value) => value ** 3 - 100)))).toEqual(kruskalWallis(groups));
});

test('equal values give no reason to tell samples apart', () => {
  expect(mannWhitney([3, 3], [3, 3, 3], 'greater').p).toBe(1);
  expect(kruskalWallis([[3, 3], [3]])).toEqual({ h: 0, p: 1 });
});

// Admissions to Berkeley in 1973: men and women, six departments (Bickel et al., 1975).
const berkeley = [
  { a: 512, b: 313, c: 89, d: 19 },
  { a: 353, b: 207, c: 17, d: 8 },
  { a: 120, b: 205, c: 202, d: 391 },
  { a: 138, b: 279, c: 131, d: 244 },
  { a: 53, b: 138, c: 94, d: 299 },
  { a: 22, b: 351, c: 24, d: 317 },
];

test('the Mantel–Haenszel odds ratio and interval are those of statsmodels and R', () => {
  const result = cochranMantelHaenszel(berkeley);
  expectClose(result.oddsRatio, 0.9046968282586231);
  expectClose(result.low, 0.7719073617593505);
  expectClose(result.high, 1.0603297644366558);
  expect(result.strata).toBe(6);
  const strong = cochranMantelHaenszel([
    { a: 8, b: 2, c: 1, d: 5 },
    { a: 10, b: 90, c: 3, d: 297 },
    { a: 3, b: 7, c: 2, d: 18 },
  ]);
  // statsmodels gives the two-sided p of the same corrected statistic.
  expectClose(2 * strong.p, 1.5965642219395448e-6);
  expectClose(strong.high, 24.97620906491921);
});

test('one stratum is about as significant as by Fisher, and strata that cannot tell change nothing', () => {
  const table = { a: 12, b: 88, c: 50, d: 850 };
  const alone = cochranMantelHaenszel([table]);
  expect(Math.abs(Math.log10(alone.p / fisherExact(table, 'greater')))).toBeLessThan(0.5);
  expectClose(alone.oddsRatio, (12 * 850) / (88 * 50));
  const none = { a: 0, b: 40, c: 0, d: 400 };
  const empty = { a: 0, b: 0, c: 0, d: 0 };
  const both = cochranMantelHaenszel([none, table, empty]);
  expect(both).toEqual({ ...alone, strata: 1 });
  expect(cochranMantelHaenszel([none])).toEqual({ p: 1, strata: 0, oddsRatio: Number.NaN, low: 0, high: Infinity });
  expect(cochranMantelHaenszel([])).toMatchObject({ p: 1, strata: 0 });
});

test('a key that differs only between DAGs shows nothing once they are strata', () => {
  // Pooled the property looks guilty (20/100 against 2/100), yet within each DAG both fail alike.
  const tables = [
    { a: 18, b: 72, c: 2, d: 8 },
    { a: 0, b: 10, c: 0, d: 90 },
  ];
  expect(fisherExact({ a: 18, b: 82, c: 2, d: 98 }, 'greater')).toBeLessThan(0.001);
  expect(cochranMantelHaenszel(tables).p).toBeGreaterThan(0.5);
});

test.each<[string, () => unknown]>([
  ['the median of nothing', () => median([])],
  ['a NaN among the values', () => robustSummary([1, Number.NaN])],
  ['an infinite value', () => mad([1, Infinity])],
  ['a quantile beyond 1', () => quantile([1, 2], 1.01)],
  ['an empty sample', () => mannWhitney([], [1], 'greater')],
  ['a NaN to rank', () => mannWhitney([1], [Number.NaN], 'less')],
  ['a single group', () => kruskalWallis([[1, 2]])],
  ['an empty group', () => kruskalWallis([[1, 2], []])],
  ['a table of fractions', () => cochranMantelHaenszel([{ a: 0.5, b: 1, c: 1, d: 1 }])],
  ['confidence 1', () => cochranMantelHaenszel(berkeley, 1)],
])('%s is refused', (_what, call) => {
  expect(call).toThrow(RangeError);
});
