import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readTaskLog } from '../../src/airflow/task-logs/read-task-log.ts';
import { openTaskLogs } from '../../src/demo/task-logs.ts';
import type { TryEvent } from '../../src/demo/try-event.ts';
import { findFailure } from '../../src/logs/find-failure.ts';
import { parseLog } from '../../src/logs/parse-log.ts';
import { createRedactor } from '../../src/redact/redactor.ts';
import { simulateHours } from './simulated.ts';

const root = await mkdtemp(join(tmpdir(), 'windsock-demo-logs-'));
afterAll(() => rm(root, { recursive: true }));

test.each(['2.11', '3'] as const)(
  'the logs of a demo of Airflow %s are found by their tries and read into records with what failed',
  async (airflow) => {
    const folder = join(root, airflow);
    const { events } = simulateHours(airflow, 3, { anomalyProbability: 0.1, fault: { kind: 'surge', forSeconds: 1800 } });
    const logs = openTaskLogs(folder, 5);
    for (const event of events) logs.write(event);
    const read = async ({ dagId, runId, task, mapIndex, tryNumber }: TryEvent): Promise<string[]> => {
      const of = { dagId, runId, taskId: task.taskId, mapIndex, tryNumber };
      const log = await readTaskLog({ folder, timeoutMs: 60_000 }, of, {
        redactor: createRedactor(),
        signal: new AbortController().signal,
      });
      if (!log.found) throw new Error(log.reason);
      const lines: string[] = [];
      for await (const line of log.lines) lines.push(line);
      return lines;
    };
    const ended = events.filter(({ kind, ending }) => kind === 'ended' && ending === 'failed');
    const types = new Set<string>();
    for (const event of ended.slice(0, 30)) {
      const lines = await read(event);
      const records = [...parseLog(lines)];
      expect(records.filter(({ text }) => text.startsWith('{"'))).toEqual([]);
      const failure = findFailure(records);
      if (failure?.exception === undefined) continue;
      types.add(failure.type);
      // The line that a cause is on is the line that the reader gave.
      expect(lines[failure.line - 1]).toContain(failure.type.split('.').at(-1));
    }
    expect([...types]).toEqual(expect.arrayContaining([expect.stringMatching(/OperationalError$/)]));
    const waited = events.find(({ kind }) => kind === 'fired');
    if (waited === undefined) throw new Error('nothing waited in a triggerer');
    const times = [...parseLog(await read(waited))].flatMap(({ at }) => (at === undefined ? [] : [at.getTime()]));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  },
);
