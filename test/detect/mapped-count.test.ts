import { describe, expect, test } from 'vitest';
import type { MappedExpectation, MappedTrial } from '../../src/measure/expect-mapped.ts';
import type { MappedRun } from '../../src/collect/mapped.ts';
import { alphasOf } from '../../src/detect/budget.ts';
import { leastOff } from '../../src/detect/effect.ts';
import type { Facts } from '../../src/detect/facts.ts';
import { pattern } from '../../src/detect/pattern.ts';
import { insertCount } from '../../src/measure/mapped-series.ts';
import { lowerPredictionBound, tailAbove, tailBelow, upperPredictionBound } from '../../src/stats/prediction.ts';
import { day, mappedRun, monday, newBook, normal, seeded } from '../measure/kit.ts';
import { at, facts, openMap, settings } from './kit.ts';
import { sure, trial as tryTrial } from './series-kit.ts';

const judge = (over: Partial<Facts>, open: Parameters<typeof pattern>[1] = new Map(), config: unknown = {}) => {
  const given = facts({ learned: sure(0.001), ...over });
  return pattern(given, open, settings(config), given.snapshot.at);
};

/** About 100 instances, by 60 runs. */
const expectation = (over: Partial<MappedExpectation> = {}): MappedExpectation => ({
  n: 60,
  location: Math.log1p(100),
  scale: 0.2,
  df: 59,
  middle: 100,
  profile: null,
  levelSeconds: null,
  share: 1,
  ...over,
});

/** `etl.load` had so many instances in run 7, which ended at 11:59:50. */
function trial(count: number, over: Partial<MappedExpectation> = {}, run: Partial<MappedRun> = {}): MappedTrial {
  const expected = expectation(over);
  const value = Math.log1p(count);
  return {
    run: mappedRun(at('11:00').getTime(), {}, { runPk: 7, runId: 'scheduled__7', endedAt: at('11:59:50'), ...run }),
    taskId: 'load',
    count,
    expectation: expected,
    p: Math.min(1, 2 * Math.min(tailAbove(expected, value), tailBelow(expected, value))),
  };
}
const finds = (...mappedTrials: MappedTrial[]): boolean => judge({ mappedTrials }).findings.length === 1;

describe('a mapped count', () => {
  test('is off just beyond the interval to either side, not just within', () => {
    const upper = Math.expm1(upperPredictionBound(expectation(), 0.0005));
    const lower = Math.expm1(lowerPredictionBound(expectation(), 0.0005));
    expect([finds(trial(Math.floor(upper))), finds(trial(Math.ceil(upper)))]).toEqual([false, true]);
    expect([finds(trial(Math.ceil(lower))), finds(trial(Math.floor(lower)))]).toEqual([false, true]);
  });

  test('needs a factor of 1.5, to either side', () => {
    const narrow = { scale: 0.05 };
    expect([finds(trial(150, narrow)), finds(trial(151, narrow))]).toEqual([false, true]);
    expect([finds(trial(67, narrow)), finds(trial(66, narrow))]).toEqual([false, true]);
  });

  test('needs three instances more or fewer, unless none are left', () => {
    const few = { location: Math.log1p(3), middle: 3, scale: 0.1 };
    expect([finds(trial(5, few)), finds(trial(6, few))]).toEqual([false, true]);
    expect([finds(trial(1, few)), finds(trial(0, few))]).toEqual([false, true]);
    expect(leastOff(2, 1.5).fewer).toBe(0);
  });

  test('is told with what is usual, by how many runs, and how rare it is', () => {
    expect(judge({ mappedTrials: [trial(0)] }).findings).toMatchObject([
      {
        kind: 'pattern_broken',
        subject: { type: 'task', dagId: 'etl', taskId: 'load' },
        title: 'etl.load had 0 mapped instances, usual is 100, by 60 runs (less than 1 in a million is so far off)',
        observed: { value: 0, unit: 'tasks' },
        n: 60,
        event: 'run:7:load:mapped',
        occasion: { runPk: 7, mapIndex: null },
      },
    ]);
    const [found] = judge({ mappedTrials: [trial(300, { profile: 'weekday' })] }).findings;
    expect(found?.title).toMatch(/^etl\.load had 300 mapped instances, usual for Wednesdays is 100, by 60 runs \(1 in [\d,]+ is/);
  });

  test('by fewer runs than asked for is not judged', () => {
    expect(judge({ mappedTrials: [trial(0, { n: 6 })] })).toEqual({ findings: [], cleared: [], judged: 0 });
    expect(judge({ mappedTrials: [trial(0, { n: 7 })] }).findings).toHaveLength(1);
  });

  test('is left alone where the kind is disabled or less sensitive', () => {
    const one = [trial(230)];
    expect(judge({ mappedTrials: one }).findings).toHaveLength(1);
    expect(
      judge({ mappedTrials: one }, new Map(), { overrides: [{ match: { tasks: ['load'] }, sensitivity: 0.01 }] }).findings,
    ).toEqual([]);
  });
});

describe('a broken count', () => {
  const open = openMap(...judge({ mappedTrials: [trial(0)] }).findings);
  const next = { runPk: 8, runId: 'scheduled__8', endedAt: at('12:00') };

  test('is over with the next run that keeps to it, not with another that is off', () => {
    expect(judge({ mappedTrials: [trial(98, {}, next)] }, open).cleared).toMatchObject([
      { reason: 'cleared', text: 'it had 98 mapped instances in run scheduled__8, as usual' },
    ]);
    const again = judge({ mappedTrials: [trial(0, {}, next)] }, open);
    expect([again.cleared.length, again.findings[0]?.event]).toEqual([0, 'run:8:load:mapped']);
  });

  test('is not over with an older run, nor with a usual duration', () => {
    expect(judge({ mappedTrials: [trial(98, {}, { ...next, endedAt: at('11:00') })] }, open).cleared).toEqual([]);
    const tried = tryTrial(600, { profile: 'weekday' }, { runPk: 8, endedAt: at('12:00') });
    expect(judge({ trials: [tried] }, open).cleared).toEqual([]);
    expect(judge({ trials: [tryTrial(600, {}, { runPk: 8, endedAt: at('12:00') })] }, open).cleared).toEqual([]);
  });

  test('is accepted when it is the usual one by now', () => {
    const levelSeconds = at('10:00').getTime() / 1000;
    const low = { location: Math.log1p(2), middle: 2, n: 7, levelSeconds };
    expect(judge({ mappedTrials: [trial(2, low, next)] }, open).cleared).toMatchObject([
      { reason: 'accepted', text: 'about 2 mapped instances are the new normal, by 7 runs' },
    ]);
  });

  test('and a duration off its profile in one cycle are one finding, and neither ends the other', () => {
    const weekday = { profile: 'weekday' as const };
    const { findings } = judge({ mappedTrials: [trial(300)], trials: [tryTrial(3600, weekday)] });
    expect(findings.map(({ event }) => event)).toEqual(['run:7:load:mapped']);
    const slow = tryTrial(3600, weekday, { runPk: 8, endedAt: at('11:59:55') });
    const both = judge({ mappedTrials: [trial(98, {}, next)], trials: [slow] }, open);
    expect([both.findings.length, both.cleared.length]).toEqual([1, 0]);
  });
});

test('mapped counts use up the share of the pattern: with more of them each must be surer', () => {
  const random = seeded(5);
  const alphaOf = (tasks: number): number => {
    const book = newBook();
    for (let task = 0; task < tasks; task += 1)
      for (let index = 0; index < 60; index += 1)
        insertCount(book.mapped, {
          dagId: 'etl',
          taskId: `t${task}`,
          runPk: index,
          startedSeconds: (monday + index * day) / 1000,
          count: Math.round(100 * Math.exp(0.5 * normal(random))),
        });
    return alphasOf({ ...book, prior: null }, settings(), new Date(monday + 60 * day)).alphas['pattern'] ?? 0;
  };
  expect(alphaOf(10)).toBe(0.01);
  expect(alphaOf(200)).toBeLessThan(0.005);
});
