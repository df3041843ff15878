import { expect, test } from 'vitest';
import { learnBaseline } from '../../src/logs/baseline.ts';
import { createMasker } from '../../src/logs/masks.ts';
import { findNovelty, type Novelty } from '../../src/logs/novelty.ts';
import { parseLog } from '../../src/logs/parse-log.ts';
import type { LogRecord } from '../../src/logs/record.ts';

const log = (...lines: string[]): LogRecord[] => [
  ...parseLog(
    lines.map((line) => (/^(INFO|WARNING|ERROR) - /.test(line) ? `[2026-01-05T10:11:12.345+0000] {load.py:7} ${line}` : line)),
  ),
];
const success = (day: number, rows: number): LogRecord[] =>
  log(
    `INFO - Reading /data/2026-01-${day}/orders.parquet`,
    `INFO - Read ${rows} rows`,
    'INFO - Connecting to warehouse db-primary port 5432',
    'INFO - schema version 17 of orders',
    `WARNING - cache of ${rows * 3} bytes is cold`,
    `INFO - Wrote ${rows} rows in ${rows} ms`,
    'INFO - Marking task as SUCCESS. dag_id=shop',
  );
const baseline = learnBaseline([success(11, 100), success(12, 140), success(13, 120), success(14, 99)]);
const against = (...lines: string[]): Novelty => findNovelty(baseline, log(...lines)) as Novelty;

test('what stands in a log as in the successes is known, whatever its numbers', () => {
  expect(findNovelty(baseline, success(20, 777))).toMatchObject({ runs: 4, novel: [], missing: [], knownLines: 7 });
});

test('a line of a kind that no success has is novel, errors before warnings before the rest, late before early', () => {
  const { novel, knownLines } = against(
    'INFO - Read 5 rows',
    'INFO - retrying with a smaller batch',
    'WARNING - pool is nearly used up: 9 of 10',
    'ERROR - write refused',
    'WARNING - pool is nearly used up: 10 of 10',
    'ERROR - giving up',
  );
  expect(novel.map(({ why, level, line, count, lastLine, template }) => [why, level, line, count, lastLine, template])).toEqual([
    ['template', 'error', 6, 1, 6, 'giving up'],
    ['template', 'error', 4, 1, 4, 'write refused'],
    ['template', 'warning', 3, 2, 5, 'pool is nearly used up: <NUM> of <NUM>'],
    ['template', 'info', 2, 1, 2, 'retrying with a smaller batch'],
  ]);
  expect(knownLines).toBe(1);
});

test('a value that no success had is novel where all of them had the same, and not where each had its own', () => {
  const { novel } = against(
    'INFO - Read 31 rows',
    'INFO - schema version 18 of orders',
    'INFO - Connecting to warehouse db-primary port 5432',
  );
  expect(novel).toMatchObject([
    { why: 'value', value: '18', usual: ['17'], line: 2, template: 'schema version <NUM> of orders' },
  ]);
});

test('what nearly every success says and this log does not is missing; how they end is not', () => {
  const { missing } = against('INFO - Reading /data/2026-01-20/orders.parquet', 'INFO - Read 5 rows');
  expect(missing.map(({ template, runs }) => `${runs} ${template}`)).toEqual([
    '4 Connecting to warehouse db-primary port <NUM>',
    '4 schema version <NUM> of orders',
    '4 cache of <SIZE> is cold',
    '4 Wrote <NUM> rows in <DURATION>',
  ]);
});

test('what only some successes say is not missing', () => {
  const runs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((run) =>
    log('INFO - start', ...(run <= 8 ? ['INFO - eight do'] : []), ...(run <= 9 ? ['INFO - nine do'] : [])),
  );
  expect(findNovelty(learnBaseline(runs), log('INFO - start'))?.missing).toEqual([{ template: 'nine do', runs: 9 }]);
});

test('two successes say nothing about values and absences, but about lines', () => {
  const two = learnBaseline([success(11, 100), success(12, 140)]);
  const novelty = findNovelty(two, log('INFO - schema version 18 of orders', 'ERROR - gone'));
  expect(novelty).toMatchObject({ runs: 2, missing: [], novel: [{ template: 'gone' }] });
});

test('tracebacks, markers of groups and preambles are no lines of their own', () => {
  const { novel } = against(
    '*** Found local files:',
    'INFO - ::group::Pre',
    'ERROR - Task failed',
    'Traceback (most recent call last):',
    '  File "/a.py", line 1, in f',
    '    f()',
    "KeyError: 'a'",
  );
  expect(novel.map(({ template }) => template)).toEqual(['KeyError: <STR>', 'Task failed']);
});

test('holding a log against a baseline changes nothing, and a baseline survives JSON', () => {
  const kept = JSON.stringify(baseline);
  const bad = log('ERROR - write refused', 'INFO - Read five rows');
  const first = findNovelty(baseline, bad);
  expect(JSON.stringify(baseline)).toBe(kept);
  expect(findNovelty(JSON.parse(kept) as typeof baseline, bad)).toEqual(first);
});

test('a baseline holds templates and few values, never a line', () => {
  const kept = JSON.stringify(
    learnBaseline([1, 2, 3, 4].map((run) => log(`INFO - token of run ${run * 1111} is secret${run}x`, 'INFO - pool 5'))),
  );
  expect(kept).not.toMatch(/1111|2222|secret/);
});

test('a baseline learned with other masks is no baseline', () => {
  expect(findNovelty(baseline, [], createMasker({ known: { HOST: 'worker' } }))).toBeUndefined();
});
