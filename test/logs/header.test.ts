import { expect, test } from 'vitest';
import { groupingAccuracy, labelledLines, sources } from '../../bench/log-lines.ts';
import { createDrain } from '../../src/logs/drain.ts';
import { endOfHeader } from '../../src/logs/header.ts';
import { tokenise } from '../../src/logs/tokenise.ts';

const messageOf = (line: string): string => line.slice(endOfHeader(`${line}\n`, 0, line.length));

test.each([
  ['081109 203615 148 INFO dfs.DataNode$PacketResponder: PacketResponder 1', 'PacketResponder 1'],
  ['2015-10-18 18:01:47,978 INFO [main] org.apache.hadoop.MRAppMaster: Created', 'Created'],
  ['17/06/09 20:10:40 INFO executor.Backend: Registered', 'Registered'],
  ['2015-07-29 17:41:44,747 - INFO  [QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181:Election@774] - Notification', 'Notification'],
  ['- 1117838570 2005.06.03 R02-M1 2005-06-03-15.42.50.363779 R02-M1 RAS KERNEL INFO cache', 'cache'],
  ['- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond(pam_unix)[2915]: closed', 'closed'],
  ['2016-09-28 04:30:30, Info                  CBS    Loaded', 'CBS    Loaded'],
  ['Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure', 'authentication failure'],
  ['03-17 16:13:38.811  1702  2395 D WindowManager: print', 'print'],
  ['20171223-22:15:29:606|Step_LSC|30002312|onStand 3579', 'onStand 3579'],
  ['[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok', 'workerEnv.init() ok'],
  [
    'nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO nova.osapi.wsgi.server [req-3 a - -] 10.1.1.1 GET',
    '10.1.1.1 GET',
  ],
  ['[2024-05-01T10:11:12.345+0000] {taskinstance.py:1345} INFO - message', 'message'],
  ['2024-05-01 10:11:12,345 - shop.pipeline - ERROR - no stock', 'no stock'],
  ['2024-05-01 10:11:12 hello', 'hello'],
  ['2024-05-01 10:11:12 INFO ValueError: x', 'ValueError: x'],
  ['2024-05-01 10:11:12 Error loading x', 'Error loading x'],
])('of %s the message is %s', (line, message) => {
  expect(messageOf(line)).toBe(message);
});

test.each([
  'PacketResponder 1 for block',
  'Jan is a name',
  'Error while reading 5',
  '10 files loaded',
  'INFO starting',
  '',
  '[main] x',
  '- a',
  '5 6 INFORMED people',
])('a line without a header stays as it is: %s', (line) => {
  expect(messageOf(line)).toBe(line);
});

test('lines of nine kinds of logs are grouped by what made them, whether with their heads or without', () => {
  for (const kind of ['text', 'message'] as const) {
    const shares = sources.map((source) => {
      const lines = labelledLines(source, 500, 3);
      const drain = createDrain();
      return groupingAccuracy(
        lines,
        lines.map((line) => {
          const text = `${line[kind]}\n`;
          return drain.learnTokens(tokenise(text, endOfHeader(text, 0, text.length - 1), text.length - 1)).cluster.id;
        }),
      );
    });
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.95);
    for (const share of shares) expect(share).toBeGreaterThan(0.8);
  }
});
