import { expect, test } from 'vitest';
import { slowestFiles } from '../../scripts/ci/slow.ts';

const reportOf = (...files: [name: string, seconds: number][]) =>
  JSON.stringify({
    testResults: files.map(([name, seconds]) => ({
      name: `/somewhere/test/${name}`,
      startTime: 1000,
      endTime: 1000 + seconds * 1000,
    })),
  });

test('the slowest test files of all suites are named, the slowest first, whatever report is torn', () => {
  const texts = [
    { path: 'test-results/test.json', text: reportOf(['a.test.ts', 2], ['b.test.ts', 9]) },
    { path: 'test-results/test:crash.json', text: reportOf(['crash/c.test.ts', 133]) },
    { path: 'test-results/test:system.json', text: '{"testResults": [' },
  ];
  expect(slowestFiles(texts, 2)).toEqual(['  133 s  test:crash   test/crash/c.test.ts', '    9 s  test         test/b.test.ts']);
  expect(slowestFiles([], 2)).toEqual([]);
});
