import { describe, expect, test } from 'vitest';
import { findPeriod } from '../../../src/detect/rows/find-period.ts';
import { createScaleRace } from '../../../src/detect/rows/scale-race.ts';
import { createSeason } from '../../../src/detect/rows/season.ts';
import { createTailCalibration } from '../../../src/detect/rows/tail.ts';
import { normals } from '../../stats/random.ts';

const series = (n: number, of: (index: number) => number): Float64Array =>
  Float64Array.from({ length: n }, (_, index) => of(index));

describe('findPeriod', () => {
  const normal = normals('period');
  test.each([
    [24, 240],
    [37.4, 400],
    [288, 1200],
  ])('values that repeat after %d rows, under noise and a trend', (rows, n) => {
    const found = findPeriod(series(n, (index) => 0.01 * index + 3 * Math.sin((2 * Math.PI * index) / rows) + normal()));
    expect(found?.rows).toBeGreaterThan(0.98 * rows);
    expect(found?.rows).toBeLessThan(1.02 * rows);
  });

  test.each([
    ['noise', series(600, () => normal())],
    ['a trend', series(600, (index) => index + normal())],
    ['constant values', series(600, () => 5)],
    ['two cycles', series(200, (index) => Math.sin((2 * Math.PI * index) / 100))],
    ['three values', series(3, (index) => index)],
  ])('%s: none', (_name, values) => {
    expect(findPeriod(values)).toBeNull();
  });
});

describe('tail calibration', () => {
  test('of uniform p nothing changes, however few', () => {
    const tail = createTailCalibration();
    for (let k = 0; k < 2000; k += 1) tail.add(((k * 0.618034) % 1) + 1e-9, 1);
    expect(tail.calibrated(1e-6)).toBeLessThan(3e-6);
  });

  test.each([
    [0.02, 'rare: they stay what they are', true],
    [0.05, 'usual here: more is asked for', false],
  ])('a share of %d of wild rows is %s', (share, _says, kept) => {
    const tail = createTailCalibration();
    for (let k = 0; k < 4000; k += 1) tail.add((k * 0.618034) % 1 < share ? 1e-30 : 0.5, 1);
    expect(tail.calibrated(1e-30) < 1e-20).toBe(kept);
  });
});

describe('a season', () => {
  const hour = 3_600_000;
  const learned = (days: number, of: (index: number) => number) => {
    const season = createSeason(24 * hour, 24, 0);
    for (let index = 0; index < 24 * days; index += 1) season.add(index * hour, of(index), false);
    return season;
  };

  test('knows the place of a time also after a gap, and a little before or after it', () => {
    const season = learned(6, (index) => (index % 24 === 5 ? 100 : 0));
    for (const off of [0, 0.4 * hour, -0.4 * hour]) {
      expect(season.level() + season.offsetAt(100 * 24 * hour + 5 * hour + off)).toBeGreaterThan(90);
      expect(season.level() + season.offsetAt(100 * 24 * hour + 6 * hour + off)).toBeLessThan(10);
    }
  });

  test('explains a cycle, and no noise', () => {
    const normal = normals('season');
    expect(learned(10, (index) => 10 * Math.sin((2 * Math.PI * index) / 24) + normal()).unexplained()).toBeLessThan(0.4);
    expect(learned(10, () => normal()).unexplained()).toBeGreaterThan(0.95);
  });
});

describe('the scale', () => {
  const scaleAfter = (of: (index: number) => number, expected: number): boolean => {
    const race = createScaleRace();
    for (let index = 0; index < 2000; index += 1) race.add(of(index), expected);
    return race.onLog();
  };

  test('is logarithmic for what varies by ratios, and linear for what varies by differences', () => {
    const [ratios, differences] = [normals('ratios'), normals('differences')];
    expect(scaleAfter(() => 100 * Math.exp(0.6 * ratios()), 100)).toBe(true);
    expect(scaleAfter(() => Math.max(1, 100 + 30 * differences()), 100)).toBe(false);
  });

  test('is linear for ever after a value that is not above 0', () => {
    const normal = normals('zero');
    expect(scaleAfter((index) => (index === 20 ? 0 : 100 * Math.exp(0.6 * normal())), 100)).toBe(false);
  });
});
