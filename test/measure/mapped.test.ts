import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeCount } from '../../src/measure/expect-mapped.ts';
import { forgetCounts, insertCount, mappedKey, mappedRunsMax, type MappedSeries } from '../../src/measure/mapped-series.ts';
import { observeCycle } from '../../src/measure/observe.ts';
import { observeMapped } from '../../src/measure/observe-mapped.ts';
import { day, mappedRun, monday, newBook, normal, rules, seeded } from './kit.ts';

const key = mappedKey('etl', 'parts');
const count = (index: number, instances: number) => ({
  dagId: 'etl',
  taskId: 'parts',
  runPk: 10_000 + index,
  startedSeconds: (monday + index * day) / 1000,
  count: instances,
});

/** Daily runs from a Monday on, with these numbers of instances. */
function seriesOf(counts: readonly number[]): MappedSeries {
  const all = new Map<string, MappedSeries>();
  for (const [index, instances] of counts.entries()) insertCount(all, count(index, instances));
  return all.get(key) as MappedSeries;
}

const judged = (counts: readonly number[], next: number) => judgeCount(seriesOf(counts), count(counts.length, next), rules);
const pOf = (counts: readonly number[], next: number): number => judged(counts, next)?.p ?? Number.NaN;
const around = (middle: number, sigma: number, n: number, seed = 7): number[] => {
  const random = seeded(seed);
  return Array.from({ length: n }, () => Math.round(middle * Math.exp(sigma * normal(random))));
};

describe('a series of counts', () => {
  test('holds the newest runs in their order, whatever order they come in, each once', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 300 }, (_, index) => index),
          { minLength: 1 },
        ),
        (order) => {
          const all = new Map<string, MappedSeries>();
          for (const index of order) insertCount(all, count(index, index % 9));
          for (const index of order) insertCount(all, count(index, 1 + (index % 9)));
          const kept = order.toSorted((a, b) => a - b).slice(-mappedRunsMax);
          const pks = kept.map((index) => count(index, 0).runPk);
          expect(all.get(key)).toMatchObject({ runPks: pks, counts: kept.map((index) => 1 + (index % 9)) });
        },
      ),
      { numRuns: 30 },
    );
  });

  test('forgets runs before a time, and itself with the last of them', () => {
    const all = new Map([[key, seriesOf([1, 2, 3])]]);
    forgetCounts(all, count(1, 0).startedSeconds);
    expect(all.get(key)?.counts).toEqual([2, 3]);
    forgetCounts(all, count(3, 0).startedSeconds);
    expect(all.size).toBe(0);
  });
});

describe('how unusual a count is', () => {
  test('is told as often as it says, of counts that noise alone makes', () => {
    const random = seeded(3);
    const draw = () => Math.round(200 * Math.exp(0.3 * normal(random)));
    let few = 0;
    const worlds = 3000;
    for (let world = 0; world < worlds; world += 1) if (pOf(Array.from({ length: 30 }, draw), draw()) <= 0.02) few += 1;
    expect(few / worlds).toBeGreaterThan(0.01);
    expect(few / worlds).toBeLessThan(0.03);
  });

  test('grows with the distance, to either side, down to none at all', () => {
    const usual = around(24, 0.1, 60);
    expect(pOf(usual, 24)).toBeGreaterThan(0.5);
    expect(pOf(usual, 60)).toBeLessThan(1e-6);
    expect(pOf(usual, 8)).toBeLessThan(1e-6);
    expect(pOf(usual, 0)).toBeLessThan(1e-9);
  });

  test('of constant counts: one more or less is usual', () => {
    const constant = Array.from({ length: 60 }, () => 12);
    expect(pOf(constant, 13)).toBeGreaterThan(0.1);
    expect(pOf(constant, 24)).toBeLessThan(1e-6);
  });

  test('is nothing where two values are usual, however rare the rarer one; a single one before changes nothing', () => {
    const branched = Array.from({ length: 60 }, (_, index) => (index % 10 === 3 ? 0 : 24));
    expect(pOf(branched, 0)).toBeGreaterThanOrEqual(0.1);
    expect(pOf([...Array.from({ length: 20 }, () => 24), 0, ...Array.from({ length: 39 }, () => 24)], 0)).toBeLessThan(1e-6);
  });

  test('stays as it is while the trouble lasts, until seven runs have made it the new normal', () => {
    const usual = around(24, 0.1, 40);
    for (const runs of [1, 3, 6]) expect(pOf([...usual, ...Array.from({ length: runs }, () => 60)], 60)).toBeLessThan(1e-4);
    const after = judged([...usual, ...around(60, 0.1, 7)], 60);
    expect(after?.p).toBeGreaterThan(0.1);
    expect(after?.expectation).toMatchObject({ n: 7, levelSeconds: count(40, 0).startedSeconds });
  });

  test('goes by the weekday where counts do', () => {
    const weekly = around(20, 0.1, 112).map((instances, index) => (index % 7 === 6 ? 5 * instances : instances));
    const monday = judged(weekly, 100);
    expect(monday?.expectation.profile).not.toBeNull();
    expect(monday?.p).toBeLessThan(1e-4);
    expect(judged([...weekly, ...around(20, 0.1, 6)], 100)?.p).toBeGreaterThan(0.01);
  });

  test('is not said below three runs', () => {
    expect(judged([4, 4], 40)).toBeNull();
    expect(judged([4, 4, 4], 40)).not.toBeNull();
  });
});

describe('a cycle', () => {
  const gap = () => day;
  const bookOf = (counts: readonly number[]) => ({ ...newBook(), mapped: new Map([[key, seriesOf(counts)]]) });

  test('takes a run in once, however often it is read', () => {
    const book = bookOf([5, 5, 5]);
    const run = mappedRun(monday + 3 * day, { parts: 5 });
    expect(observeMapped(book, [run], gap)).toMatchObject({ trials: [{ count: 5 }], added: [{ count: 5 }] });
    expect(observeMapped(book, [run], gap)).toEqual({ trials: [], added: [] });
  });

  test('takes a task skipped as a whole for a 0 only where it was mapped before', () => {
    const run = mappedRun(monday + 3 * day, { parts: 0, branch: 0 });
    expect(observeMapped(bookOf([5, 5, 5]), [run], gap).trials).toMatchObject([{ taskId: 'parts', count: 0 }]);
  });

  test('judges all runs that it brings by what was known before', () => {
    const runs = [mappedRun(monday + 3 * day, { parts: 50 }), mappedRun(monday + 4 * day, { parts: 50 })];
    const { trials } = observeMapped(bookOf([5, 5, 5]), runs, gap);
    expect(trials.map(({ expectation }) => expectation?.n)).toEqual([3, 3]);
  });

  test.each([
    ['a backfill', { runType: 'backfill' }],
    ['a catch-up', { dueAt: new Date(monday) }],
    ['what a person ran again', { clearNumber: 1 }],
  ])('%s says nothing of the present', (_name, over) => {
    const run = mappedRun(monday + 13 * day, { parts: 50 }, over);
    expect(observeMapped(bookOf([5, 5, 5]), [run], gap)).toEqual({ trials: [], added: [] });
  });

  test('nor does a run that a person ended', () => {
    const book = bookOf([5, 5, 5]);
    const run = mappedRun(monday + 3 * day, { parts: 2 });
    const { dagId, runPk, runId, runType, dueAt, runStartedAt: startedAt, endedAt } = run;
    const ended = { dagId, runPk, runId, runType, dueAt, startedAt, endedAt, logicalDate: null };
    const of = (byPerson: boolean) =>
      observeCycle(structuredClone(book), [{ kind: 'run_ended', state: 'success', byPerson, ...ended }], endedAt, [run]);
    expect(of(true).mappedTrials).toEqual([]);
    expect(of(false).mappedTrials).toHaveLength(1);
  });
});
