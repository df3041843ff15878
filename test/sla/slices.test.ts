import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listBuckets, type Buckets } from '../../src/sla/buckets.ts';
import { noSlaChanges } from '../../src/sla/memory.ts';
import { countPastFreshness } from '../../src/sla/past-freshness.ts';
import { countCustom, countDeadlines, countFreshness, newestAt, noteLate, sliceEnds } from '../../src/sla/slices.ts';
import { dayMs, hourMs, minuteMs, objective, target } from './kit.ts';

const now = new Date('2026-03-29T12:00:00Z');
const nowMs = now.getTime();
const sums = (buckets: Buckets) =>
  listBuckets(buckets).reduce((sum, { total, bad }) => ({ total: sum.total + total, bad: sum.bad + bad }), { total: 0, bad: 0 });

test('how late a missed deadline was made good is told by the first success after it, once', () => {
  const of = objective({ kind: 'deadline', by: '10:00', within: '1h' });
  const on = target(of, now);
  const due = Date.parse('2026-03-29T10:00:00Z');
  countDeadlines(of, on, [], { fromMs: due - 1, toMs: due, live: true }, noSlaChanges());
  const lateSeconds = (...successes: number[]) => {
    noteLate(on, successes, noSlaChanges());
    return on.events.at(-1)?.value;
  };
  expect(lateSeconds(due)).toBeNull();
  expect(lateSeconds(due, due + 5 * minuteMs)).toBe(300);
  expect(lateSeconds(due + 9 * minuteMs)).toBe(300);
});

test('slices end at whole multiples, each in exactly one look', () => {
  expect([...sliceEnds(0, 180_000, 60_000)]).toEqual([60_000, 120_000, 180_000]);
  expect([...sliceEnds(180_000, 239_999, 60_000)]).toEqual([]);
  expect([...sliceEnds(180_000, 240_000, 60_000)]).toEqual([240_000]);
});

test('the newest success at a time is found', () => {
  expect(newestAt([], 5)).toBeNull();
  expect([0, 1, 2, 3, 9].map((at) => newestAt([1, 3], at))).toEqual([null, 1, 1, 3, 3]);
});

describe('freshness', () => {
  const of = objective({ kind: 'freshness', threshold: '10m' });
  test('is good up to its threshold, and what was missed while nobody looked is made up for', () => {
    const on = target(of, now);
    const span = { fromMs: nowMs - hourMs, toMs: nowMs };
    countFreshness(of, on, [nowMs - hourMs], span, noSlaChanges());
    expect(sums(on.hours)).toEqual({ total: 60, bad: 50 });
    expect(sums(on.fine)).toEqual({ total: 60, bad: 50 });
    expect(on.violations).toBe(50);
  });

  test('a row of bad slices is one event, named by its beginning', () => {
    const on = target(of, now);
    const span = (fromMs: number, toMs: number) => ({ fromMs, toMs });
    countFreshness(of, on, [nowMs - hourMs], span(nowMs - hourMs, nowMs - 30 * minuteMs), noSlaChanges());
    const first = on.lastViolation?.event;
    expect(first).toBe(`since:${nowMs - 49 * minuteMs}`);
    countFreshness(of, on, [nowMs - hourMs], span(nowMs - 30 * minuteMs, nowMs - 20 * minuteMs), noSlaChanges());
    expect(on.lastViolation?.event).toBe(first);
    countFreshness(of, on, [nowMs - 20 * minuteMs], span(nowMs - 20 * minuteMs, nowMs), noSlaChanges());
    expect(on.lastViolation?.event).toBe(`since:${nowMs - 9 * minuteMs}`);
  });

  test('without any success nothing is counted, and history is no violation', () => {
    const on = target(of, now);
    countFreshness(of, on, [], { fromMs: nowMs - hourMs, toMs: nowMs }, noSlaChanges());
    expect(listBuckets(on.hours)).toEqual([]);
    countPastFreshness(of, on, [nowMs - 2 * dayMs], { fromMs: nowMs - 2 * dayMs, toMs: nowMs }, noSlaChanges());
    expect(sums(on.hours)).toEqual({ total: 2880, bad: 2870 });
    expect(on).toMatchObject({ violations: 0, lastViolation: null });
  });

  test('after a long pause of Windsock the slices of a day are made up for, and no more', () => {
    const on = target(of, now);
    countFreshness(of, on, [nowMs - 3 * dayMs], { fromMs: nowMs - 3 * dayMs, toMs: nowMs }, noSlaChanges());
    expect(sums(on.hours)).toEqual({ total: 1440, bad: 1440 });
  });

  test('a night of summer time has as many minutes as it has', () => {
    const on = target(of, now);
    const [from, to] = [Date.parse('2026-03-28T23:00:00Z'), Date.parse('2026-03-29T22:00:00Z')];
    countPastFreshness(of, on, [from], { fromMs: from, toMs: to }, noSlaChanges());
    expect(sums(on.hours).total).toBe(23 * 60);
  });

  test('the past is counted as it would be slice by slice, whatever the operator and the length of a slice', () => {
    const minutes = fc.integer({ min: 0, max: 20 * 60 });
    const operator = fc.constantFrom('lte', 'lt');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(minutes, fc.integer({ min: 0, max: 59 })), { maxLength: 12 }),
        fc.integer({ min: 1, max: 200 }),
        operator,
        fc.constantFrom('1m', '7m', '1h'),
        minutes,
        (times, thresholdMinutes, op, every, fromMinute) => {
          const keys = { kind: 'freshness', threshold: `${thresholdMinutes}m`, operator: op, evaluate_every: every };
          const past = objective(keys);
          const successes = times
            .map(([minute, second]) => nowMs - 20 * hourMs + minute * minuteMs + second * 1000)
            .sort((a, b) => a - b);
          const span = { fromMs: nowMs - 20 * hourMs + fromMinute * minuteMs, toMs: nowMs };
          const [bySlice, byHour] = [target(past, now), target(past, now)];
          countFreshness(past, bySlice, successes, span, noSlaChanges());
          countPastFreshness(past, byHour, successes, span, noSlaChanges());
          expect(listBuckets(byHour.hours)).toEqual(listBuckets(bySlice.hours));
          // Those of five minutes are kept for 7 hours.
          const kept = listBuckets(bySlice.fine).filter(({ atMs }) => atMs > nowMs - 7 * hourMs);
          expect(listBuckets(byHour.fine).filter(({ atMs }) => atMs > nowMs - 7 * hourMs)).toEqual(kept);
        },
      ),
    );
  });
});

describe('deadlines', () => {
  const of = objective({ kind: 'deadline', by: '06:00', time_zone: 'Europe/Berlin', within: '6h' });
  const due = (day: string) => Date.parse(`2026-03-${day}T00:00:00Z`) + (day === '28' ? 5 : 4) * hourMs;
  test('are counted once each, good with a success within the time before', () => {
    const on = target(of, now);
    const span = { fromMs: due('28') - 1, toMs: nowMs, live: true };
    countDeadlines(of, on, [due('28') - 6 * hourMs, due('29') - 6 * hourMs + 1], span, noSlaChanges());
    countDeadlines(of, on, [], span, noSlaChanges());
    expect(on.events.map(({ key, good }) => [key, good])).toEqual([
      [`since:${due('28')}`, false],
      [`since:${due('29')}`, true],
    ]);
    expect(on).toMatchObject({ violations: 1, lastViolation: { text: 'not done by the deadline of 2026-03-28' } });
  });

  test('a success after the deadline does not make it good', () => {
    const on = target(of, now);
    countDeadlines(of, on, [due('29') + 1], { fromMs: due('29') - 1, toMs: nowMs, live: true }, noSlaChanges());
    expect(on.events.map(({ good }) => good)).toEqual([false]);
  });
});

describe('a posted metric', () => {
  const of = objective({ kind: 'custom', threshold: 10, recovers_after: 2, metric: { name: 'lag' } });
  const slice = (minute: number, value: number) => ({ atMs: nowMs + minute * minuteMs, value });

  test('counts each slice once, in the order of time, and remembers the newest', () => {
    const on = target(of, now);
    countCustom(of, on, [slice(0, 10), slice(-2, 100), slice(-3, 10.5), slice(-1, 5)], nowMs - 3 * minuteMs, noSlaChanges());
    expect(sums(on.hours)).toEqual({ total: 3, bad: 1 });
    expect(on).toMatchObject({ lastValue: { atMs: nowMs, value: 10 }, recentValues: [5, 10] });
  });

  test('without values counts nothing', () => {
    const on = target(of, now);
    countCustom(of, on, [], nowMs - hourMs, noSlaChanges());
    expect([listBuckets(on.hours), on.lastValue]).toEqual([[], null]);
  });
});
