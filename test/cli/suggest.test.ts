import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { adviceLines, analysisLines, clusterLines } from '../../src/cli/suggest-lines.ts';
import { advise } from '../../src/patterns/advise.ts';
import type { Pattern } from '../../src/patterns/find-patterns.ts';
import type { ClusterSummary } from '../../src/patterns/list-clusters.ts';

const at = new Date('2026-06-10T12:00:00Z');
const pattern: Pattern = {
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
};
const cause = {
  incidentId: 'i',
  category: 'resource_error',
  text: 'The disk of worker-2 is full.',
  docs: 'https://example.com/disk',
};
const summary: ClusterSummary = {
  cluster: {
    id: 'c1',
    type: 'OSError',
    template: 'No space left on device',
    example: 'No space left on device\nmore',
    count: 12,
    firstSeenAt: at,
    lastSeenAt: at,
    cause,
  },
  members: 1,
  places: ['a', 'b', 'c', 'd', 'e'].map((taskId) => ({ dagId: 'etl', taskId, count: 1 })),
  days: [],
};
const advice = advise([{ ...summary.cluster, similarity: 0.75 }], [pattern]);
const plain = (lines: string[]) => lines.map((line) => stripVTControlCharacters(line));

test('an error is told in sentences, with the cluster that it is like and what goes with it', () => {
  expect(plain(adviceLines(advice))).toEqual([
    'This OSError was met 12 times: The disk of worker-2 is full. Look at the host worker-2, or keep tasks off it: 24 of 48 tries failed like this with host = worker-2, 3 of 192 without (odds 12 times as high, at least 5.1).',
    '  cluster   c1, 75 % of the words in common',
    '   75 %     Look at the host worker-2, or keep tasks off it: 24 of 48 tries failed like this with host = worker-2, 3 of 192 without (odds 12 times as high, at least 5.1)',
    '  more      https://example.com/disk',
  ]);
});

test('a cluster is told with where it was met last, why, and what to look at', () => {
  expect(plain(clusterLines({ summary, advice }, 80))).toEqual([
    'OSError  12 times, last 2026-06-10 12:00 UTC, in etl.a, etl.b, etl.c, etl.d and',
    '         more',
    '  message   No space left on device',
    '  cause     The disk of worker-2 is full.',
    '  look      Look at the host worker-2, or keep tasks off it: 24 of 48 tries',
    '            failed like this with host = worker-2, 3 of 192 without (odds 12',
    '            times as high, at least 5.1)',
  ]);
});

describe('an analysis', () => {
  const report = { at, tries: 240, failures: 24, tasks: 3, tests: 9, untested: [], patterns: [] };
  test('that was none yet says so', () =>
    expect(analysisLines(undefined)).toEqual([expect.stringMatching(/not looked through .* patterns\.schedule/)]));
  test('that found nothing says by what', () => {
    expect(plain(analysisLines(report))).toEqual([
      'No configuration goes with failures in general: 24 failures in 240 tries of 3 tasks, looked through 2026-06-10 12:00 UTC by 9 tests.',
    ]);
  });
  test('names what goes with failures in general, and what could not be tested and why', () => {
    const untested = [
      { key: 'pool', reason: 'constant' as const },
      { key: 'queue', reason: 'constant' as const },
      { key: 'try', reason: 'follows_failure' as const },
    ];
    expect(plain(analysisLines({ ...report, untested, patterns: [{ ...pattern, clusterId: '' }, pattern] }))).toEqual([
      'What failures go with, by 24 failures in 240 tries of 3 tasks, looked through 2026-06-10 12:00 UTC by 9 tests:',
      '  pattern   24 of 48 tries failed with host = worker-2, 3 of 192 without (odds 12 times as high, at least 5.1)',
      '  untested  pool, queue (the same in each task); try (a later try is there because one failed)',
    ]);
  });
});

test.each([80, 140])('no line is wider than %i columns', (columns) => {
  const lines = [
    ...adviceLines(advice, columns),
    ...clusterLines({ summary, advice }, columns),
    ...analysisLines(
      {
        at,
        tries: 1,
        failures: 1,
        tasks: 1,
        tests: 1,
        untested: Array.from({ length: 40 }, (_, index) => ({ key: `package.p${index}`, reason: 'one_task' as const })),
        patterns: [{ ...pattern, clusterId: '' }],
      },
      columns,
    ),
  ];
  expect(Math.max(...plain(lines).map(({ length }) => length))).toBeLessThanOrEqual(columns);
});
