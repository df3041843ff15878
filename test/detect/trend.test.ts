import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/detect/facts.ts';
import { trend } from '../../src/detect/trend.ts';
import { observeCycle } from '../../src/measure/observe.ts';
import type { LevelShift } from '../../src/measure/series.ts';
import { day, normal, seeded, tried } from '../measure/kit.ts';
import { at, facts, minutes, openMap, settings } from './kit.ts';
import { bookOf, sure } from './series-kit.ts';

const random = seeded(4);
/** ln(seconds) grows by `slope` a run. */
const growing = (count: number, slope: number): number[] =>
  Array.from({ length: count }, (_, index) => 600 * Math.exp(slope * index + 0.02 * normal(random)));

/** The try that ends now, the first of its week, after tries that ended at least `daysAgo` before. */
function look(seconds: number[], daysAgo = 7): Facts {
  const book = bookOf(seconds.slice(0, -1), daysAgo);
  const { trials, changes } = observeCycle(book, [tried(at('11:59').getTime(), seconds.at(-1) ?? 0)], at('12:00'));
  return facts({ trials, series: book.series, learned: sure(0.001), shifts: changes.shifts });
}
const judge = (given: Facts, open: Parameters<typeof trend>[1] = new Map(), config: unknown = {}) =>
  trend(given, open, settings(config), given.snapshot.at);

describe('drift', () => {
  test('of 22 % over thirty runs is found, of 18 % is not', () => {
    expect(judge(look(growing(30, Math.log(1.22) / 30))).findings).toHaveLength(1);
    expect(judge(look(growing(30, Math.log(1.18) / 30))).findings).toEqual([]);
  });

  test('is looked for from twenty runs on', () => {
    expect(judge(look(growing(19, 0.03))).findings).toEqual([]);
    expect(judge(look(growing(20, 0.03))).findings).toHaveLength(1);
  });

  test('is looked for once a week', () => {
    expect(judge(look(growing(30, 0.02), 1))).toEqual({ findings: [], cleared: [], judged: 0 });
  });

  test('is looked for although several tries ended at once, as after a time away, and the first of them began the week', () => {
    const book = bookOf(growing(29, 0.02), 7);
    const ends = [minutes(3), minutes(2), minutes(1)].map((before) => at('12:00').getTime() - before);
    const { trials, changes } = observeCycle(
      book,
      ends.map((end, index) => tried(end, 600 * Math.exp(0.02 * (29 + index)))),
      at('12:00'),
    );
    const given = facts({ trials, series: book.series, learned: sure(0.001), shifts: changes.shifts });
    expect(judge(given).findings).toHaveLength(1);
  });

  test('that falls is mild, and told as such', () => {
    expect(judge(look(growing(30, -0.02))).findings[0]).toMatchObject({
      severity: 'info',
      title: expect.stringMatching(/^etl.load takes 2.\d % less with each run: 10m\d*s? to 5m\d*s? over 30 runs \(p = /),
    });
  });

  test('goes on as the same event, and is over when there is none any more', () => {
    const first = look(growing(30, 0.02));
    const open = openMap(...judge(first).findings);
    const next = look(growing(37, 0.02));
    const later = { ...next, snapshot: { ...next.snapshot, at: new Date(at('12:00').getTime() + 7 * day) } };
    const [again] = judge(later, open).findings;
    expect(again?.event).toBe([...open.values()][0]?.event);
    expect(judge(look(growing(30, 0)), open).cleared).toMatchObject([{ reason: 'cleared' }]);
  });

  test('noise of any size is rarely one: two of a thousand looks at p < 0.001', () => {
    let found = 0;
    for (let round = 0; round < 300; round += 1) {
      const seconds = Array.from({ length: 30 }, () => 600 * Math.exp(0.4 * normal(random)));
      found += judge(look(seconds)).findings.length;
    }
    expect(found).toBeLessThanOrEqual(2);
  });
});

describe('a level shift', () => {
  const shift: LevelShift = {
    dagId: 'etl',
    taskId: 'load',
    bucket: '',
    at: at('06:00'),
    confirmedAt: at('12:00'),
    fromSeconds: 600,
    toSeconds: 960,
    before: 30,
    since: 7,
    p: 1e-5,
    share: 1,
  };
  const told = facts({ shifts: [shift], learned: sure(0.001) });

  test('is told once, as the new normal', () => {
    expect(judge(told).findings).toMatchObject([
      {
        event: `since:${at('06:00').getTime()}:level`,
        severity: 'warning',
        title: 'etl.load takes 16m since 2026-06-10 (7 runs), 10m before (30 runs): the new normal (p = 0.00001)',
      },
    ]);
  });

  test('is told when it is as sure as the budget asks', () => {
    expect(judge(facts({ shifts: [{ ...shift, p: 0.0011 }], learned: sure(0.001) })).findings).toEqual([]);
    expect(judge(facts({ shifts: [{ ...shift, p: 0.0009 }], learned: sure(0.001) })).findings).toHaveLength(1);
  });

  test('is accepted a day later, not before', () => {
    const open = openMap(...judge(told).findings);
    const after = (ms: number) => {
      const given = facts();
      return judge({ ...given, snapshot: { ...given.snapshot, at: new Date(at('12:00').getTime() + ms) } }, open).cleared;
    };
    expect(after(day - 1)).toEqual([]);
    expect(after(day)).toMatchObject([{ reason: 'accepted', text: 'taken as the new normal' }]);
    expect(after(minutes(5))).toEqual([]);
  });

  test('of several buckets of a mapped task is one finding', () => {
    expect(judge({ ...told, shifts: [shift, { ...shift, bucket: '2-3' }] }).findings).toHaveLength(1);
  });
});
