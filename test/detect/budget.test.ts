import { shareAt } from '../../src/measure/frequency.ts';
import { describe, expect, test } from 'vitest';
import { alphasOf, sharesOf, solveAlpha } from '../../src/detect/budget.ts';
import type { TaskSeries } from '../../src/measure/series.ts';
import { seriesKey } from '../../src/measure/series.ts';
import { observeCycle } from '../../src/measure/observe.ts';
import { day, monday, newBook, normal, seeded, tried } from '../measure/kit.ts';
import { settings } from './kit.ts';

describe('one alpha', () => {
  const looks = (perWeek: number, gate = 1) => ({ perWeek, sensitivity: 1, share: 1, gate });

  test('gives the false alerts that were asked for', () => {
    expect(solveAlpha([looks(3500)], 1)).toBeCloseTo(1 / 3500, 8);
    expect(solveAlpha([looks(1000), looks(1000)], 1)).toBeCloseTo(1 / 2000, 8);
  });

  test('spends on others what limits of effect hold back', () => {
    expect(solveAlpha([looks(1000), looks(9000, 1e-9)], 1)).toBeCloseTo(0.001, 6);
  });

  test('stays within 0.00001 and 0.01', () => {
    expect(solveAlpha([looks(1)], 100)).toBe(0.01);
    expect(solveAlpha([], 1)).toBe(0.01);
    expect(solveAlpha([looks(1e9)], 0.01)).toBeCloseTo(1e-5, 10);
  });

  test('what runs hourly uses up about as much as what runs daily, and each look is 0.01 at most', () => {
    const daily = looks(7);
    const hourly = { ...looks(168), share: shareAt(24) };
    expect(solveAlpha([daily], 0.01) / solveAlpha([daily, hourly], 0.01)).toBeCloseTo(1 + 24 / 32, 6);
    expect(solveAlpha([hourly, daily], 1000)).toBe(0.01);
    expect(solveAlpha([hourly], 1000) * shareAt(24)).toBeCloseTo(0.01, 12);
    expect(solveAlpha([], 1000)).toBe(0.01);
  });

  test('a task of double sensitivity uses up as much as two', () => {
    expect(solveAlpha([{ ...looks(1000), sensitivity: 2 }], 1)).toBeCloseTo(1 / 2000, 8);
  });
});

describe('shares', () => {
  const plenty = { z_score: 100, running_long: 100, trend: 100, pattern: 100, failure_rate: 100, dag_late: 100 };

  test('are equal, but those of durations are one: what runs too long is slow, too', () => {
    expect(sharesOf(6, plenty, { disabled: [] })).toEqual({
      z_score: 2,
      running_long: 2,
      trend: 1,
      pattern: 1,
      failure_rate: 1,
      dag_late: 1,
    });
  });

  test('of detectors that are disabled go to the others', () => {
    expect(sharesOf(5, plenty, { disabled: ['trend', 'pattern_broken', 'failure_rate_high', 'dag_late'] })).toMatchObject({
      z_score: 5,
    });
    expect(sharesOf(5, plenty, { disabled: ['task_slow', 'trend', 'pattern_broken', 'dag_late'] })).toMatchObject({
      running_long: 2.5,
      failure_rate: 2.5,
    });
  });

  test('that cannot be spent go to the others', () => {
    const { z_score: zScore, pattern, ...rest } = sharesOf(5.2, { ...plenty, pattern: 0.2 }, { disabled: [] });
    expect(pattern).toBe(0.2);
    expect(zScore).toBeCloseTo(2, 9);
    expect(rest.trend).toBeCloseTo(1, 9);
    expect(
      sharesOf(5, { z_score: 0, running_long: 0, trend: 0, pattern: 0, failure_rate: 0, dag_late: 0 }, { disabled: [] }).trend,
    ).toBe(0);
  });
});

test('the budget is spent: as many values beyond the bound as a share of it allows, whatever the scales are', () => {
  const book = newBook();
  const random = seeded(99);
  const sigmas = [0.1, 0.3, 0.5];
  const series: [string, number][] = Array.from({ length: 60 }, (_, index) => [`t${index}`, sigmas[index % 3] ?? 0]);
  for (let index = 0; index < 40; index += 1) {
    const at = monday + index * day;
    const tries = series.map(([taskId, sigma]) => tried(at, 3600 * Math.exp(sigma * normal(random)), { taskId }));
    observeCycle(book, tries, new Date(at));
  }
  const now = new Date(monday + 40 * day);
  const { alphas, scoreAlphas } = alphasOf({ ...book, prior: null }, settings(), now);
  expect(alphas).toEqual(scoreAlphas);
  // 420 tries a week, those of small scale never get past 1.5 times the median.
  expect(alphas['z_score']).toBeGreaterThan(1 / 420);
  expect(alphas['z_score']).toBeLessThanOrEqual(0.01);
  const thrifty = alphasOf({ ...book, prior: null }, settings({ false_alerts_per_week: 0.1 }), now);
  expect(thrifty.scoreAlphas).toEqual(alphas);
  expect(thrifty.alphas['z_score']).toBeLessThan((alphas['z_score'] ?? 0) / 5);
});

test('a task that does not run any more uses up less and less', () => {
  const book = newBook();
  for (let index = 0; index < 40; index += 1) observeCycle(book, [tried(monday + index * day, 3600 + index)], new Date(monday));
  const one = (weeks: number) => {
    const each = book.series.get(seriesKey('etl', 'load', '')) as TaskSeries;
    const many = new Map(
      Array.from({ length: 3000 }, (_, index) => [
        `${index}`,
        { ...each, summary: each.summary && { ...each.summary, scale: 0.4 } },
      ]),
    );
    return (
      alphasOf(
        { series: many, runs: new Map(), mapped: new Map(), prior: null },
        settings(),
        new Date(monday + (40 + 7 * weeks) * day),
      ).alphas['z_score'] ?? 0
    );
  };
  expect(one(20)).toBeGreaterThan(2 * one(0));
});
