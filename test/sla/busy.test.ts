import { expect, test } from 'vitest';
import { addRuns, hourMs, judged, minuteMs, mixed, objective, target } from './kit.ts';

// A run every half hour: the newest 500, which are all that is remembered one by one, are ten days.
const now = new Date('2026-04-28T12:00:00Z');
const everyMs = 30 * minuteMs;
const perDay = (24 * hourMs) / everyMs;

test('the budget of a month is that of its runs, also where more ran than are remembered one by one', () => {
  const of = objective({ objective: 0.9, window: 'month' });
  const on = target(of, now);
  addRuns(on, mixed(35 * perDay, 0), now.getTime(), everyMs);
  // April has 30 days: a tenth of 1,440 runs may fail.
  expect(judged(of, on, now).budgetLeftRuns).toBe(30 * perDay * 0.1);
});

test('a window of runs is as long as the runs of the period make it, also where more ran than are remembered one by one', () => {
  const of = objective({ objective: 0.9, window: '30d' });
  const on = target(of, now);
  addRuns(on, mixed(35 * perDay, 0), now.getTime(), everyMs);
  // 48 runs a day: a window of 60 holds one.
  expect(judged(of, on, now).burns.map(({ window }) => window)).toEqual(['12 runs', '60 runs']);
});
