import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/detect/facts.ts';
import { pattern } from '../../src/detect/pattern.ts';
import type { RunRecord } from '../../src/measure/run-history.ts';
import { lowerPredictionBound, upperPredictionBound } from '../../src/stats/prediction.ts';
import { day } from '../measure/kit.ts';
import { at, facts, openMap, openRun, settings, snapshot } from './kit.ts';
import { expectation, sure, trial } from './series-kit.ts';

const judge = (over: Partial<Facts>, open: Parameters<typeof pattern>[1] = new Map()) => {
  const given = facts({ learned: sure(0.001), ...over });
  return pattern(given, open, settings(), given.snapshot.at);
};

describe('durations', () => {
  const weekday = { profile: 'weekday' as const, scale: 0.3 };
  const finds = (...trials: Facts['trials']) => judge({ trials }).findings.length === 1;

  test('are off their profile just beyond the interval to either side, not just within', () => {
    const upper = Math.exp(upperPredictionBound(expectation(weekday), 0.0005));
    const lower = Math.exp(lowerPredictionBound(expectation(weekday), 0.0005));
    expect([finds(trial(upper * 0.999, weekday)), finds(trial(upper * 1.001, weekday))]).toEqual([false, true]);
    expect([finds(trial(lower * 1.001, weekday)), finds(trial(lower * 0.999, weekday))]).toEqual([false, true]);
  });

  test('need be less far off towards where the other days lie than away from them: nine tenths of alpha are spent there', () => {
    for (const others of [1, -1] as const) {
      const of = { ...weekday, others };
      const upper = Math.exp(upperPredictionBound(expectation(of), others > 0 ? 0.0009 : 0.0001));
      const lower = Math.exp(lowerPredictionBound(expectation(of), others > 0 ? 0.0001 : 0.0009));
      expect([finds(trial(upper * 0.999, of)), finds(trial(upper * 1.001, of))]).toEqual([false, true]);
      expect([finds(trial(lower * 1.001, of)), finds(trial(lower * 0.999, of))]).toEqual([false, true]);
      const [found] = judge({ trials: [trial(60_000, of)] }).findings;
      expect([found?.expected?.lower, found?.expected?.upper]).toEqual([expect.closeTo(lower, 6), expect.closeTo(upper, 6)]);
    }
  });

  test('need a factor of 1.5, to either side', () => {
    const narrow = { ...weekday, scale: 0.05 };
    expect([finds(trial(899, narrow)), finds(trial(901, narrow))]).toEqual([false, true]);
    expect([finds(trial(401, narrow)), finds(trial(399, narrow))]).toEqual([false, true]);
  });

  test('without a profile are left to the z-score', () => {
    expect(judge({ trials: [trial(9000)] })).toEqual({ findings: [], cleared: [], judged: 0 });
  });

  test('are told with what is usual for that day', () => {
    expect(judge({ trials: [trial(3600, weekday)] }).findings[0]?.title).toBe(
      'etl.load took 1h, usual for Wednesdays is 10m, by 30 runs (1 in 450,000 is so far off)',
    );
  });

  test('are back with the next one that keeps to the profile', () => {
    const open = openMap(...judge({ trials: [trial(3600, weekday)] }).findings);
    const next = { runPk: 8, endedAt: at('12:00') };
    expect(judge({ trials: [trial(650, weekday, next)] }, open).cleared).toHaveLength(1);
    expect(judge({ trials: [trial(3600, weekday, next)] }, open).cleared).toEqual([]);
  });
});

test('what broke a profile that is given up is accepted', () => {
  const open = openMap(...judge({ trials: [trial(3600, { profile: 'weekday' })] }).findings);
  expect(judge({ trials: [trial(3600, {}, { runPk: 8 })] }, open).cleared).toMatchObject([{ reason: 'accepted' }]);
});

describe('numbers of runs', () => {
  const midnight = new Date('2026-06-10T00:00:00Z');
  /** Runs that other systems started: so many on each of the days before today, the oldest first. */
  const daily = (counts: readonly number[], runType = 'manual'): RunRecord[] =>
    counts.flatMap((count, index) =>
      Array.from({ length: count }, (_, each) => {
        const startMs = midnight.getTime() - (counts.length - index) * day + each * 60_000 + 1000;
        const endMs = startMs + 30_000;
        return {
          runPk: index * 1000 + each,
          runId: 'r',
          runType,
          dueMs: null,
          startMs,
          endMs,
          state: 'success' as const,
          byPerson: false,
        };
      }),
    );
  const usual = [1, ...Array.from({ length: 16 }, (_, index) => 9 + (index % 3))];
  const at0 = (seconds: number) => new Date(midnight.getTime() + seconds * 1000);
  const volume = (runs: RunRecord[], over: Partial<Facts> = {}, open?: Parameters<typeof pattern>[1]) =>
    judge({ runs: new Map([['etl', runs]]), previousAt: at0(-10), snapshot: snapshot({ at: at0(5) }), ...over }, open);

  test('that are ten times the usual, or none at all, are found when the day is over', () => {
    expect(volume(daily([...usual, 100])).findings).toMatchObject([
      {
        subject: { type: 'dag', dagId: 'etl' },
        title: expect.stringMatching(/^etl ran 100 times in the last day, expected about 10 by \d+ days before \(/),
        event: `since:${midnight.getTime() - day}`,
      },
    ]);
    expect(volume(daily([...usual, 0])).findings).toHaveLength(1);
    expect(volume(daily([...usual, 12])).findings).toEqual([]);
  });

  test('runs that still go on count', () => {
    const going = Array.from({ length: 10 }, (_, id) => openRun({ id, runType: 'manual', startDate: at0(-3600) }));
    expect(volume(daily([...usual, 0]), { snapshot: snapshot({ at: at0(5), openRuns: going }) }).findings).toEqual([]);
  });

  test('are looked at once a day', () => {
    expect(volume(daily([...usual, 100]), { previousAt: at0(1) }).judged).toBe(0);
    expect(volume(daily([...usual, 100]), { previousAt: null }).judged).toBe(0);
  });

  test('of DAGs that a timetable runs, or with two weeks of history or less, are not judged', () => {
    expect(volume(daily([...usual, 100], 'scheduled')).judged).toBe(0);
    expect(volume(daily([...usual.slice(3), 40])).judged).toBe(0);
  });

  test('of busy DAGs are judged by the hour', () => {
    const starts = Array.from({ length: 50 }, (_, hours) =>
      Array.from({ length: 4 }, (_each, run) => hours * 3600 + run * 60),
    ).flat();
    const busy = starts.map((seconds, index): RunRecord => {
      const startMs = at0(seconds - 51 * 3600).getTime();
      return {
        runPk: index,
        runId: 'r',
        runType: 'manual',
        dueMs: null,
        startMs,
        endMs: startMs + 5,
        state: 'success',
        byPerson: false,
      };
    });
    const hourBefore = busy.map((run) => ({ ...run, startMs: (run.startMs ?? 0) + 3_600_000 }));
    expect(volume(hourBefore)).toMatchObject({ findings: [], judged: 1 });
    expect(volume(busy).findings[0]?.title).toMatch(/^etl ran 0 times in the last hour, expected about 4 by \d+ hours before/);
  });

  test('are back when a day is as usual', () => {
    const open = openMap(...volume(daily([...usual, 100])).findings);
    expect(volume(daily([...usual, 10]), {}, open).cleared).toHaveLength(1);
  });
});
