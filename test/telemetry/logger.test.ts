import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { telemetryConfig } from '../../src/telemetry/config.ts';
import { createLogger, lineForPeople } from '../../src/telemetry/logger.ts';

const redact = (text: string): string => text.replaceAll('hunter2', '***');

function logging(config: { level?: 'debug' | 'info' | 'warn' | 'error'; format?: 'auto' | 'json' | 'text' } = {}) {
  const lines: string[] = [];
  const log = createLogger({
    config: telemetryConfig.parse({ log: config }).log,
    redact,
    write: (line) => void lines.push(line),
  });
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a line is one JSON object with time, level, message and facts', () => {
  const { log, lines, parsed } = logging();
  log.info('reads Airflow', { version: '3.1.8', runs: 4 });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.endsWith('\n')).toBe(true);
  expect(parsed()[0]).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    version: '3.1.8',
    runs: 4,
    msg: 'reads Airflow',
  });
});

test('lines below the level are not written', () => {
  const { log, parsed } = logging({ level: 'warn' });
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level);
  expect(parsed().map(({ msg }) => msg)).toEqual(['warn', 'error']);
});

describe('a secret never reaches the log', () => {
  const error = new Error('password hunter2 refused', { cause: new Error('for hunter2') });
  test.each([
    ['message', 'with hunter2', {}],
    ['field', 'm', { url: 'postgres://u:hunter2@h' }],
    ['nested field', 'm', { a: [{ b: new Map([['c', 'hunter2']]) }, new Set(['hunter2'])] }],
    ['field whose name says so', 'm', { db_password: ['hun', 'ter3'].join('') }],
    ['error and its cause', 'm', { error }],
    ['error without a class', 'm', { error: Object.assign(new Error('x'), { code: 'hunter2', detail: 'hunter2' }) }],
    ['a very deep field', 'm', { a: { b: { c: { d: { e: { f: { g: 'hunter2' } } } } } } }],
  ])('from a %s', (_where, message, fields) => {
    const { log, lines } = logging();
    log.error(message, fields);
    log.child(fields).error(message);
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/hunter\d/);
  });
});

test('an error keeps what a reader needs: message, code and cause', () => {
  const { log, parsed } = logging();
  log.error('cannot read', {
    error: Object.assign(new Error('refused', { cause: new Error('port closed') }), { code: 'ECONNREFUSED' }),
  });
  expect(parsed()[0]?.['error']).toEqual({ message: 'refused', code: 'ECONNREFUSED', cause: { message: 'port closed' } });
});

test('a child adds its facts to every line', () => {
  const { log, parsed } = logging();
  log.child({ thread: 'cycle' }).info('one');
  expect(parsed()[0]).toMatchObject({ thread: 'cycle', msg: 'one' });
});

test('a message cannot forge a second line, in neither format', () => {
  for (const format of ['json', 'text'] as const) {
    const { log, lines } = logging({ format });
    log.info('first\n12:00:00 INFO  forged', { fact: 'a\r\nb' });
    expect(lines.join('').split('\n')).toHaveLength(2);
    expect(lines.join('')).not.toContain('\r');
  }
});

test('for people a line reads: time, level, message, facts', () => {
  const { log, lines } = logging({ format: 'text' });
  log.warn('pool is full', { pool: 'default', open: 0, why: 'two words', list: [1] });
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d WARN {2}pool is full pool=default open=0 why="two words" list=\[1\]\n$/);
  expect(lineForPeople('{"time":"2026-01-02T03:04:05.678Z","level":"info","msg":"m"}')).toBe('03:04:05 INFO  m\n');
});

test('lines of a worker thread are written at once to standard error, even when it dies next', () => {
  const source = (path: string): string => JSON.stringify(resolve(import.meta.dirname, '../../src/telemetry', path));
  const inWorker = `
    import(${source('logger.ts')}).then(({ createLogger }) => {
      const log = createLogger({ config: { level: 'info', format: 'json' }, redact: (text) => text });
      for (let n = 0; n < 50; n += 1) log.info('line', { n });
      process.exit(3);
    });`;
  const main = `new (require('node:worker_threads').Worker)(${JSON.stringify(inWorker)}, { eval: true }).on('exit', (code) => process.exit(code))`;
  let output = '';
  try {
    execFileSync(process.execPath, ['-e', main], { stdio: 'pipe', encoding: 'utf8' });
    expect.unreachable('the worker exits with 3');
  } catch (error) {
    expect(error).toMatchObject({ status: 3 });
    output = (error as { stderr: string }).stderr;
  }
  const numbers = output
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { n: number }).n);
  expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => n));
});
