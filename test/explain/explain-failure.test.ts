import { expect, test } from 'vitest';
import type { Circumstances } from '../../src/explain/evidence/circumstances.ts';
import { explainFailure } from '../../src/explain/explain-failure.ts';
import { isTelling } from '../../src/explain/log/keep.ts';
import { createLogHold } from '../../src/explain/log/log-hold.ts';
import type { TryLog } from '../../src/explain/log/read-try-log.ts';
import { missing } from '../../src/airflow/task-logs/task-log.ts';
import { learnBaseline } from '../../src/logs/baseline.ts';
import { parseLog } from '../../src/logs/parse-log.ts';
import { at, incident } from '../kit/findings.ts';

const circumstances: Circumstances = { at: at('10:01').toISOString(), missing: [] };
const head = (text: string, level = 'INFO') => `[2026-03-02T10:00:00.000+0000] {load.py:1} ${level} - ${text}`;
const logOf = (...lines: string[]): TryLog => ({
  found: true,
  place: 'attempt=1.log',
  lines,
  redactions: new Map([['token', 2]]),
});
const diskFull = [
  head('Task failed with exception', 'ERROR'),
  'Traceback (most recent call last):',
  '  File "/opt/airflow/dags/load.py", line 7, in load',
  'OSError: [Errno 28] No space left on device',
];
const explained = (log: TryLog, options: Partial<Parameters<typeof explainFailure>[3]> = {}) =>
  explainFailure(log, incident(), circumstances, { rules: [], ...options });

test('a log is explained by its error, with what was taken out of it', () => {
  const { log, result, evidence } = explained(logOf(head('begins'), ...diskFull));
  expect(result).toMatchObject({ category: 'resource_error', subcategory: 'disk_full' });
  expect(result.evidence[0]).toMatchObject({ ref: 'L5', verified: true });
  expect(log).toMatchObject({ found: true, lineCount: 5, redactions: { token: 2 }, baselineRuns: 0 });
  expect(evidence.map(({ id }) => id)).not.toContain('E2');
});

test('what successes say is evidence, and what this log does not say of it', () => {
  const baseline = learnBaseline(
    Array.from({ length: 4 }, (_, index) => [...parseLog([head('begins'), head(`wrote ${index + 3} rows`), head('uploaded')])]),
  );
  const { evidence, log } = explained(logOf(head('begins'), ...diskFull), { baseline });
  expect(log).toMatchObject({ baselineRuns: 4 });
  expect(evidence.find(({ id }) => id === 'E4')?.text).toMatch(
    /as in the last 4 successful runs; every success says "wrote <NUM> rows" and "uploaded", this log does not$/,
  );
});

test('of no log the reason is evidence, and the rows explain', () => {
  const { log, evidence, result } = explained(missing('not_there', 'there is no attempt=1.log'));
  expect(log).toMatchObject({ found: false, why: 'not_there' });
  expect(evidence).toContainEqual({ id: 'E2', text: 'there is no log: there is no attempt=1.log' });
  expect(result.category).toBe('unknown');
});

test.each<[string, TryLog, boolean]>([
  ['an exception', logOf(...diskFull), true],
  ['a log that is missing', missing('not_there', 'none'), false],
  ['a log without an error', logOf(head('begins'), head('ends')), false],
  [
    'only that a command failed',
    logOf(
      head('Task failed with exception', 'ERROR'),
      'Traceback (most recent call last):',
      '  File "/opt/airflow/dags/load.py", line 7, in load',
      'airflow.exceptions.AirflowException: Bash command failed. The command returned a non-zero exit code 1.',
    ),
    false,
  ],
  [
    'a sensor that ran out of time',
    logOf(
      head('Task failed with exception', 'ERROR'),
      'Traceback (most recent call last):',
      '  File "/opt/airflow/dags/load.py", line 7, in load',
      'airflow.exceptions.AirflowSensorTimeout: Sensor has timed out; run duration of 60.1 seconds exceeds the specified timeout of 60.0.',
    ),
    false,
  ],
])('whether a signature tells one error from others: %s', (_what, given, telling) => {
  const { log, result } = explained(given);
  expect(isTelling(log, result)).toBe(telling);
});

test('logs are held while there is room, taken once, and then there is room again', () => {
  const hold = createLogHold(10);
  const [first, second] = [logOf('123456'), logOf('12345')];
  const [takeFirst, takeSecond] = [hold(first), hold(second)];
  expect(takeSecond()).toBeNull();
  expect(takeFirst()).toBe(first);
  expect(takeFirst()).toBeNull();
  expect(hold(second)()).toBe(second);
});
