import { describe, expect, test } from 'vitest';
import { toldError, type GivenError } from '../../src/patterns/told-error.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

const told = (given: Partial<GivenError> = {}) =>
  toldError({ type: 'KeyError', message: "'customer_id' of order 7", ...given }, createRedactor());

const trace = ({ line = 48, fn = 'load', key = 'customer_id', id = 7 } = {}) =>
  [
    'Traceback (most recent call last):',
    '  File "/usr/lib/python3.12/site-packages/pandas/core/frame.py", line 9183, in groupby',
    '    return x',
    `  File "/opt/airflow/dags/shop/main.py", line 12, in main`,
    `  File "/opt/airflow/dags/shop/load.py", line ${line}, in ${fn}`,
    `KeyError: '${key}' of order ${id}`,
  ].join('\n');

describe('an error that is told', () => {
  test('has the functions of the user, and the message without what varies', () => {
    expect(told({ trace: trace() })).toMatchObject({
      type: 'KeyError',
      frames: ['shop/main.py:main', 'shop/load.py:load'],
      template: '<STR> of order <NUM>',
      message: "'customer_id' of order 7",
    });
  });

  test.each([
    ['on another line', { trace: trace({ line: 51 }) }],
    ['about other values', { message: "'client_id' of order 12345", trace: trace({ key: 'client_id', id: 12_345 }) }],
    ['with its module', { type: 'builtins.KeyError', trace: trace() }],
  ])('has the same fingerprint and signature %s', (_what, given) => {
    const [one, other] = [told({ trace: trace() }), told(given)];
    expect(other.fingerprint).toBe(one.fingerprint);
    expect(other.signature).toBe(one.signature);
  });

  test.each([
    ['of another class', { type: 'ValueError', trace: trace().replace('KeyError', 'ValueError') }],
    ['out of another function', { trace: trace({ fn: 'extract' }) }],
    ['with another message', { message: 'no such column', trace: trace().replace(/KeyError: .*/, 'KeyError: no such column') }],
  ])('has another fingerprint %s', (_what, given) => {
    expect(told(given).fingerprint).not.toBe(told({ trace: trace() }).fingerprint);
  });

  test('is the innermost cause of what came out', () => {
    const chain = `${trace()}\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File "/opt/airflow/dags/shop/main.py", line 3, in run\nRuntimeError: load failed`;
    expect(told({ type: 'RuntimeError', message: 'load failed', trace: chain })).toMatchObject({
      type: 'KeyError',
      message: "'customer_id' of order 7",
    });
  });

  test('is what it says of itself where the trace is of something else, or none', () => {
    expect(told({ trace: 'nothing that looks like one' })).toMatchObject({ type: 'KeyError', frames: [] });
    expect(told({ type: 'ValueError', message: 'odd', trace: trace() })).toMatchObject({
      type: 'ValueError',
      message: 'odd',
      frames: ['shop/main.py:main', 'shop/load.py:load'],
    });
  });

  test('may give frames instead of a trace', () => {
    const frames = [
      { file: '/opt/airflow/dags/shop/main.py', function: 'main', line: 1 },
      { file: '/opt/airflow/dags/shop/load.py', function: 'load' },
      { file: '/usr/lib/python3.12/site-packages/pandas/core/frame.py', function: 'groupby', line: 9 },
    ];
    expect(told({ frames }).fingerprint).toBe(told({ trace: trace() }).fingerprint);
    expect(told({ frames }).trace).toBe(
      '/opt/airflow/dags/shop/main.py:1 in main\n/opt/airflow/dags/shop/load.py in load\n/usr/lib/python3.12/site-packages/pandas/core/frame.py:9 in groupby',
    );
  });

  test('shows no secret, wherever it stood', () => {
    const secret = 's3cr3tpw';
    const url = `postgresql://app:${secret}@db/x`;
    const given = told({
      type: 'OperationalError',
      message: `could not connect to ${url}\npassword=${secret}`,
      trace: `Traceback (most recent call last):\n  File "/opt/dags/a.py", line 1, in f\n    connect("${url}")\nOperationalError: could not connect to ${url}`,
    });
    expect(JSON.stringify(given)).not.toContain(secret);
    expect(JSON.stringify(told({ frames: [{ file: url, function: `token=${secret}` }] }))).not.toContain(secret);
  });

  test('is cut: a message to 2000 characters, a trace to 8000', () => {
    const given = told({ message: `x ${'word '.repeat(4000)}`, trace: `${trace()}\n${'more\n'.repeat(50_000)}` });
    expect(given.message.length).toBeLessThanOrEqual(2000);
    expect(given.trace.length).toBeLessThanOrEqual(8000);
    expect(given.tokens.length).toBeLessThanOrEqual(60);
  });
});
