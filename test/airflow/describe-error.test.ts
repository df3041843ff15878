import { expect, test } from 'vitest';
import { budgetUsedUp, describeDatabaseError, ranOutOfTime } from '../../src/airflow/describe-error.ts';
import { AppError } from '../../src/lib/errors.ts';

const url = 'postgresql://windsock:s3cret@db.example.org:6432/airflow';
const failure = (code: string, message = 'the reason') => Object.assign(new Error(message), { code });

test.each([
  ['ECONNREFUSED', 'UNAVAILABLE', /refuses connections; is PostgreSQL running/],
  ['ENOTFOUND', 'UNAVAILABLE', /cannot be resolved; check the host name/],
  ['28P01', 'DENIED', /refuses the user or password; check airflow.database_url/],
  ['28000', 'DENIED', /refuses the user or password/],
  ['3D000', 'CONFIG', /no such database/],
  ['42501', 'DENIED', /grant it with docs\/airflow-role.sql/],
  ['57014', 'UNAVAILABLE', /ran into its time limit/],
  ['53300', 'UNAVAILABLE', /no connection left/],
  ['57P03', 'UNAVAILABLE', /shutting down or starting up/],
  ['42703', 'UNAVAILABLE', /schema .* changed under us/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'DENIED', /certificate .* sslrootcert=FILE .* sslmode=no-verify/],
  ['XX000', 'UNAVAILABLE', /cannot be read: the reason/],
])('%s becomes %s in one line that says what to do, without the password', (code, expected, message) => {
  const error = describeDatabaseError(failure(code), url);
  expect(error.code).toBe(expected);
  expect(error.message).toMatch(message);
  expect(error.message).toContain('db.example.org:6432/airflow');
  expect(error.message).not.toMatch(/s3cret|\n/);
});

test('a server that wants TLS says so', () => {
  const error = failure('28000', 'no pg_hba.conf entry for host "10.0.0.1", user "windsock", database "airflow", no encryption');
  expect(describeDatabaseError(error, url).message).toMatch(/no encryption.*sslmode=require/);
});

test('work was too much when a statement or the whole transaction ran out of time, and only then', () => {
  expect(ranOutOfTime(failure('57014'))).toBe(true);
  expect(ranOutOfTime(budgetUsedUp(1000))).toBe(true);
  expect(ranOutOfTime(describeDatabaseError(failure('57014'), url))).toBe(true);
  expect(ranOutOfTime(new AppError('UNAVAILABLE', 'x', { cause: budgetUsedUp(5) }))).toBe(true);
  expect(ranOutOfTime(failure('42501'))).toBe(false);
  expect(ranOutOfTime(new Error('Query read timeout'))).toBe(false);
});
