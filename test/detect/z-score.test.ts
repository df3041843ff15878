import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/detect/facts.ts';
import { zScore } from '../../src/detect/z-score.ts';
import type { LevelShift, Trial } from '../../src/measure/series.ts';
import { upperPredictionBound, lowerPredictionBound } from '../../src/stats/prediction.ts';
import { at, facts, openMap, runEnded, settings } from './kit.ts';
import { expectation, sure, trial } from './series-kit.ts';

const judge = (
  trials: Trial[],
  over: Partial<Facts> = {},
  config: unknown = {},
  open: Parameters<typeof zScore>[1] = new Map(),
) => zScore(facts({ trials, learned: sure(0.001), ...over }), open, settings(config), at('12:00'));
const finds = (...args: Parameters<typeof judge>): boolean => judge(...args).findings.length === 1;

describe('what is slow', () => {
  test('a wide scale: just above the prediction interval, not just below', () => {
    const wide = { scale: 0.3 };
    const bound = Math.exp(upperPredictionBound(expectation(wide), 0.001));
    expect(finds([trial(bound * 0.999, wide)])).toBe(false);
    expect(finds([trial(bound * 1.001, wide)])).toBe(true);
  });

  test('a narrow scale: just above 1.5 times the median, not just below, however unusual', () => {
    expect(finds([trial(899)])).toBe(false);
    expect(finds([trial(901)])).toBe(true);
  });

  test('a short task: just above 30 s more than the median, not just below', () => {
    const short = { location: Math.log(10), medianSeconds: 10, maxSeconds: 12 };
    expect(finds([trial(39.9, short)])).toBe(false);
    expect(finds([trial(40.1, short)])).toBe(true);
  });

  test('with six runs only what is beyond three times the longest and five minutes', () => {
    const few = { n: 6, df: 5, maxSeconds: 200, medianSeconds: 150, location: Math.log(150) };
    expect(finds([trial(599, few)])).toBe(false);
    expect(finds([trial(601, few)])).toBe(true);
    const short = { ...few, maxSeconds: 50 };
    expect(finds([trial(299, short)])).toBe(false);
    expect(finds([trial(301, short)])).toBe(true);
  });

  test('with seven runs the interval', () => {
    const seven = { n: 7, df: 6 };
    const bound = Math.exp(upperPredictionBound(expectation(seven), 0.001));
    expect(finds([trial(bound * 0.999, seven)])).toBe(false);
    expect(finds([trial(bound * 1.001, seven)])).toBe(true);
  });

  test('of a hundred mapped instances each must be a hundred times as unusual', () => {
    const wide = { scale: 0.3 };
    const bound = Math.exp(upperPredictionBound(expectation(wide), 0.001 / 100));
    const usual = trial(600, wide, { mapIndex: 99 });
    expect(finds([usual, trial(bound * 0.999, wide, { mapIndex: 3 })])).toBe(false);
    expect(finds([usual, trial(bound * 1.001, wide, { mapIndex: 3 })])).toBe(true);
  });

  test('on a heavy day what is long for that day', () => {
    const sunday = { location: Math.log(1800), profile: 'weekday' as const };
    expect(finds([trial(2690, sunday)])).toBe(false);
    expect(finds([trial(2710, sunday)])).toBe(true);
  });

  test('what runs hourly must be surer than what runs daily', () => {
    const wide = { scale: 0.3 };
    const bound = Math.exp(upperPredictionBound(expectation(wide), 0.001 / 32));
    expect(finds([trial(bound * 0.999, wide)])).toBe(true);
    expect(finds([trial(bound * 0.999, { ...wide, share: 1 / 32 })])).toBe(false);
    expect(finds([trial(bound * 1.001, { ...wide, share: 1 / 32 })])).toBe(true);
  });

  test('sensitivity of a task moves its bound', () => {
    const wide = { scale: 0.3 };
    const seconds = Math.exp(upperPredictionBound(expectation(wide), 0.0015));
    const twice = { overrides: [{ match: { dags: ['etl'] }, sensitivity: 2 }] };
    expect(finds([trial(seconds, wide)])).toBe(false);
    expect(finds([trial(seconds, wide)], {}, twice)).toBe(true);
  });

  test.each([
    ['what is not ordinary', { ...trial(9000), ordinary: false }],
    ['what nothing is expected of', { ...trial(9000), expectation: null, pHigh: null, pLow: null }],
  ])('%s is not judged', (_, each) => {
    expect(judge([each])).toEqual({ findings: [], cleared: [], judged: 0 });
  });
});

describe('what is too fast', () => {
  const wide = { scale: 0.3 };
  const low = { z_score: { low_side: true } };
  const bound = Math.exp(lowerPredictionBound(expectation(wide), 0.001));

  test('is found with the low side on alone, just below the interval', () => {
    expect(finds([trial(bound * 0.999, wide)])).toBe(false);
    expect(finds([trial(bound * 0.999, wide)], {}, low)).toBe(true);
    expect(finds([trial(bound * 1.001, wide)], {}, low)).toBe(false);
  });

  test('takes less than half of the median', () => {
    expect(finds([trial(299)], {}, low)).toBe(true);
    expect(finds([trial(301)], {}, low)).toBe(false);
  });
});

describe('how it is told', () => {
  test('one sentence says what was seen, what was expected, by how many runs, and how unusual it is', () => {
    const [finding] = judge([trial(3600)]).findings;
    expect(finding).toMatchObject({
      kind: 'task_slow',
      subject: { type: 'task', dagId: 'etl', taskId: 'load' },
      event: 'run:7:load:-1:2',
      title: 'etl.load took 1h, expected 10m, at most 14m7s by 30 runs; less than 1 in a million is so slow',
      n: 30,
      severity: 'error',
      observed: { value: 3600, unit: 'seconds' },
    });
  });

  test('half the score is where it begins, at the default budget', () => {
    const wide = { scale: 0.3 };
    const seconds = Math.exp(upperPredictionBound(expectation(wide), 0.001)) * 1.000_001;
    expect(judge([trial(seconds, wide)]).findings[0]?.score).toBeCloseTo(0.5, 4);
  });

  test('it is an error from three times the usual on, if it is ten times as unusual too', () => {
    expect(judge([trial(1799)]).findings[0]?.severity).toBe('warning');
    expect(judge([trial(1801)]).findings[0]?.severity).toBe('error');
  });

  test('several slow tries of a task are one finding, the most unusual', () => {
    const tries = [trial(1000), trial(4000, {}, { runPk: 8 }), trial(2000, {}, { runPk: 9 })];
    expect(judge(tries).findings.map(({ event }) => event)).toEqual(['run:8:load:-1:2']);
  });
});

describe('what ends it', () => {
  const slow = judge([trial(3600)]).findings;
  const open = openMap(...slow);
  const later = { runPk: 8, runId: 'scheduled__8', endedAt: at('12:30') };

  test('the next normal try of another run', () => {
    expect(judge([trial(610, {}, later)], {}, {}, open).cleared).toMatchObject([{ reason: 'cleared', at: at('12:30') }]);
    expect(judge([trial(3600, {}, later)], {}, {}, open).cleared).toEqual([]);
  });

  test('not a normal try that ended before, nor one that is not ordinary, nor one of the same run', () => {
    expect(judge([trial(610, {}, { ...later, endedAt: at('11:00') })], {}, {}, open).cleared).toEqual([]);
    expect(judge([{ ...trial(610, {}, later), ordinary: false }], {}, {}, open).cleared).toEqual([]);
    expect(judge([trial(610, {}, { ...later, runPk: 7 })], {}, {}, open).cleared).toEqual([]);
  });

  test('a slow and a later normal try in one cycle open and end it', () => {
    const { findings, cleared } = judge([trial(3600), trial(610, {}, later)]);
    expect([findings.length, cleared.length]).toEqual([1, 1]);
  });

  test('of mapped tasks another run, not one instance', () => {
    const mapped = openMap(...judge([trial(3600, {}, { mapIndex: 3 })]).findings);
    expect(judge([trial(610, {}, { ...later, mapIndex: 4 })], {}, {}, mapped).cleared).toEqual([]);
    const ended = runEnded({ state: 'success', runPk: 8, endedAt: at('12:31') });
    expect(judge([], { transitions: [ended] }, {}, mapped).cleared).toHaveLength(1);
    expect(judge([], { transitions: [{ ...ended, runPk: 7 }] }, {}, mapped).cleared).toEqual([]);
    expect(judge([], { transitions: [{ ...ended, state: 'failed' }] }, {}, mapped).cleared).toEqual([]);
    const again = trial(3600, {}, { ...later, mapIndex: 3 });
    expect(judge([again], { transitions: [ended] }, {}, mapped).cleared).toEqual([]);
  });

  test('a new normal is accepted, and the try that showed it is no finding', () => {
    const shift: LevelShift = {
      dagId: 'etl',
      taskId: 'load',
      bucket: '',
      at: at('10:00'),
      confirmedAt: at('12:00'),
      fromSeconds: 600,
      toSeconds: 1200,
      before: 30,
      since: 7,
      p: 1e-6,
      share: 1,
    };
    const { findings, cleared } = judge([trial(1300, {}, later)], { shifts: [shift] }, {}, open);
    expect(findings).toEqual([]);
    expect(cleared).toMatchObject([{ reason: 'accepted' }]);
    expect(judge([], { shifts: [shift] }).cleared).toEqual([]);
  });
});
