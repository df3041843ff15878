import { expect, test } from 'vitest';
import { findCodes } from '../../src/logs/codes.ts';

const codes = (text: string): string =>
  findCodes(text, 1)
    .map(({ kind, value }) => `${kind} ${value}`)
    .join(', ');

test.each([
  ['psycopg2.errors.DeadlockDetected: deadlock detected', 'sqlstate 40P01'],
  ['psycopg.errors.UniqueViolation: duplicate key', 'sqlstate 23505'],
  ['[TABLE_NOT_FOUND] The table cannot be found. SQLSTATE: 42P01', 'sqlstate 42P01'],
  ['SQL state [72000]; error code [1555]', 'sqlstate 72000'],
  ["002003 (42S02): SQL compilation error: Object 'X' does not exist", 'sqlstate 42S02'],
  ['requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://x', 'http 503'],
  ['HTTP/1.1 429 Too Many Requests', 'http 429'],
  ['Request failed with status code: 401', 'http 401'],
  ['HTTP 500', 'http 500'],
  ['airflow.exceptions.AirflowException: 404:Not Found', 'http 404'],
  ['google.api_core.exceptions.ServiceUnavailable: 503 Service Unavailable', 'http 503'],
  ['status = StatusCode.UNAVAILABLE', 'grpc UNAVAILABLE'],
  ['rpc error: code = DEADLINE_EXCEEDED desc = late', 'grpc DEADLINE_EXCEEDED'],
  ['Command exited with return code 2', 'exit 2'],
  ['Task exited with return code -9', 'exit -9, signal SIGKILL'],
  ['The command returned a non-zero exit code 137.', 'exit 137, signal SIGKILL'],
  ["Docker container failed: {'StatusCode': 143}", 'exit 143, signal SIGTERM'],
  ["'terminated': {'exit_code': 137, 'reason': 'OOMKilled'}", 'exit 137, signal SIGKILL'],
  ['Cannot execute: spark-submit. Error code is: 1.', 'exit 1'],
  ["Command '['x']' returned non-zero exit status 1.", 'exit 1'],
  ['Received SIGTERM. Terminating subprocesses.', 'signal SIGTERM'],
  ['OSError: [Errno 28] No space left on device', 'errno 28'],
])('%s', (text, expected) => {
  expect(codes(text)).toBe(expected);
});

test.each([
  'Task exited with return code 0',
  'answered with status code: 200',
  'Read 404 rows from orders',
  'psycopg2.errors.Something: x',
  'took 503 ms',
  'signal received',
  'exit code',
])('no error is in: %s', (text) => {
  expect(codes(text)).toBe('');
});
