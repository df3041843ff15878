import { expect, test } from 'vitest';
import { learnBaseline } from '../../src/logs/baseline.ts';
import { excerptOf, middleCut, type Excerpt } from '../../src/logs/excerpt.ts';
import { findFailure } from '../../src/logs/find-failure.ts';
import { findNovelty } from '../../src/logs/novelty.ts';
import { parseLog } from '../../src/logs/parse-log.ts';
import type { LogRecord } from '../../src/logs/record.ts';

const say = (level: string, text: string, file = 'load.py'): string =>
  `[2026-01-05T10:11:12.345+0000] {${file}:7} ${level} - ${text}`;
const parse = (lines: readonly string[]): LogRecord[] => [...parseLog(lines)];
const noise = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => say('INFO', `batch ${from + index} of orders written`));
const failing = [
  ...noise(1, 400),
  say('WARNING', 'connection pool is nearly used up'),
  ...noise(401, 400),
  say('ERROR', 'Task failed with exception', 'taskinstance.py'),
  'Traceback (most recent call last):',
  '  File "/home/airflow/.local/lib/python3.12/site-packages/airflow/models/baseoperator.py", line 425, in wrapper',
  '    return func(self, *args, **kwargs)',
  '  File "/opt/airflow/dags/shop/load.py", line 48, in load',
  '    cursor.execute(statement)',
  'psycopg2.errors.UndefinedColumn: column "client_id" does not exist',
  'LINE 3: select client_id',
  say('INFO', 'Task exited with return code 1', 'local_task_job_runner.py'),
];
const records = parse(failing);
const failure = findFailure(records);
const baseline = learnBaseline([1, 2, 3].map((run) => parse(noise(run * 1000, 800))));
const excerpt = (tokensMax: number, compared = true): Excerpt =>
  excerptOf({ records, failure, novelty: compared ? findNovelty(baseline, records) : undefined, tokensMax });

test('the exception with its last calls comes first, then what is novel, each under the number of its raw line', () => {
  const { lines, summary, tokens } = excerpt(1200);
  const shown = lines.map(({ line, text }) => `L${line} ${text.trim()}`);
  for (const expected of [
    'L401 connection pool is nearly used up',
    'L806 File "/opt/airflow/dags/shop/load.py", line 48, in load',
    'L808 psycopg2.errors.UndefinedColumn: column "client_id" does not exist',
    'L809 LINE 3: select client_id',
    'L810 Task exited with return code 1',
  ])
    expect(shown).toContain(expected);
  for (const { line, text } of lines.filter(({ why }) => why === 'exception')) expect(failing[line - 1]).toContain(text.trim());
  expect(tokens).toBeLessThanOrEqual(1200);
  expect(summary).toMatch(/^\d+ of 810 lines; 800 lines as in the last 3 successful runs$/);
});

test('a small budget keeps the exception; no budget is ever exceeded', () => {
  expect(excerpt(40).lines.map(({ line }) => line)).toContain(808);
  for (const tokensMax of [0, 10, 50, 100, 300, 1000]) {
    const { lines, tokens } = excerpt(tokensMax);
    expect(tokens).toBeLessThanOrEqual(tokensMax);
    expect(lines.reduce((sum, { text }) => sum + text.length / 4, 0)).toBeLessThanOrEqual(tokensMax);
  }
});

test('without successes to compare with, warnings and errors stand for what is novel, each text once', () => {
  const many = parse([
    ...Array.from({ length: 50 }, (_, index) => say('WARNING', `slow answer ${index}`)),
    ...noise(1, 100),
    say('ERROR', 'gone'),
  ]);
  const { lines, summary } = excerptOf({ records: many, tokensMax: 800 });
  expect(lines[0]).toEqual({ line: 1, text: 'slow answer 0', why: 'warning', count: 50, lastLine: 50 });
  expect(lines.at(-1)).toMatchObject({ line: 151, text: 'gone', why: 'error' });
  expect(summary).toMatch(/no successful runs to compare with$/);
});

test('an error that a program told without a traceback is shown with what stands about it', () => {
  const log = parse([
    ...noise(1, 50),
    say('INFO', 'connecting', 'subprocess.py'),
    say('INFO', 'curl: (6) Could not resolve host: api.example', 'subprocess.py'),
    say('INFO', 'Command exited with return code 6', 'subprocess.py'),
    ...noise(51, 40),
  ]);
  const { lines } = excerptOf({ records: log, failure: findFailure(log), tokensMax: 150 });
  expect(lines.filter(({ why }) => why === 'failure').map(({ line }) => line)).toEqual(expect.arrayContaining([51, 52, 53]));
});

test('a line of JSON gives its frames under its own number', () => {
  const detail = [{ exc_type: 'KeyError', exc_value: "'a'", frames: [{ filename: '/dags/a.py', lineno: 3, name: 'f' }] }];
  const log = parse([
    '{"event":"begin","level":"info"}',
    JSON.stringify({ event: 'Task failed with exception', level: 'error', logger: 'task', error_detail: detail }),
  ]);
  expect(excerptOf({ records: log, failure: findFailure(log), tokensMax: 500 }).lines).toEqual([
    { line: 1, text: 'begin', why: 'near' },
    { line: 2, text: "KeyError: 'a'", why: 'exception' },
    { line: 2, text: 'File "/dags/a.py", line 3, in f', why: 'exception' },
    { line: 2, text: 'Task failed with exception', why: 'error' },
  ]);
});

test('a line of 400 characters stays, a longer one loses its middle', () => {
  expect(middleCut('x'.repeat(400))).toHaveLength(400);
  const cut = middleCut(`head${'x'.repeat(5000)}tail`);
  expect(cut).toHaveLength(400);
  expect(cut).toMatch(/^head.* … .*tail$/);
});
