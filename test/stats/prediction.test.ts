import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalSf } from '../../src/stats/normal.ts';
import {
  estimateScalePrior,
  logScaleFloor,
  lowerPredictionBound,
  moderateScale,
  robustScale,
  tailAbove,
  tailBelow,
  upperPredictionBound,
  type Prediction,
} from '../../src/stats/prediction.ts';
import { robustSummary } from '../../src/stats/robust.ts';
import { conditionalMedian, conditionalSurvival, survival } from '../../src/stats/survival.ts';
import { expectClose } from './close.ts';
import { normals } from './random.ts';

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const predictions = fc.record({
  n: fc.integer({ min: 2, max: 60 }),
  location: real(-3, 9),
  scale: real(0.05, 2),
  df: real(1, 90),
});
const minute: Prediction = { n: 30, location: Math.log(60), scale: 0.3, df: 29 };

test('the next value exceeds its bound with probability alpha, on either side', () => {
  fc.assert(
    fc.property(predictions, real(1e-5, 0.5), (prediction, alpha) => {
      const upper = upperPredictionBound(prediction, alpha);
      const lower = lowerPredictionBound(prediction, alpha);
      expectClose(tailAbove(prediction, upper), alpha, 1e-8);
      expectClose(tailBelow(prediction, lower), alpha, 1e-8);
      expect(upper - prediction.location).toBeCloseTo(prediction.location - lower, 6);
      expectClose(tailAbove(prediction, 3) + tailBelow(prediction, 3), 1, 1e-12);
    }),
  );
});

test('the scale floor is 5 %, or one second where that is more', () => {
  expect(logScaleFloor(3600)).toBe(0.05);
  expect(logScaleFloor(20)).toBe(0.05);
  expectClose(logScaleFloor(19), Math.log(20 / 19), 1e-14);
  expectClose(logScaleFloor(1), Math.LN2, 1e-14);
});

function classical(history: Float64Array): Prediction {
  const n = history.length;
  const location = history.reduce((sum, value) => sum + value, 0) / n;
  const scale = Math.sqrt(history.reduce((sum, value) => sum + (value - location) ** 2, 0) / (n - 1));
  return { n, location, scale, df: n - 1 };
}

/** False alarms over alpha. The probability of one is known for each history, so that only the histories are sampled. */
function falseAlarmRatios(n: number, rule: 'mean and sd' | 'robust'): [alpha: number, ratio: number][] {
  const normal = normals('false alarms', n);
  const histories = Array.from({ length: 8000 }, () => Float64Array.from({ length: n }, normal));
  const predictions = histories.map((history) => {
    if (rule === 'mean and sd') return classical(history);
    const summary = robustSummary(history);
    return { n, location: summary.median, ...robustScale(summary, 0.01) };
  });
  return [0.01, 0.001].map((alpha) => {
    const sum = predictions.reduce((total, prediction) => total + normalSf(upperPredictionBound(prediction, alpha)), 0);
    return [alpha, sum / predictions.length / alpha];
  });
}

test.each([7, 14, 30])('%i values predict the next with alpha false alarms, no more and no less', (n) => {
  for (const [alpha, ratio] of falseAlarmRatios(n, 'mean and sd')) {
    expect(ratio, `alpha ${alpha}`).toBeGreaterThan(0.9);
    expect(ratio, `alpha ${alpha}`).toBeLessThan(1.1);
  }
});

test.each([5, 7, 14, 30])('median and winsorised scale of %i values keep alpha to within a fifth', (n) => {
  for (const [alpha, ratio] of falseAlarmRatios(n, 'robust')) {
    expect(ratio, `alpha ${alpha}`).toBeGreaterThan(0.9);
    expect(ratio, `alpha ${alpha}`).toBeLessThan(1.2);
  }
});

test('the robust scale has its floor, and loses a degree of freedom for each clipped value', () => {
  expect(robustScale(robustSummary([5, 5, 5, 5]), 0.05)).toEqual({ scale: 0.05, df: 3 });
  expect(robustScale(robustSummary([5, 5, 5, 5, 900]), 0.05)).toEqual({ scale: 0.05, df: 3 });
  const summary = robustSummary([1, 2, 3, 4, 5, 6, 1000]);
  expect(robustScale(summary, 0.05)).toEqual({ scale: (summary.winsorisedSd * 6) / 5, df: 5 });
});

/** Tasks whose true variances are s0² d0/χ²(d0), each seen through `n` values. */
function manyTasks(
  tasks: number,
  n: number,
  s0: number,
  d0: number,
): { sigma: number; location: number; scale: number; df: number }[] {
  const normal = normals('tasks', tasks, n);
  return Array.from({ length: tasks }, () => {
    let chi2 = 0;
    for (let i = 0; i < d0; i += 1) chi2 += normal() ** 2;
    const sigma = s0 * Math.sqrt(d0 / chi2);
    const summary = robustSummary(Float64Array.from({ length: n }, () => sigma * normal()));
    return { sigma, location: summary.median, ...robustScale(summary, 0.01) };
  });
}

test('the prior of many scales is found again', () => {
  const prior = estimateScalePrior(manyTasks(4000, 10, 0.3, 8));
  expectClose(prior?.scale ?? 0, 0.3, 0.03);
  expectClose(prior?.df ?? 0, 8, 0.15);
});

test('the moderated scale keeps alpha, with narrower bounds than each task by itself', () => {
  const tasks = manyTasks(8000, 7, 0.3, 8);
  const prior = estimateScalePrior(tasks) ?? { scale: Number.NaN, df: Number.NaN };
  let falseAlarms = 0;
  let own = 0;
  let pooled = 0;
  for (const { sigma, location, scale, df } of tasks) {
    const bound = upperPredictionBound({ n: 7, location, ...moderateScale({ scale, df }, prior) }, 0.001);
    falseAlarms += normalSf(bound / sigma) / tasks.length;
    own += upperPredictionBound({ n: 7, location, scale, df }, 0.001) / tasks.length;
    pooled += bound / tasks.length;
  }
  expect(falseAlarms).toBeGreaterThan(0.00085);
  expect(falseAlarms).toBeLessThan(0.00115);
  expect(pooled).toBeLessThan(0.85 * own);
});

test('fewer than 20 tasks have no prior, and tasks that differ by chance only share one scale', () => {
  const equal = Array.from({ length: 20 }, () => ({ scale: 0.2, df: 9 }));
  expect(estimateScalePrior(equal.slice(1))).toBeUndefined();
  expect(estimateScalePrior([])).toBeUndefined();
  const prior = estimateScalePrior(equal);
  expect(prior?.df).toBe(Infinity);
  // A little above 0.2: a sample's ln s is biased downwards.
  expectClose(prior?.scale ?? 0, 0.2 * Math.exp(0.0573), 0.01);
  expect(moderateScale({ scale: 5, df: 9 }, prior ?? { scale: 1, df: 1 })).toEqual(prior);
});

test('a moderated scale lies between its own and the prior, and its degrees of freedom add up', () => {
  fc.assert(
    fc.property(real(0.01, 3), real(1, 60), real(0.01, 3), real(0.1, 60), (scale, df, priorScale, priorDf) => {
      const result = moderateScale({ scale, df }, { scale: priorScale, df: priorDf });
      expect(result.df).toBe(df + priorDf);
      expect(result.scale).toBeGreaterThanOrEqual(Math.min(scale, priorScale) * (1 - 1e-12));
      expect(result.scale).toBeLessThanOrEqual(Math.max(scale, priorScale) * (1 + 1e-12));
    }),
  );
});

test('a run that has lasted longer is expected to end later, and half of such runs outlast the conditional median', () => {
  fc.assert(
    fc.property(predictions, real(0.001, 20), real(1, 3), (prediction, elapsedMedians, factor) => {
      const elapsed = elapsedMedians * Math.exp(prediction.location);
      const expected = conditionalMedian(prediction, elapsed);
      expect(expected).toBeGreaterThanOrEqual(elapsed);
      expect(conditionalMedian(prediction, elapsed * factor)).toBeGreaterThanOrEqual(expected * (1 - 1e-9));
      if (expected < 1e300) expectClose(conditionalSurvival(prediction, expected, elapsed), 0.5, 1e-6);
    }),
  );
});

test('a run that has just begun has the median ahead of it', () => {
  expectClose(conditionalMedian(minute, 0), 60, 1e-12);
  expect(survival(minute, 0)).toBe(1);
  expectClose(survival(minute, 60), 0.5, 1e-12);
  expect(conditionalSurvival(minute, 50, 60)).toBe(1);
  expect(conditionalSurvival(minute, 60, 60)).toBe(1);
});

test('a run beyond every probability is expected to end now', () => {
  const certain: Prediction = { n: 1000, location: 0, scale: 0.05, df: Infinity };
  expect(survival(certain, 1e6)).toBe(0);
  expect(conditionalMedian(certain, 1e6)).toBe(1e6);
  expect(conditionalSurvival(certain, 2e6, 1e6)).toBe(0);
});

test.each<[string, () => unknown]>([
  ['the scale of a single value', () => robustScale(robustSummary([1]), 0.05)],
  ['no earlier value', () => upperPredictionBound({ ...minute, n: 0 }, 0.01)],
  ['a scale of 0', () => tailAbove({ ...minute, scale: 0 }, 4)],
  ['no degrees of freedom', () => tailBelow({ ...minute, df: 0 }, 4)],
  ['a NaN location', () => tailAbove({ ...minute, location: Number.NaN }, 4)],
  ['a NaN value', () => tailAbove(minute, Number.NaN)],
  ['an alpha above 1', () => upperPredictionBound(minute, 1.5)],
  ['a median of 0 s', () => logScaleFloor(0)],
  ['a task of scale 0 in the prior', () => estimateScalePrior([{ scale: 0, df: 3 }])],
  ['a prior without degrees of freedom', () => moderateScale({ scale: 1, df: 3 }, { scale: 1, df: 0 })],
  ['a negative duration', () => survival(minute, -1)],
  ['a NaN elapsed time', () => conditionalMedian(minute, Number.NaN)],
])('%s is refused', (_what, call) => {
  expect(call).toThrow(RangeError);
});
