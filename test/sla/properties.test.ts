import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compare, operators } from '../../src/sla/objective.ts';
import { statisticOf } from '../../src/sla/statistic.ts';
import { addRuns, addSlices, hourMs, judged, minuteMs, objective, target } from './kit.ts';

const now = new Date('2026-10-25T12:00:00Z');
const share = fc.integer({ min: 1, max: 1000 }).map((thousandths) => thousandths / 1000);
const windows = fc.constantFrom('1h', '7d', '30d', 'day', 'week', 'month');
const runs = fc.array(fc.boolean(), { maxLength: 700 });
const every = fc.integer({ min: 1000, max: 12 * hourMs });

test('compliance lies in [0, 1], the counts fit, and the state follows from what is left', () => {
  fc.assert(
    fc.property(runs, share, windows, every, (goods, promised, window, everyMs) => {
      const of = objective({ objective: promised, window, time_zone: 'Europe/Berlin', min_events: 1 });
      const on = target(of, now);
      addRuns(on, goods, now.getTime(), everyMs);
      const status = judged(of, on, now);
      for (const each of [status.compliance, ...Object.values(status.complianceByDays)]) {
        if (each === null) continue;
        expect(each).toBeGreaterThanOrEqual(0);
        expect(each).toBeLessThanOrEqual(1);
      }
      expect(status.bad).toBeLessThanOrEqual(status.total);
      expect(on.events.length).toBeLessThanOrEqual(500);
      if (status.total > 0) {
        expect(status.state).toBe((status.budgetLeftRuns ?? 0) < 0 ? 'breached' : 'met');
        expect(status.budgetLeftRatio ?? 0).toBeLessThanOrEqual(1);
      } else expect(status.state).toBe('unknown');
      for (const burn of status.burns) expect(burn.rate).toBeGreaterThanOrEqual(0);
      expect(`${status.sentence} ${status.standing}`).not.toMatch(/NaN|undefined|Infinity|null/);
    }),
    { numRuns: 100 },
  );
});

test('a run that goes bad instead of good never leaves more of the budget', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }),
      fc.nat(),
      share,
      windows,
      (goods, which, promised, window) => {
        const of = objective({ objective: promised, window, min_events: 1 });
        const left = (list: readonly boolean[]) => {
          const on = target(of, now);
          addRuns(on, list, now.getTime(), minuteMs);
          return judged(of, on, now);
        };
        const turned = which % goods.length;
        const [better, worse] = [true, false].map((good) => left(goods.map((each, index) => (index === turned ? good : each))));
        expect(worse?.budgetLeftRuns ?? 0).toBeLessThanOrEqual(better?.budgetLeftRuns ?? 0);
        expect(worse?.budgetLeftRatio ?? 0).toBeLessThanOrEqual(better?.budgetLeftRatio ?? 0);
        expect(worse?.compliance ?? 0).toBeLessThanOrEqual(better?.compliance ?? 0);
      },
    ),
    { numRuns: 100 },
  );
});

test('slices of time keep to their bounds', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 3000 }), share, (goods, promised) => {
      const of = objective({ kind: 'freshness', threshold: '1h', objective: promised });
      const on = target(of, now);
      addSlices(on, goods, now.getTime(), minuteMs);
      const status = judged(of, on, now);
      expect(status.total).toBe(goods.length);
      expect(status.compliance ?? 0).toBeLessThanOrEqual(1);
      expect(on.fine.length).toBeLessThanOrEqual(86);
    }),
    { numRuns: 30 },
  );
});

test('every statistic lies between the least and the greatest value', () => {
  const values = fc.array(fc.double({ min: -1e100, max: 1e100, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(values, fc.constantFrom('mean', 'median', 'p90', 'p95', 'p99', 'max', 'min'), (given, statistic) => {
      const value = statisticOf(given, statistic);
      const slack = Math.max(...given.map(Math.abs)) * 1e-9;
      expect(value).toBeGreaterThanOrEqual(Math.min(...given) - slack);
      expect(value).toBeLessThanOrEqual(Math.max(...given) + slack);
    }),
  );
});

test.each([
  ['gt', [false, false, true]],
  ['gte', [false, true, true]],
  ['lt', [true, false, false]],
  ['lte', [true, true, false]],
  ['eq', [false, true, false]],
] as const)('%s holds on its side of the threshold', (operator, expected) => {
  expect(operators).toContain(operator);
  expect([1, 2, 3].map((value) => compare(value, operator, 2))).toEqual(expected);
});
