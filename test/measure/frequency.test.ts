import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { triesPerDay } from '../../src/measure/learned.ts';
import { keptMax } from '../../src/measure/series.ts';
import { alphaAt, seriesShare, shareAt, shareOf } from '../../src/measure/frequency.ts';

const day = 86_400;

describe('the share of alpha', () => {
  test('is whole for what runs once a day or more rarely', () => {
    for (const perDay of [1, 0.5, 1 / 7, 0]) expect(shareAt(perDay)).toBe(1);
    expect(shareOf(1, 0, 0)).toBe(1);
    expect(shareOf(5, 0, 28 * day)).toBe(1);
  });

  test('halves with each doubling, so that a week of what runs hourly spends what a week of what runs daily does', () => {
    expect([2, 4, 8, 24, 1440].map(shareAt)).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 32, 1 / 1024]);
    fc.assert(
      fc.property(fc.double({ min: 1, max: 10_000, noNaN: true }), (perDay) => {
        const spent = perDay * shareAt(perDay);
        expect(spent).toBeGreaterThanOrEqual(Math.SQRT1_2 - 1e-9);
        expect(spent).toBeLessThanOrEqual(Math.SQRT2 + 1e-9);
      }),
    );
  });

  test('of what runs rarely beside many that run often ends at an alpha of 0.01', () => {
    expect(alphaAt(2.56, shareAt(288))).toBe(0.01);
    expect(alphaAt(2.56, shareAt(1))).toBe(0.01);
    expect(alphaAt(0.004, shareAt(2))).toBe(0.002);
  });

  test('does not change by when exactly the runs were', () => {
    const hourly = (jitter: number) => shareOf(120, jitter, 119 * 3600 - jitter);
    expect(hourly(0)).toBe(1 / 32);
    expect(hourly(900)).toBe(1 / 32);
  });

  test('of a series is by runs: what an array keeps room for is no try, and several instances of a run are one', () => {
    const at = (...hours: number[]) => Uint32Array.from(hours, (hour) => hour * 3600);
    expect(seriesShare({ bucket: '', length: 3, endedSeconds: at(0, 6, 12, 0, 0) })).toBe(1 / 4);
    const daily = (instances: number) =>
      at(...Array.from({ length: 20 * instances }, (_, index) => 24 * Math.floor(index / instances)));
    for (const [bucket, instances] of [
      ['0', 1],
      ['1', 1],
      ['2-3', 2],
      ['4-7', 4],
      ['64+', 4],
    ] as const)
      expect(seriesShare({ bucket, length: 20 * instances, endedSeconds: daily(instances) })).toBe(1);
  });

  test('is that of once a minute for what all ran at once', () => {
    expect(shareOf(50, 1000, 1000)).toBeGreaterThan(0);
  });
});

test('a burst is no rate: until a series is full its tries count as those of a day, whatever room its arrays have', () => {
  const minutely = (length: number) =>
    triesPerDay({ length, endedSeconds: Uint32Array.from({ length }, (_, i) => i * 60) }, length * 60);
  for (const length of [1, 7, 8, 9, 16, 64, keptMax - 1]) expect(minutely(length)).toBe(length);
  expect(minutely(keptMax)).toBeCloseTo(1440, 6);
});
