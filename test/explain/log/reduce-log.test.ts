import { expect, test } from 'vitest';
import { reduceLines, reduceLog, reduceMissing } from '../../../src/explain/log/reduce-log.ts';
import { learnBaseline } from '../../../src/logs/baseline.ts';
import { parseLog } from '../../../src/logs/parse-log.ts';
import { createRedactor } from '../../../src/redact/redactor.ts';

const said = (level: string, text: string, second = 0): string =>
  `[2026-03-01T04:05:${String(second).padStart(2, '0')}.000+0000] {orders.py:12} ${level} - ${text}`;
const traceback = [
  'Traceback (most recent call last):',
  '  File "/opt/airflow/dags/orders.py", line 20, in load',
  '    connect()',
  'ConnectionRefusedError: [Errno 111] Connection refused',
  '',
  'The above exception was the direct cause of the following exception:',
  '',
  'Traceback (most recent call last):',
  '  File "/opt/airflow/dags/orders.py", line 22, in load',
  '    raise LoadError("orders") from error',
  'LoadError: orders',
];
const failed = [
  said('INFO', 'reading 120 orders'),
  said('WARNING', 'the cache is cold'),
  said('ERROR', 'Task failed with exception'),
  ...traceback,
];
const options = { place: 'orders/load/1.log', operator: 'PythonOperator' };

test('a log is kept with its failure, its chain from the outermost inwards, and the lines that tell it', () => {
  const { log, records } = reduceLines(failed, options);
  expect(log).toMatchObject({ found: true, place: 'orders/load/1.log', lineCount: 14, baselineRuns: 0, missing: [] });
  expect(log.failure).toMatchObject({ type: 'ConnectionRefusedError', line: 7, wrapper: null, frame: { function: 'load' } });
  expect(log.failure?.chain.map(({ type }) => type)).toEqual(['LoadError', 'ConnectionRefusedError']);
  expect(log.failure?.codes).toContainEqual({ kind: 'errno', value: '111', line: 7 });
  expect(log.lines).toContainEqual(expect.objectContaining({ line: 7, why: 'exception' }));
  expect(records).toHaveLength(3);
});

test('what is kept goes through JSON as it is', () => {
  const { log } = reduceLines(failed, options);
  expect(JSON.parse(JSON.stringify(log))).toEqual(log);
});

test('lines may come one by one, and how many secrets were taken out is asked after the last', async () => {
  const redactor = createRedactor();
  const redact = redactor.log();
  async function* lines() {
    for (const line of [said('INFO', 'connect to postgresql://etl:hunter2-very-long@db/shop'), ...failed])
      yield await Promise.resolve(redact(line));
  }
  const { log } = await reduceLog(lines(), { ...options, redactions: () => redactor.counts() });
  expect(Object.values(log.redactions).reduce((sum, count) => sum + count, 0)).toBe(1);
  expect(JSON.stringify(log)).not.toContain('hunter2');
});

test('against successes, what is new and what is missing is kept', () => {
  const success = [said('INFO', 'reading 120 orders'), said('WARNING', 'the cache is cold'), said('INFO', 'wrote the report')];
  const baseline = learnBaseline([0, 1, 2].map(() => [...parseLog(success)]));
  const { log, novelty } = reduceLines(failed, { ...options, baseline });
  expect(log.baselineRuns).toBe(3);
  expect(log.missing).toEqual(['wrote the report']);
  expect(log.lines.find(({ text }) => text === 'the cache is cold')?.why).toBe('tail');
  expect(novelty?.knownLines).toBe(2);
});

test('the same error has the same signature on another day, another error another one, and so has no log for another reason', () => {
  const later = failed.map((line) => line.replace('2026-03-01', '2026-04-09').replace('120 orders', '9 orders'));
  const other = failed.map((line) => line.replace('ConnectionRefusedError', 'ConnectionResetError'));
  const signature = (lines: string[]): string => reduceLines(lines, options).log.signature;
  expect(signature(later)).toBe(signature(failed));
  expect(signature(other)).not.toBe(signature(failed));
  const gone = reduceMissing({ why: 'not_there', reason: 'there is no log' }, 'PythonOperator');
  expect(gone).toMatchObject({ found: false, why: 'not_there', reason: 'there is no log' });
  expect(gone.signature).toMatch(/^[0-9a-f]{40}$/);
  expect(gone.signature).not.toBe(reduceMissing({ why: 'refused', reason: '' }, 'PythonOperator').signature);
});

test('a log without anything in it has no failure and no lines', () => {
  expect(reduceLines([], options).log).toMatchObject({ lineCount: 0, failure: null, lines: [] });
});
