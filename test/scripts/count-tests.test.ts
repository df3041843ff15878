import { expect, test } from 'vitest';
import { closingLines } from '../../scripts/ci/count.ts';

const file = (statuses: readonly string[], message = '') => ({
  name: 'a.test.ts',
  message,
  assertionResults: statuses.map((status, index) => ({ status, fullName: `test ${index}` })),
});

function report(files: readonly ReturnType<typeof file>[], success: boolean): string {
  const all = files.flatMap(({ assertionResults }) => assertionResults);
  const numPassedTests = all.filter(({ status }) => status === 'passed').length;
  return JSON.stringify({ numPassedTests, success, testResults: files });
}

// CI reads the last line, and a failure that it does not show is a failure hidden.
test.each<[what: string, text: string | undefined, stages: [passed: number, failed: number], line: string, ok: boolean]>([
  ['all well', report([file(['passed', 'passed'])], true), [4, 0], '6 passed, 0 failed', true],
  ['a test failed', report([file(['passed', 'failed'])], false), [3, 1], '4 passed, 2 failed', false],
  ['a stage failed', report([file(['passed'])], true), [3, 1], '4 passed, 1 failed', false],
  ['a test was skipped', report([file(['passed', 'pending', 'todo'])], true), [4, 0], '5 passed, 2 failed', false],
  [
    'a file could not be loaded',
    report([file(['passed']), file([], 'no such module')], false),
    [3, 1],
    '4 passed, 2 failed',
    false,
  ],
  ['an error that no test caught', report([file(['passed'])], false), [4, 0], '5 passed, 1 failed', false],
  ['no test ran', report([], true), [4, 0], '4 passed, 1 failed', false],
  ['the report is torn', '{"numPassedTests": 5', [4, 0], '4 passed, 1 failed', false],
  ['there is no report', undefined, [4, 0], '4 passed, 1 failed', false],
])('%s: the last line counts it and the exit code tells', (_what, text, [passed, failed], line, ok) => {
  const closing = closingLines(text, { passed, failed });
  expect(closing.lines.at(-1)).toBe(line);
  expect(closing.ok).toBe(ok);
});
