import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runWindsock } from '../../kit/run-windsock.ts';

const folder = mkdtempSync(join(tmpdir(), 'windsock-test-detect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = Date.UTC(2026, 0, 5);
const rows = Array.from({ length: 200 }, (_, index) => {
  const at = new Date(start + index * 3_600_000).toISOString();
  return `${at},${index === 150 ? 900 : 100 + ((index * 7919) % 13)}`;
});

test('detect writes each row with its score and label, and says nothing else', async () => {
  const [file, output] = [join(folder, 'series.csv'), join(folder, 'labelled.csv')];
  writeFileSync(file, `timestamp,value\n${rows.join('\n')}\n`);
  const ended = await runWindsock(['detect', file, '--output', output]);
  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
  const [header, ...lines] = readFileSync(output, 'utf8').trimEnd().split('\n');
  expect(header).toBe('timestamp,value,anomaly_score,label');
  expect(lines.map((line) => line.split(',').slice(0, 2).join(','))).toEqual(rows);
  expect(lines.flatMap((line, index) => (line.endsWith(',1') ? [index] : []))).toEqual([150]);
});

test('a faulty file is told line by line with exit code 2, and nothing is written', async () => {
  const [file, output] = [join(folder, 'faulty.csv'), join(folder, 'none.csv')];
  writeFileSync(file, `timestamp,value\n${rows.slice(0, 15).join('\n')}\n2026-02-01,abc\n2026-01-01,5\n`);
  const ended = await runWindsock(['detect', file, '--output', output]);
  expect(ended.code).toBe(2);
  expect(ended.stdout).toBe('');
  expect(ended.stderr.split('\n')).toEqual([
    'line 17: value "abc" is not a number',
    'line 18: timestamp "2026-01-01" is before that of line 17 (2026-02-01); sort the rows',
    `windsock: ${file} has 2 faults; nothing was written`,
    '',
  ]);
  expect(readdirSync(folder).filter((name) => name.startsWith('none'))).toEqual([]);
});

test('from a pipe, as JSON lines; a reader that stops early is no error', async () => {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, '../../../src/main.ts'), 'detect', '-', '--json']);
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out.push(chunk);
    child.stdout.destroy();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => err.push(chunk));
  const ended = new Promise<number | null>((done) => {
    child.on('close', done);
  });
  child.stdin.write('timestamp,value\n');
  for (let at = 1; at <= 20_000; at += 1) child.stdin.write(`${at},${at % 17}\n`);
  child.stdin.end();
  expect(await ended).toBe(0);
  expect(err.join('')).toBe('');
  const [first = ''] = out.join('').split('\n');
  expect(JSON.parse(first)).toEqual({ timestamp: '1', value: 1, anomaly_score: 0, label: 0, detector: null });
});
