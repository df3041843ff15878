import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { entry } from '../../kit/child.ts';
import { runWindsock } from '../../kit/run-windsock.ts';

const folder = mkdtempSync(join(tmpdir(), 'windsock-test-templates-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const log = [
  'Jun 14 15:16:01 combo sshd[19939]: Failed password for root from 10.0.0.7 port 22 ssh2',
  'Jun 14 15:16:02 combo sshd[19940]: Failed password for alice from 10.0.0.9 port 41 ssh2',
  '\u001B[31mJun 14 15:16:02 combo sshd[19940]: session closed for user alice\u001B[0m',
  '',
  '{"timestamp":"2026-01-05T10:00:00Z","level":"info","event":"Wrote 17 rows to orders"}',
  'order ord-7a1 done',
].join('\n');

test('for each line in there is one out: its cluster and the template of all its lines', async () => {
  const file = join(folder, 'auth.log');
  writeFileSync(file, log);
  const options = ['--json', '--mask', 'ORDER=ord-\\w+', '--mask', 'ROWS=\\d+ rows', '--similarity', '0.9', '--depth', '3'];
  const [plain, other] = await Promise.all([runWindsock(['templates', file]), runWindsock(['templates', file, ...options])]);
  expect(plain).toMatchObject({ code: 0, stderr: '' });
  expect(plain.stdout.split('\n')).toEqual([
    '1\tFailed password for <*> from <IP> port <NUM> ssh2',
    '1\tFailed password for <*> from <IP> port <NUM> ssh2',
    '2\tsession closed for user alice',
    '3\t',
    '4\tWrote <NUM> rows to orders',
    '5\torder ord-7a1 done',
    '',
  ]);
  expect(
    other.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { cluster_id: 1, template: 'Failed password for root from <IP> port <NUM> ssh2' },
    { cluster_id: 2, template: 'Failed password for alice from <IP> port <NUM> ssh2' },
    { cluster_id: 3, template: 'session closed for user alice' },
    { cluster_id: 4, template: '' },
    { cluster_id: 5, template: 'Wrote <ROWS> to orders' },
    { cluster_id: 6, template: 'order <ORDER> done' },
  ]);
});

test('a file that is not there is told in a line', async () => {
  const missing = await runWindsock(['templates', join(folder, 'none.log')]);
  expect(missing.stderr).toMatch(/^windsock: .*none\.log: .*no such file/);
  expect(missing.code).not.toBe(0);
});

test('with --follow a line is answered before the next one comes', async () => {
  const child = spawn(process.execPath, [entry, 'templates', '-', '--follow']);
  const answers = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>;
  child.stdin.write('read 5 rows\n');
  expect((await answers.next()).value).toBe('1\tread <NUM> rows\n');
  child.stdin.write('read 6 rows\nread 6 pages\n');
  expect((await answers.next()).value).toBe('1\tread <NUM> <*>\n1\tread <NUM> <*>\n');
  child.stdin.end();
  await new Promise((done) => child.on('close', done));
});
