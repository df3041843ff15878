import { describe, expect, test } from 'vitest';
import { collapse, type Trial } from '../../src/patterns/trial.ts';
import { analyse, trial } from './kit.ts';

/** So many tries of a task: `failed` of them, evenly spread, none beside another. */
const tries = (count: number, failed: number, over: Partial<Trial>): Trial[] =>
  Array.from({ length: count }, (_, index) =>
    trial({
      ...over,
      runId: `${JSON.stringify(over)} ${index}`,
      failed: failed > 0 && index % Math.floor(count / failed) === 1 && Math.floor(index / Math.floor(count / failed)) < failed,
    }),
  );

describe('collapse', () => {
  const of = (text: string): string =>
    collapse(text.split('').map((letter, index) => trial({ failed: letter === 'F', runId: String(index) })))
      .map(({ failed }) => (failed ? 'F' : '.'))
      .join('');
  test.each([
    ['..F..', '..F..'],
    ['.FFFF.', '.F.'],
    ['FF.FF', 'F.F'],
    ['', ''],
  ])('of failures in a row only the first counts: %j is %j', (given, left) => expect(of(given)).toBe(left));

  test('a later try of a run that failed is there because it failed, and says nothing', () => {
    const run = [trial({ failed: true, runId: 'a' }), trial({ runId: 'a', tryNumber: 2 }), trial({ runId: 'b' })];
    expect(collapse(run).map(({ runId, failed }) => `${runId}${failed}`)).toEqual(['atrue', 'bfalse']);
  });

  test('of a run in which mapped tasks fail here and there one failure counts, and all that went well', () => {
    const run = [false, true, false, true, false].map((failed) => trial({ failed, runId: 'a' }));
    expect(collapse(run).map(({ failed }) => failed)).toEqual([false, true, false, false]);
  });
});

describe('a pattern', () => {
  const task = (withFailed: number, withoutFailed: number) => [
    ...tries(20, withFailed, { facts: { host: 'worker-2' } }),
    ...tries(40, withoutFailed, { facts: { host: 'worker-1' } }),
  ];

  test('is found where a value goes with failures in several tasks, with its odds and how many tries it rests on', () => {
    const { patterns, tests, untested } = analyse([task(6, 1), task(5, 1), task(6, 1)]);
    expect(patterns).toHaveLength(1);
    expect(patterns[0]).toMatchObject({
      clusterId: '',
      key: 'host',
      value: 'worker-2',
      also: [],
      failedWith: 17,
      triesWith: 60,
      failedWithout: 3,
      triesWithout: 120,
      tasks: 3,
    });
    const { oddsRatio = 0, low = 0, high = 0, q = 1 } = patterns[0] ?? {};
    expect(oddsRatio).toBeCloseTo((17 * 117) / (43 * 3), -0.5);
    expect(low).toBeGreaterThan(2);
    expect(high).toBeGreaterThan(oddsRatio);
    expect(q).toBeLessThan(1e-4);
    expect([tests, untested]).toEqual([2, []]);
  });

  test('of one task only is none: it may be anything that came at the same time', () => {
    expect(analyse([task(10, 0)])).toMatchObject({ patterns: [], tests: 0, untested: [{ key: 'host', reason: 'one_task' }] });
  });

  test('of a value that one task only has is none, though the key varies in others', () => {
    const on = (count: number, failed: number, host: string) => tries(count, failed, { facts: { host } });
    const bad = [...on(24, 10, 'worker-9'), ...on(24, 0, 'worker-1')];
    const well = [...on(24, 2, 'worker-1'), ...on(24, 2, 'worker-2')];
    const { patterns, tests } = analyse([bad, well]);
    expect(patterns).toEqual([]);
    // Only worker-1 is in both.
    expect(tests).toBe(1);
  });

  test('needs five failures: with four nothing is tested, with five something is', () => {
    expect(analyse([task(2, 0), task(2, 0)])).toMatchObject({ tests: 0, untested: [{ key: 'host', reason: 'few_failures' }] });
    expect(analyse([task(3, 0), task(2, 0)])).toMatchObject({ tests: 2 });
  });

  test('needs odds of 2: many tries make less certain, and still not worth saying', () => {
    const many = (withFailed: number) => [
      ...tries(3000, withFailed, { facts: { host: 'worker-2' } }),
      ...tries(3000, 300, { facts: { host: 'worker-1' } }),
    ];
    expect(analyse([many(500), many(500)]).patterns).toEqual([]);
    expect(analyse([many(600), many(600)]).patterns).toHaveLength(1);
  });

  test('cannot be told of a key that is constant in each task: the task itself may be bad', () => {
    const fixed = (pool: string, failed: number) => tries(100, failed, { facts: { pool } });
    expect(analyse([fixed('small', 30), fixed('large', 1), fixed('small', 28), fixed('large', 2)])).toMatchObject({
      patterns: [],
      tests: 0,
      untested: [{ key: 'pool', reason: 'constant' }],
    });
  });

  test('of environments: versions that always come together are one pattern, and what is the same everywhere is none', () => {
    const facts: Record<string, Record<string, string>> = {
      old: { 'package.pandas': '2.1', 'package.numpy': '1.25', python: '3.12' },
      new: { 'package.pandas': '2.2', 'package.numpy': '1.26', python: '3.12' },
    };
    const mixed = () => [...tries(30, 8, { environment: 'new' }), ...tries(60, 1, { environment: 'old' })];
    const { patterns, tests } = analyse([mixed(), mixed(), mixed()], (hash) => facts[hash]);
    expect(tests).toBe(2);
    expect(patterns).toMatchObject([
      { key: 'package.pandas', value: '2.2', also: [{ key: 'package.numpy', value: '1.26' }], triesWith: 90, failedWith: 24 },
    ]);
  });

  test('of one cluster: failures for other reasons hide nothing', () => {
    const mixed = () => [
      ...tries(40, 6, { facts: { queue: 'gpu' }, clusterId: 'oom' }),
      ...tries(40, 1, { facts: { queue: 'cpu' }, clusterId: 'oom' }),
      ...tries(40, 9, { facts: { queue: 'cpu' }, clusterId: 'dns' }),
    ];
    const { patterns } = analyse([mixed(), mixed(), mixed()], () => undefined, ['oom', 'dns']);
    expect(patterns.map(({ clusterId, key, value }) => [clusterId, key, value])).toContainEqual(['oom', 'queue', 'gpu']);
    expect(patterns.some(({ clusterId, value }) => clusterId === '' && value === 'gpu')).toBe(false);
  });
});
