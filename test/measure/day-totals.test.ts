import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayTotals } from '../../src/measure/day-totals.ts';
import { packDuration, unpackDuration, weightedMedian } from '../../src/measure/duration-sample.ts';
import { tried } from './kit.ts';

const now = new Date('2026-11-25T12:00:00Z');
const ended = (at: string, seconds: number, over = {}) => tried(Date.parse(at), seconds, over);

test('tries are summed by task and day of the zone; the night of a change of clocks belongs to its day', () => {
  const tries = [
    // 2026-03-29 has 23 hours in Berlin: 23:00 UTC of the 28th to 22:00 UTC.
    ended('2026-03-28T22:59:59Z', 10),
    ended('2026-03-28T23:00:00Z', 20),
    ended('2026-03-29T21:59:59Z', 30, { outcome: 'retry' }),
    ended('2026-03-29T21:59:59Z', 40, { tryNumber: 2 }),
    ended('2026-03-29T22:00:00Z', 50, { outcome: 'failure' }),
    ended('2026-03-29T22:00:00Z', 60, { tryNumber: 2, clearNumber: 1 }),
  ];
  const days = dayTotals(tries, 'Europe/Berlin', now).map(({ durations, logSeconds, ...rest }) => ({
    ...rest,
    timedByLogs: logSeconds > 0,
    sampled: durations.length,
  }));
  const of = { dagId: 'etl', taskId: 'load', success: 0, failure: 0, retry: 0, healed: 0, failedSeconds: 0 };
  expect(days).toEqual([
    { ...of, day: '2026-03-28', success: 1, seconds: 10, timed: 1, timedByLogs: true, sampled: 1 },
    {
      ...of,
      day: '2026-03-29',
      success: 2,
      retry: 1,
      healed: 1,
      seconds: 90,
      failedSeconds: 30,
      timed: 2,
      timedByLogs: true,
      sampled: 2,
    },
    // A success of a run that people had run again heals nothing.
    {
      ...of,
      day: '2026-03-30',
      success: 1,
      failure: 1,
      seconds: 110,
      failedSeconds: 50,
      timed: 1,
      timedByLogs: true,
      sampled: 1,
    },
  ]);
});

test('a try whose end is not known ended now, and one without a duration is counted and not timed', () => {
  const [day] = dayTotals([ended('2026-11-01T00:00:00Z', 5, { endedAt: null, durationSeconds: null })], 'UTC', now);
  expect(day).toMatchObject({ day: '2026-11-25', success: 1, seconds: 0, timed: 0, durations: [] });
});

test('a packed duration is what it was, to seven digits, in one order for the same tries', () => {
  fc.assert(
    fc.property(fc.float({ min: 0, max: Math.fround(1e7), noNaN: true }), fc.string(), (seconds, name) => {
      const packed = packDuration(name, seconds);
      expect(packed).toBe(packDuration(name, seconds));
      expect(packed >= 0n && packed < 2n ** 63n).toBe(true);
      expect(Math.abs(unpackDuration(packed) - seconds)).toBeLessThanOrEqual(seconds * 1e-6);
    }),
  );
});

test('the smallest hashes are an even sample: neither durations nor the order of tries move its median', () => {
  const packed = Array.from({ length: 4000 }, (_, index) => packDuration(`${index}:-1:1`, index));
  const values = packed
    .toSorted((a, b) => Number(a - b))
    .slice(0, 400)
    .map(unpackDuration);
  // Of 400 evenly drawn of 0 to 3999 the median lies within 5 of its standard deviations, 100.
  expect(Math.abs((weightedMedian([{ values, count: 4000 }]) ?? 0) - 2000)).toBeLessThan(500);
});

test('a day with many tries weighs as much as it had tries', () => {
  expect(weightedMedian([])).toBeNull();
  expect(weightedMedian([{ values: [1, 2, 3], count: 3 }])).toBe(2);
  expect(
    weightedMedian([
      { values: [1], count: 10 },
      { values: [5, 6, 7], count: 3 },
    ]),
  ).toBe(1);
  expect(
    weightedMedian([
      { values: [1], count: 2 },
      { values: [5], count: 3 },
    ]),
  ).toBe(5);
});
