import type { Attempt } from '../../src/collect/transition.ts';
import type { Learned } from '../../src/measure/learned.ts';
import { nothingLearned } from '../../src/measure/learned.ts';
import { observeCycle, type Book } from '../../src/measure/observe.ts';
import { seriesKey, type Expectation, type Trial } from '../../src/measure/series.ts';
import { tailAbove, tailBelow } from '../../src/stats/prediction.ts';
import { day, newBook, tried } from '../measure/kit.ts';
import { at, attempt } from './kit.ts';

/** Of ln(seconds) about ten minutes, sigma 0.1, by 30 runs. */
export const expectation = (over: Partial<Expectation> = {}): Expectation => ({
  n: 30,
  location: Math.log(600),
  scale: 0.1,
  df: 29,
  medianSeconds: 600,
  maxSeconds: 760,
  profile: null,
  others: 0,
  share: 1,
  ...over,
});

/** A try of `etl.load` in run 7, ended at 11:59:50, that took this long. */
export function trial(seconds: number, over: Partial<Expectation> = {}, tried: Partial<Attempt> = {}): Trial {
  const expected = expectation(over);
  const log = Math.log(seconds);
  return {
    attempt: attempt({ outcome: 'success', durationSeconds: seconds, ...tried }),
    seconds,
    bucket: '',
    series: null,
    ordinary: true,
    expectation: expected,
    pHigh: tailAbove(expected, log),
    pLow: tailBelow(expected, log),
  };
}

/** What was learned with these probabilities for all detectors. */
export const sure = (alpha: number): Learned => {
  const alphas = { z_score: alpha, running_long: alpha, trend: alpha, pattern: alpha, failure_rate: alpha, dag_late: alpha };
  return { ...nothingLearned, alphas, scoreAlphas: alphas };
};

/** A book of tries of `etl.load` that begin daily at 10:00, the newest `newestDaysAgo` days before 2026-06-10. */
export function bookOf(seconds: readonly number[], newestDaysAgo = 1): Book {
  const book = newBook();
  for (const [index, took] of seconds.entries()) {
    const end = at('10:00').getTime() - (seconds.length - 1 - index + newestDaysAgo) * day + took * 1000;
    observeCycle(book, [tried(end, took)], new Date(end));
  }
  return book;
}

export const loadKey = seriesKey('etl', 'load', '');
