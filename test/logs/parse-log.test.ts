import { expect, test } from 'vitest';
import { parseLog } from '../../src/logs/parse-log.ts';
import { linesOf, type LogRecord } from '../../src/logs/record.ts';

const parse = (text: string): LogRecord[] => [...parseLog(text.split('\n'))];
const brief = (records: readonly LogRecord[]): string[] =>
  records.map(({ line, level = '-', text }) => `${line} ${level} ${text}`);

test('a line of Airflow 2 is told apart into time, source, level and message', () => {
  const [record] = parse('[2024-05-01T10:11:12.345+0200] {taskinstance.py:1345} WARNING - disk is filling up');
  expect(record).toEqual({
    line: 1,
    span: 1,
    text: 'disk is filling up',
    level: 'warning',
    at: new Date('2024-05-01T08:11:12.345Z'),
    source: 'taskinstance.py:1345',
  });
});

test('lines without a header go on with the message before, and every line keeps its own number', () => {
  const records = parse(
    [
      '[2024-05-01T10:11:12.345+0000] {taskinstance.py:1} INFO - one',
      '[2024-05-01T10:11:12.345+0000] {taskinstance.py:2} ERROR - Task failed with exception',
      'Traceback (most recent call last):',
      "KeyError: 'a'",
      '[2024-05-01T10:11:13.345+0000] {taskinstance.py:3} INFO - two',
    ].join('\n'),
  );
  expect(brief(records)).toEqual([
    '1 info one',
    "2 error Task failed with exception\nTraceback (most recent call last):\nKeyError: 'a'",
    '5 info two',
  ]);
  expect(linesOf(records[1] as LogRecord).map(({ line, text }) => `${line} ${text}`)).toEqual([
    '2 Task failed with exception',
    '3 Traceback (most recent call last):',
    "4 KeyError: 'a'",
  ]);
});

test('a message of Airflow 3 stands on one raw line, however many lines it has', () => {
  const records = parse(
    [
      '{"timestamp":"2026-01-05T10:00:00.123456Z","level":"info","event":"one\\ntwo","logger":"shop","filename":"a.py","lineno":7}',
      '{"timestamp":"2026-01-05T10:00:01Z","level":"critical","event":"Process terminated by signal.","signal":-9,"signal_name":"SIGKILL","logger":"task"}',
      '{"timestamp":"2026-01-05T10:00:02Z","chan":"stderr","event":"warn"}',
      '{"timestamp":"2026-01-05T10:00:02Z","logger":"task.stdout","event":"out"}',
    ].join('\n'),
  );
  expect(brief(records)).toEqual([
    '1 info one\ntwo',
    '2 critical Process terminated by signal. signal=-9 signal_name=SIGKILL',
    '3 - warn',
    '4 - out',
  ]);
  expect(records.map(({ logger, source, stream }) => [logger, source, stream])).toEqual([
    ['shop', 'a.py:7', undefined],
    ['task', undefined, undefined],
    [undefined, undefined, 'stderr'],
    ['task.stdout', undefined, 'stdout'],
  ]);
  expect(linesOf(records[0] as LogRecord).map(({ line }) => line)).toEqual([1, 1]);
});

test('the REST answer of Airflow 3 is read like its lines', () => {
  const answer = {
    content: ['::group::Log message source details', { timestamp: null, event: 'hello', level: 'info' }],
    continuation_token: null,
  };
  expect(brief(parse(JSON.stringify(answer)))).toEqual(['1 - ::group::Log message source details', '2 info hello']);
});

test('lines of other formats within JSON lines are told as they are', () => {
  expect(brief(parse('{"event":"a","level":"info"}\nFatal Python error: Segmentation fault\n{not json'))).toEqual([
    '1 info a',
    '2 - Fatal Python error: Segmentation fault',
    '3 - {not json',
  ]);
});

test.each([
  ['2024-05-01 10:11:12,345 - shop.pipeline - ERROR - no stock', 'error', 'shop.pipeline', 'no stock'],
  ['2024-05-01 10:11:12,345 INFO [main] started', 'info', undefined, '[main] started'],
  ['[2024-05-01 10:11:12] [pool-1] WARN  slow', 'warning', 'pool-1', 'slow'],
  ['2024-05-01T10:11:12Z ERROR: gone', 'error', undefined, 'gone'],
])('a log of another format is read by its time and level: %s', (line, level, logger, text) => {
  const [record] = parse(line);
  expect({ level: record?.level, logger: record?.logger, text: record?.text }).toEqual({ level, logger, text });
});

test('a time without a level is no header', () => {
  expect(brief(parse('2024-05-01 10:11:12 one two three four five six seven ERROR eight'))).toEqual([
    '1 - 2024-05-01 10:11:12 one two three four five six seven ERROR eight',
  ]);
});

test('colours go, and of a progress bar the last state stays', () => {
  expect(brief(parse('\u001B[1;31mred\u001B[0m\n 10%|#\r 50%|###\r100%|#####\r\nline\r'))).toEqual([
    '1 - red',
    '2 - 100%|#####',
    '3 - line',
  ]);
});

test('records know the group they stand in', () => {
  const header = '[2024-05-01T10:11:12.345+0000] {t.py:1} INFO - ';
  const records = parse(
    ['::group::Pre task execution logs', 'in', '::endgroup::', 'out'].map((text) => header + text).join('\n'),
  );
  expect(records.map(({ group }) => group)).toEqual([
    'Pre task execution logs',
    'Pre task execution logs',
    'Pre task execution logs',
    undefined,
  ]);
});

test('a log of several hosts says which host a line is from', () => {
  const header = '[2024-05-01T10:11:12.345+0000] {t.py:1} INFO - ';
  const records = parse(
    [
      'worker-1',
      '*** Found local files:',
      '***   * /a',
      `${header}one`,
      'worker-2.example',
      '*** Found local files:',
      `${header}two`,
    ].join('\n'),
  );
  expect(records.map(({ line, host, text }) => `${line} ${host} ${text.split(' - ').at(-1)}`)).toEqual([
    '2 worker-1 *** Found local files:',
    '3 worker-1 ***   * /a',
    '4 worker-1 one',
    '6 worker-2.example *** Found local files:',
    '7 worker-2.example two',
  ]);
});

test('a line of 5 MB is cut, and costs no more than its length', () => {
  const hostile = [
    'a'.repeat(5_000_000),
    '\u001B['.repeat(2_000_000),
    `2024-05-01 00:00:00 ${'x '.repeat(2_000_000)}`,
    `{"event":"${'y'.repeat(3_000_000)}"}`,
  ];
  const records = [...parseLog(hostile)];
  expect(records).toHaveLength(4);
  for (const { text } of records) expect(text.length).toBeLessThanOrEqual(4096);
});

test('what goes on for ever is split, so that no message grows without bound', () => {
  const lines = [
    '[2024-05-01T10:11:12.345+0000] {t.py:1} INFO - begin',
    ...Array.from({ length: 5000 }, (_, index) => `line ${index}`),
  ];
  const records = [...parseLog(lines)];
  expect(records[0]?.span).toBe(2000);
  expect(records.reduce((sum, { span }) => sum + span, 0)).toBe(5001);
});
