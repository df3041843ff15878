import fc from 'fast-check';
import { expect, test } from 'vitest';
import { observeCycle } from '../../src/measure/observe.ts';
import { keptMax, seriesKey } from '../../src/measure/series.ts';
import { day, monday, newBook, tried } from './kit.ts';

const key = seriesKey('etl', 'load', '');

/** Durations of every kind that a database may hold. */
const duration = fc.oneof(
  fc.double({ min: 0, max: 1e5, noNaN: true }),
  fc.constantFrom(0, 1, 600, 600, Number.NaN, -1, Infinity, 1e-9, 1e12),
);

test('what is said of a try depends on earlier ones alone', () => {
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1, maxLength: 90 }), fc.nat(89), (seconds, cut) => {
      const judge = (durations: readonly number[]) => {
        const book = newBook();
        return durations.map((each, index) => {
          const end = monday + index * day;
          const { trials, changes } = observeCycle(book, [tried(end, each, { runPk: index, runId: 'r' })], new Date(end));
          // The series itself goes on growing.
          const said = trials.map(({ series: _series, ...rest }) => rest);
          return { said, shifts: changes.shifts, scores: changes.samples.map(({ score }) => score) };
        });
      };
      const all = judge(seconds);
      expect(judge(seconds.slice(0, cut))).toEqual(all.slice(0, cut));
    }),
    { numRuns: 60 },
  );
});

test('a task that runs daily is scored, where alpha was worked out for tasks that all run every few minutes', () => {
  const book = newBook();
  // 0.01 at a share of 1/256: what is learned where everything runs every five minutes.
  book.learned = { ...book.learned, scoreAlphas: { z_score: 2.56 } };
  const scores = Array.from({ length: 30 }, (_, index) => {
    const end = monday + index * day;
    const { changes } = observeCycle(book, [tried(end, 60 + (index % 7), { runPk: index, runId: 'r' })], new Date(end));
    return changes.samples.map(({ score }) => score);
  }).flat();
  expect(scores.some((score) => score !== null)).toBe(true);
  for (const score of scores) expect(score === null || (score >= 0 && score <= 1)).toBe(true);
});

test('whatever the durations are, expectations are finite, and probabilities and scores lie within 0 and 1', () => {
  fc.assert(
    fc.property(fc.array(duration, { maxLength: 60 }), (seconds) => {
      const book = newBook();
      for (const [index, each] of seconds.entries()) {
        const end = monday + index * day;
        const { trials, changes } = observeCycle(book, [tried(end, each)], new Date(end));
        for (const { expectation, pHigh, pLow } of trials) {
          if (expectation === null || pHigh === null || pLow === null) continue;
          const { location, scale, medianSeconds, maxSeconds } = expectation;
          for (const value of [location, scale, medianSeconds, maxSeconds]) expect(Number.isFinite(value)).toBe(true);
          expect(scale).toBeGreaterThan(0);
          expect(Math.min(pHigh, pLow)).toBeGreaterThanOrEqual(0);
          expect(Math.max(pHigh, pLow)).toBeLessThanOrEqual(1);
        }
        for (const { score } of changes.samples) expect(score === null || (score >= 0 && score <= 1)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test('tries of one cycle are all judged before any is added, and their order does not matter', () => {
  const tries = [620, 580, 9000, 600, 640].map((seconds, index) => tried(monday + 40 * day + index * 1000, seconds));
  const filled = () => {
    const book = newBook();
    for (let index = 0; index < 20; index += 1) observeCycle(book, [tried(monday + index * day, 600 + index)], new Date(monday));
    return book;
  };
  const [one, other] = [filled(), filled()];
  const first = observeCycle(one, tries, new Date(monday + 41 * day));
  observeCycle(other, tries.toReversed(), new Date(monday + 41 * day));
  expect(new Set(first.trials.map(({ expectation }) => expectation?.n))).toEqual(new Set([20]));
  expect(other.series.get(key)).toEqual(one.series.get(key));
});

test('a series keeps its newest tries', () => {
  const book = newBook();
  for (let index = 0; index < keptMax + 30; index += 1)
    observeCycle(book, [tried(monday + index * day, 100 + index)], new Date(monday));
  const series = book.series.get(key);
  expect(series?.length).toBe(keptMax);
  expect(series?.endedSeconds[0]).toBe((monday + 30 * day) / 1000);
  expect(series?.summary?.n).toBe(keptMax);
});

test('failed tries, those without an end and what is no duration are no part of a series', () => {
  const book = newBook();
  const odd = [
    tried(monday, 60, { outcome: 'failure' }),
    tried(monday, 60, { endedAt: null }),
    tried(monday, Number.NaN),
    tried(monday, 60, { durationSeconds: null }),
  ];
  const { trials, changes } = observeCycle(book, odd, new Date(monday));
  expect([trials, book.series.size]).toEqual([[], 0]);
  expect(changes.samples.map(({ counted }) => counted)).toEqual([false, false, false]);
});

test('what a person ran again counts while a series has less than twenty tries, then not', () => {
  const book = newBook();
  const again = (index: number) => observeCycle(book, [tried(monday + index * day, 600, { clearNumber: 1 })], new Date(monday));
  for (let index = 0; index < 30; index += 1) again(index);
  expect(book.series.get(key)?.length).toBe(20);
});
