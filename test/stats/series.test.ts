import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bernoulliCusum, bernoulliIncrement, cusumStart, failureSurge, stepCusum, tabularCusum } from '../../src/stats/cusum.ts';
import { stl } from '../../src/stats/stl.ts';
import { correctedMannKendall, mannKendall, theilSen } from '../../src/stats/trend.ts';
import { expectClose } from './close.ts';
import { normals } from './random.ts';

const series = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 3, maxLength: 40 });
const indices = (length: number): number[] => Array.from({ length }, (_value, index) => index);

test('theilSen follows a line exactly, whatever a quarter of its points do', () => {
  const x = indices(21);
  const y = x.map((value) => (value % 5 === 3 ? 1e6 : 2.5 * value - 4));
  expectClose(theilSen(x, y).slope, 2.5, 1e-12);
  expectClose(theilSen([5, 1, 3], [10, 2, 6]).slope, 2, 1e-12);
  expectClose(theilSen([1, 1, 2], [0, 2, 3]).slope, 2, 1e-12);
});

test('theilSen turns and stretches with its series', () => {
  fc.assert(
    fc.property(series, fc.constantFrom(-2, 0.5, 4), fc.integer({ min: -9, max: 9 }), (y, factor, tilt) => {
      const x = indices(y.length);
      const own = theilSen(x, y);
      const moved = theilSen(
        x,
        y.map((value, index) => factor * value + tilt * index),
      );
      expect(moved.slope).toBeCloseTo(factor * own.slope + tilt, 9);
    }),
  );
});

test('mannKendall sees only the order of values, and time reversed is its mirror', () => {
  fc.assert(
    fc.property(series, (y) => {
      const own = mannKendall(y);
      expect(mannKendall(y.map((value) => value ** 3))).toEqual(own);
      const reversed = mannKendall(y.toReversed());
      expect([reversed.s + own.s, reversed.z + own.z, reversed.p]).toEqual([0, 0, own.p]);
      const corrected = correctedMannKendall(y);
      expect(corrected.s).toBe(own.s);
      expect(corrected.p).toBeGreaterThanOrEqual(own.p);
      expect(corrected.autocorrelation).toBeGreaterThanOrEqual(0);
      expect(corrected.autocorrelation).toBeLessThan(1);
    }),
  );
});

test('mannKendall corrects for ties', () => {
  const result = mannKendall([1, 2, 2, 3, 3, 3, 4, 1, 5, 2]);
  expect(result.s).toBe(16);
  expectClose(result.variance, 116.66666666666667);
  expectClose(result.p, 0.16491482255330148);
  expect(mannKendall([4, 4, 4, 4])).toEqual({ s: 0, variance: 0, z: 0, p: 1 });
  expect(mannKendall([4])).toMatchObject({ z: 0, p: 1 });
  expect(correctedMannKendall([4, 4, 4, 4])).toMatchObject({ z: 0, p: 1, autocorrelation: 0 });
  expect(correctedMannKendall([4, 5])).toMatchObject({ s: 1, autocorrelation: 0 });
});

test('a straight line is a trend, not autocorrelation', () => {
  const result = correctedMannKendall(indices(20).map((index) => 3 + 0.1 * index));
  expect(result.autocorrelation).toBe(0);
  expect(result.p).toBeLessThan(1e-8);
});

test('the corrected test keeps near 5 % where the plain one does not, for series that remember', () => {
  const falseTrends = (phi: number): { plain: number; corrected: number } => {
    const normal = normals('trend', phi);
    let plain = 0;
    let corrected = 0;
    for (let world = 0; world < 800; world += 1) {
      let value = normal() / Math.sqrt(1 - phi * phi);
      const y = indices(30).map(() => (value = phi * value + normal()));
      if (mannKendall(y).p < 0.05) plain += 1 / 800;
      if (correctedMannKendall(y).p < 0.05) corrected += 1 / 800;
    }
    return { plain, corrected };
  };
  expect(falseTrends(0).corrected).toBeLessThan(0.05);
  const remembering = falseTrends(0.6);
  expect(remembering.plain).toBeGreaterThan(0.2);
  expect(remembering.corrected).toBeLessThan(0.08);
});

test('a CUSUM never falls below 0, and forgets everything at 0', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 50 }), (increments) => {
      let state = cusumStart;
      for (const [index, increment] of increments.entries()) {
        state = stepCusum(state, increment);
        expect(state.sum).toBeGreaterThanOrEqual(0);
        // The sum is that of the increments since it last left 0.
        const since = increments.slice(index + 1 - state.length, index + 1);
        expect(state.sum).toBe(since.reduce((sum, value) => sum + value, 0));
      }
      expect(stepCusum(state, -1000)).toEqual(cusumStart);
    }),
  );
});

test('a shift is told at the first excess over h, with the observation it began at', () => {
  const rules = { k: 1, h: 5 };
  const calm = [0.2, -0.4, 1.5, -0.3, 0.1];
  expect(tabularCusum([...calm, 3.5, 3.5, 3.5], rules)).toEqual({ up: { alarmIndex: 7, startIndex: 5 }, down: undefined });
  expect(tabularCusum([...calm, -3.5, -3.5, -3.5], rules)).toEqual({ up: undefined, down: { alarmIndex: 7, startIndex: 5 } });
  // Exactly h is not beyond it.
  expect(tabularCusum([3.5, 3.5], rules).up).toBeUndefined();
  expect(tabularCusum([3.5, 3.5 + 1e-9], rules).up).toEqual({ alarmIndex: 1, startIndex: 0 });
  expect(tabularCusum([6.5], rules).up).toEqual({ alarmIndex: 0, startIndex: 0 });
  expect(tabularCusum([], rules)).toEqual({ up: undefined, down: undefined });
});

test('a failure surge is at least fourfold or 10 points, and never certain', () => {
  expect(failureSurge(0)).toEqual({ p0: 0.01, p1: 0.11 });
  expect(failureSurge(0.03).p1).toBeCloseTo(0.13, 12);
  expect(failureSurge(0.05).p1).toBeCloseTo(0.2, 12);
  expect(failureSurge(0.2).p1).toBeCloseTo(0.8, 12);
  for (const baseline of [0.21, 0.5, 0.9, 0.999]) {
    expect(failureSurge(baseline).p1).toBeLessThan(1);
    expect(failureSurge(baseline).p1).toBeGreaterThan(baseline);
  }
});

test('the Bernoulli CUSUM finds a surge of failures, and forgives rare ones', () => {
  const rates = failureSurge(0.02);
  const rare = Array.from({ length: 200 }, (_value, index) => index % 50 === 0);
  expect(bernoulliCusum(rare, rates, 4)).toBeUndefined();
  const surge = [...rare, false, true, true, true];
  expect(bernoulliCusum(surge, rates, 4)).toEqual({ alarmIndex: 203, startIndex: 201 });
  expectClose(bernoulliIncrement(true, { p0: 0.1, p1: 0.4 }), Math.log(4), 1e-14);
  expectClose(bernoulliIncrement(false, { p0: 0.1, p1: 0.4 }), Math.log(0.6 / 0.9), 1e-14);
});

test('stl puts a line into the trend and a repeated pattern into the season, exactly', () => {
  const pattern = [3, -1, 0, -2, 0];
  const y = indices(40).map((index) => 10 + 0.5 * index + (pattern[index % 5] ?? 0));
  for (const robust of [false, true]) {
    const { trend, seasonal } = stl(y, 5, { robust });
    for (const index of y.keys()) expect((trend[index] ?? 0) + (seasonal[index] ?? 0)).toBeCloseTo(y[index] ?? 0, 9);
  }
});

test('robust stl leaves an outlier out of trend and season, also of a series that is otherwise exact', () => {
  const y = indices(40).map((index) => 10 + 0.5 * index + (index % 5));
  const { trend, seasonal } = stl(y.with(17, 900), 5, { robust: true });
  for (const index of y.keys()) expect((trend[index] ?? 0) + (seasonal[index] ?? 0)).toBeCloseTo(y[index] ?? 0, 6);
});

// Period 12, so that some phases have more observations than others. Values by statsmodels 0.15.
const monthly = [
  19.198, 20.276, 22.55, 23.72, 24.134, 22.11, 20.047, 18.415, 18.951, 19.535, 18.675, 18.367, 20.242, 24.4, 24.201, 22.768,
  24.114, 22.037, 21.171, 19.912, 33.689, 19.653, 19.539, 20.211, 22.81, 24.83, 23.555, 25.443, 24.417, 24.227, 21.711, 21.621,
  20.564, 19.996, 19.754, 21.604, 22.509, 23.845, 26.623, 25.791, 27.768, 26.317, 22.202, 23.072, 20.7, 21.533, 22.046, 21.212,
  24.567, 26.144,
];
test.each([
  [
    false,
    [20.020202705863085, 22.983498520090357, 24.699655345298343],
    [-1.0223032062115134, 1.5911400950486037, 1.1918548978992194],
  ],
  [
    true,
    [20.265880839231972, 22.231539320154337, 24.77704477084438],
    [-1.1546316381570598, 0.5057548608088716, 1.2806320202139871],
  ],
] as const)('stl (robust %s) of an odd number of months agrees with statsmodels', (robust, trend, seasonal) => {
  const result = stl(monthly, 12, { robust });
  for (const [place, index] of [0, 25, 49].entries()) {
    expectClose(result.trend[index] ?? 0, trend[place] ?? 0, 1e-6);
    expectClose(result.seasonal[index] ?? 0, seasonal[place] ?? 0, 1e-6);
  }
});

test('stl takes the shortest period and a constant series', () => {
  const { trend, seasonal } = stl([1, 5, 2, 6, 3, 7, 4, 8.5, 3, 9], 2, { robust: true });
  expectClose(trend[9] ?? 0, 5.983198913969785, 1e-6);
  expectClose(seasonal[0] ?? 0, -1.7405913104236537, 1e-6);
  const flat = stl(
    Array.from({ length: 14 }, () => 5),
    7,
    { robust: true },
  );
  for (const index of indices(14)) expectClose(flat.trend[index] ?? 0, 5, 1e-12);
});

test.each<[string, () => unknown]>([
  ['x and y of different length', () => theilSen([1, 2], [1])],
  ['a single x', () => theilSen([1, 1], [1, 2])],
  ['no series', () => mannKendall([])],
  ['a NaN in a series', () => mannKendall([1, Number.NaN])],
  ['a NaN in a corrected series', () => correctedMannKendall([1, 2, Number.NaN])],
  ['a residual that is not finite', () => tabularCusum([Infinity], { k: 1, h: 5 })],
  ['a threshold of 0', () => tabularCusum([1], { k: 1, h: 0 })],
  ['a negative allowance', () => tabularCusum([1], { k: -1, h: 5 })],
  ['a baseline of certain failure', () => failureSurge(1)],
  ['a surge below its baseline', () => bernoulliIncrement(true, { p0: 0.2, p1: 0.1 })],
  ['a period of 1', () => stl(monthly, 1, { robust: false })],
  ['less than two periods', () => stl(monthly.slice(0, 23), 12, { robust: false })],
  ['a gap in the series', () => stl([...monthly, Number.NaN], 12, { robust: false })],
])('%s is refused', (_what, call) => {
  expect(call).toThrow(RangeError);
});
