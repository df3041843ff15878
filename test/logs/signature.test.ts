import { expect, test } from 'vitest';
import { findFailure } from '../../src/logs/find-failure.ts';
import { parseLog } from '../../src/logs/parse-log.ts';
import { errorSignature } from '../../src/logs/signature.ts';

const failing = ({ line = 48, folder = 'shop', fn = 'load', key = 'customer_id', type = 'KeyError', id = 7 } = {}) =>
  findFailure([
    ...parseLog([
      '[2026-01-05T10:11:12.345+0000] {taskinstance.py:7} ERROR - Task failed with exception',
      'Traceback (most recent call last):',
      '  File "/home/airflow/.local/lib/python3.12/site-packages/pandas/core/frame.py", line 9183, in groupby',
      `  File "/opt/airflow/dags/${folder}/load.py", line ${line}, in ${fn}`,
      `${type}: '${key}' of order ${id}`,
    ]),
  ]);
const base = errorSignature({ operator: 'PythonOperator', failure: failing() });

test.each([
  ['another line of the same function', failing({ line: 51 })],
  ['another value', failing({ key: 'client_id', id: 12_345 })],
])('the signature stays the same for %s', (_what, failure) => {
  expect(errorSignature({ operator: 'PythonOperator', failure })).toBe(base);
});

test.each([
  ['another type', { operator: 'PythonOperator', failure: failing({ type: 'ValueError' }) }],
  ['another function', { operator: 'PythonOperator', failure: failing({ fn: 'extract' }) }],
  ['another operator', { operator: 'BashOperator', failure: failing() }],
])('the signature is another one for %s', (_what, input) => {
  expect(errorSignature(input)).not.toBe(base);
});

test('a module keeps its name when its type is told without the package', () => {
  const [long, short] = [failing({ type: 'shop.errors.LoadError' }), failing({ type: 'LoadError' })];
  expect(errorSignature({ operator: 'x', failure: long })).toBe(errorSignature({ operator: 'x', failure: short }));
});

test('without an error the category, novel templates and exit code make it', () => {
  const killed = findFailure([
    ...parseLog(['[2026-01-05T10:11:12.345+0000] {local.py:7} INFO - Task exited with return code -9']),
  ]);
  const input = { operator: 'PythonOperator', failure: killed, category: 'resource_error', templates: ['a', 'b', 'c', 'd'] };
  const signature = errorSignature(input);
  expect(signature).toMatch(/^[0-9a-f]{40}$/);
  expect(errorSignature({ ...input, templates: ['a', 'b', 'c', 'x'] })).toBe(signature);
  expect(errorSignature({ ...input, templates: ['x', 'b', 'c'] })).not.toBe(signature);
  expect(errorSignature({ ...input, category: 'unknown' })).not.toBe(signature);
  expect(errorSignature({ ...input, failure: undefined })).not.toBe(signature);
});

test('a secret that was taken out is the same error whatever its number in the incident', () => {
  const refused = (number: number) =>
    errorSignature({
      operator: 'x',
      failure: failing({ key: `token ‹secret:token#${number}› of “shop” was refused…` }),
    });
  expect(refused(12)).toBe(refused(1));
  const plain = (number: number) =>
    errorSignature({
      operator: 'x',
      failure: { type: 'AuthError', message: `login with ‹secret:password#${number}› failed`, line: 1, codes: [] },
    });
  expect(plain(12)).toBe(plain(1));
});
