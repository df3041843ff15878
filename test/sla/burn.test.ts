import { describe, expect, test } from 'vitest';
import { isSignificant, runBurns, sliceBurns } from '../../src/sla/burn.ts';
import type { SlaEvent } from '../../src/sla/memory.ts';

const runs = (text: string): SlaEvent[] =>
  Array.from(text).map((mark, index) => ({ key: `run:${index}`, atMs: index, value: null, good: mark === '.' }));
const alerts = (text: string, objective = 0.99, perPeriod = 30) =>
  runBurns(runs(text), objective, perPeriod).map(({ alert }) => alert);
const good = (count: number) => '.'.repeat(count);

describe('burn counted in runs', () => {
  test.each([
    // One bad run of a daily DAG is burn 100 in an hour, and no page.
    [`${good(29)}x`, [null, null]],
    [`${good(10)}xx`, ['page', 'ticket']],
    [`${good(20)}x${good(9)}x`, ['page', 'ticket']],
    // 2 in the last 12, none in the last 2: it is over.
    [`${good(8)}xx..`, [null, 'ticket']],
    // 2 in 60 at 99 % is chance (12 %); 3 are not (2 %).
    [`x${good(58)}x`, [null, null]],
    [`xx${good(57)}x`, [null, 'ticket']],
    [`xx${good(52)}${good(6)}`, [null, null]],
    [good(60), [null, null]],
    ['', [null, null]],
  ])('%s', (text, expected) => {
    expect(alerts(text)).toEqual(expected);
  });

  test('the rate is the bad share over the allowed one', () => {
    expect(runBurns(runs(`${good(9)}xxx`), 0.9, 30)).toMatchObject([
      { window: '12 runs', rate: expect.closeTo(2.5), bad: 3, total: 12 },
      { window: '60 runs', total: 12 },
    ]);
  });

  test('where runs are many the window grows, and the factor is that of an hour', () => {
    // 30 000 runs a month: an hour has 42, the window 48 with factor 12.5, so 7 bad of 48 burn and 6 do not.
    const burning = (bad: number) => runBurns(runs(good(48 - bad) + 'x'.repeat(bad)), 0.99, 30_000)[0];
    expect(burning(7)).toMatchObject({ window: '48 runs', alert: 'page' });
    expect(burning(6)).toMatchObject({ window: '48 runs', alert: null });
  });

  test('half of the runs bad is always enough', () => {
    expect(runBurns(runs(good(48) + 'x'.repeat(48)), 0.9, 1_000_000)[0]).toMatchObject({ window: '96 runs', alert: 'page' });
  });

  test('without a budget there is no burn', () => expect(runBurns(runs('xx'), 1, 30)).toEqual([]));
});

describe('burn counted in time', () => {
  const minute = 60_000;
  const day = 86_400_000;
  /** So many bad minutes at the end of all. */
  const at = (badMinutes: number) => (newestMs: number) => ({
    total: newestMs / minute,
    bad: Math.min(badMinutes, newestMs / minute),
  });
  const found = (badMinutes: number, objective = 0.99) =>
    sliceBurns(at(badMinutes), objective, 30 * day).flatMap(({ window, alert }) =>
      alert === null ? [] : [`${window} ${alert}`],
    );
  test.each([
    // 1 h at factor 14.4 of 1 %: 8.64 minutes.
    [8, []],
    [9, ['1h page']],
    // 6 h at factor 6: 21.6 minutes.
    [21, ['1h page']],
    [22, ['1h page', '6h page']],
    // 1 d at factor 3, and 3 d at factor 1: both 43.2 minutes. Chance would bring fewer in a day, but not in three.
    [43, ['1h page', '6h page']],
    [44, ['1h page', '6h page', '1d ticket']],
    // Of 4320 minutes 55 are more than chance (43.2 are usual).
    [54, ['1h page', '6h page', '1d ticket']],
    [55, ['1h page', '6h page', '1d ticket', '3d ticket']],
  ])('%i bad minutes', (badMinutes, expected) => expect(found(badMinutes)).toEqual(expected));

  test('what burned and does not any more alerts nobody', () => {
    // Half an hour of the last six was bad, and none of the newest 5, and then 30, minutes.
    const ended = (agoMinutes: number) => (newestMs: number) => {
      const minutes = newestMs / minute;
      return { total: minutes, bad: Math.max(0, Math.min(30, minutes - agoMinutes)) };
    };
    const alerting = (agoMinutes: number) =>
      sliceBurns(ended(agoMinutes), 0.99, 30 * day).flatMap(({ window, alert }) => (alert === null ? [] : [window]));
    expect(alerting(4)).toEqual(['1h', '6h']);
    expect(alerting(5)).toEqual(['6h']);
    expect(alerting(30)).toEqual([]);
  });

  test('a window longer than the SLA is none', () => {
    expect(sliceBurns(at(0), 0.99, day).map(({ window }) => window)).toEqual(['1h', '6h']);
  });
});

test.each([
  [2, 5, true],
  [1, 5, false],
  [2, 20, true],
  [3, 60, true],
  [2, 60, false],
  [4, 100, true],
  [3, 100, false],
])('%i bad of %i at 99 %% is more than chance (5 %%): %s', (bad, total, expected) => {
  expect(isSignificant({ bad, total }, 0.99, 0.05)).toBe(expected);
});
