import { describe, expect, test } from 'vitest';
import { advise, type Match } from '../../src/patterns/advise.ts';
import type { Pattern } from '../../src/patterns/find-patterns.ts';

const pattern = (over: Partial<Pattern> = {}): Pattern => ({
  clusterId: 'c1',
  key: 'host',
  value: 'worker-2',
  also: [],
  oddsRatio: 12.34,
  low: 5.06,
  high: 30,
  p: 1e-6,
  q: 0.001,
  failedWith: 24,
  triesWith: 48,
  failedWithout: 3,
  triesWithout: 192,
  tasks: 3,
  ...over,
});
const match = (over: Partial<Match> = {}): Match => ({
  id: 'c1',
  type: 'OperationalError',
  count: 12,
  similarity: 1,
  cause: null,
  ...over,
});

describe('advice', () => {
  test('names the nearest cluster, its cause, and the configuration that goes with it, by numbers', () => {
    const cause = {
      incidentId: 'i',
      category: 'resource_error',
      text: 'The disk of worker-2 is full.',
      docs: 'https://example.com/disk',
    };
    expect(advise([match({ cause })], [pattern()])).toEqual({
      match: 'c1',
      confidence: 1,
      recommendation:
        'This OperationalError was met 12 times: The disk of worker-2 is full. Look at the host worker-2, or keep tasks off it: 24 of 48 tries failed like this with host = worker-2, 3 of 192 without (odds 12 times as high, at least 5.1).',
      docs: 'https://example.com/disk',
      suggestions: [
        {
          suggestion:
            'Look at the host worker-2, or keep tasks off it: 24 of 48 tries failed like this with host = worker-2, 3 of 192 without (odds 12 times as high, at least 5.1)',
          configKey: 'host',
          configValue: 'worker-2',
          confidencePercentage: 99.9,
          significanceScore: 6,
        },
      ],
    });
  });

  test('of an error that is like none is that nothing is known', () => {
    expect(advise([], [pattern(), pattern({ clusterId: '' })])).toMatchObject({
      match: null,
      confidence: 0,
      docs: null,
      suggestions: [],
    });
    expect(advise([], []).recommendation).toMatch(/like none that is known/);
  });

  test('is as sure as the error is near: patterns of another cluster say nothing, those of all failures half as much', () => {
    const patterns = [pattern(), pattern({ clusterId: 'c2', key: 'pool' }), pattern({ clusterId: '', key: 'queue' })];
    const sure = (matches: Match[]) =>
      advise(matches, patterns).suggestions.map((each) => [each.configKey, each.confidencePercentage]);
    expect(sure([match({ similarity: 0.8 })])).toEqual([
      ['host', 79.9],
      ['queue', 40],
    ]);
    expect(sure([match({ similarity: 0.8 }), match({ id: 'c2', similarity: 0.5 })])).toEqual([
      ['host', 79.9],
      ['pool', 50],
      ['queue', 40],
    ]);
  });

  test('leaves out what who asks has another value of, and takes what it has itself even for an unknown error', () => {
    const patterns = [pattern(), pattern({ clusterId: '', key: 'package.pandas', value: '2.2.1' })];
    const keys = (matches: Match[], facts: Record<string, string>) =>
      advise(matches, patterns, facts).suggestions.map(({ configKey }) => configKey);
    expect(keys([match()], { host: 'worker-1' })).toEqual(['package.pandas']);
    expect(keys([match()], { host: 'worker-2', 'package.pandas': '2.1' })).toEqual(['host']);
    expect(keys([], { 'package.pandas': '2.2.1' })).toEqual(['package.pandas']);
    expect(keys([], {})).toEqual([]);
  });

  test('says of the same configuration once, by the surest', () => {
    const both = [pattern({ clusterId: '' }), pattern(), pattern({ clusterId: 'c2', p: 1e-20 })];
    const { suggestions } = advise([match(), match({ id: 'c2', similarity: 0.6 })], both);
    expect(suggestions).toMatchObject([{ configKey: 'host', confidencePercentage: 99.9, significanceScore: 6 }]);
  });

  test('stays finite where nothing contradicts a pattern and its p-value is none that a number can hold', () => {
    const { suggestions } = advise(
      [match()],
      [pattern({ oddsRatio: Infinity, low: 0, high: Infinity, p: 0, q: 0, failedWithout: 0 })],
    );
    expect(suggestions).toMatchObject([{ significanceScore: 300, confidencePercentage: 100 }]);
    expect(suggestions[0]?.suggestion).toMatch(/0 of 192 without \(none without it\)$/);
  });

  test('names what always comes with a value', () => {
    const also = ['numpy', 'pyarrow', 'scipy', 'fsspec'].map((name) => ({ key: `package.${name}`, value: '1' }));
    expect(advise([match()], [pattern({ key: 'package.pandas', value: '2.2.1', also })]).suggestions[0]?.suggestion).toMatch(
      /^Try another version of pandas than 2\.2\.1: .*; always together with package\.numpy = 1, package\.pyarrow = 1, package\.scipy = 1 and 1 more$/,
    );
  });
});
