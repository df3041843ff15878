import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { logText2 } from '../../src/demo/task-log-2.ts';
import { logText3 } from '../../src/demo/task-log-3.ts';
import { logPath, openTaskLogs } from '../../src/demo/task-logs.ts';
import type { TryEvent } from '../../src/demo/try-event.ts';
import { simulateHours } from './simulated.ts';

const seed = 5;

/** Whole log files of a simulation, by path; what triggers write apart. */
function filesOf(events: readonly TryEvent[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const event of events) {
    const path = `${logPath(event)}${event.kind === 'fired' ? '.trigger' : ''}`;
    files.set(path, (files.get(path) ?? '') + (event.airflow === '3' ? logText3(event, seed) : logText2(event, seed)));
  }
  return files;
}

const three = simulateHours('3', 8, { anomalyProbability: 0.1, fault: { kind: 'surge', forSeconds: 1800 } });
const two = simulateHours('2.11', 8, { anomalyProbability: 0.1, fault: { kind: 'surge', forSeconds: 1800 } });
const filesOfThree = filesOf(three.events);
const filesOfTwo = filesOf(two.events);
const failedBy = (events: readonly TryEvent[], operator: string, fault: TryEvent['fault'] = null): TryEvent => {
  const found = events.find((event) => event.ending === 'failed' && event.task.operator === operator && event.fault === fault);
  if (found === undefined) throw new Error(`no ${operator} failed`);
  return found;
};

interface Line {
  timestamp: string;
  level: string;
  event: string;
  error_detail?: {
    exc_type: string;
    exc_value: string;
    is_cause: boolean;
    frames: { filename: string; lineno: number; name: string }[];
  }[];
  [key: string]: unknown;
}
const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const stamp2 = /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\+0000\] \{\w+\.py:\d+\} (INFO|WARNING|ERROR) - /;

test('the path is that of the default template, with a folder for the map index of a mapped task alone', () => {
  const mapped = three.events.find(({ mapIndex }) => mapIndex === 2);
  const plain = three.events.find(({ task, runId }) => task.taskId === 'extract_orders' && runId.startsWith('scheduled'));
  expect(mapped && logPath(mapped)).toMatch(
    /^dag_id=image_tiles\/run_id=scheduled__2026-03-02T02:20:00\+00:00\/task_id=render_tile\/map_index=2\/attempt=1\.log$/,
  );
  expect(plain && logPath(plain)).toMatch(
    /^dag_id=sales_hourly_etl\/run_id=scheduled__[^/]+\/task_id=extract_orders\/attempt=1\.log$/,
  );
});

test('no log holds what a template left unfilled, on either release', () => {
  const texts = [...filesOfThree.values(), ...filesOfTwo.values()];
  expect(texts.length).toBeGreaterThan(2000);
  expect(texts.filter((text) => /undefined|NaN|\[object/.test(text))).toEqual([]);
});

test.each([three, two])('an EmptyOperator and what a rule ended have no log', ({ events }) => {
  expect(events.filter(({ task }) => task.kind === 'empty')).toEqual([]);
});

describe('Airflow 3', () => {
  test('writes one JSON object a line that begins with time, level and event, in the order of time', () => {
    const wrong: string[] = [];
    let lines = 0;
    for (const text of filesOfThree.values()) {
      let before = '';
      for (const line of linesOf(text)) {
        lines += 1;
        const first = Object.keys(line).slice(0, 3).join();
        const wellFormed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(line.timestamp) && first === 'timestamp,level,event';
        const millisecond = line.timestamp.slice(0, 23);
        if (!wellFormed || millisecond < before) wrong.push(`${before} ${JSON.stringify(line)}`);
        before = millisecond;
      }
    }
    expect(wrong).toEqual([]);
    expect(lines).toBeGreaterThan(5000);
  });

  test('tells a failure with its frames, the cause marked as such', () => {
    const line = linesOf(logText3(failedBy(three.events, 'PythonOperator', 'surge'), seed)).find(
      ({ error_detail }) => error_detail,
    );
    expect(line).toMatchObject({ level: 'error', event: 'Task failed with exception', logger: 'task' });
    const [outer, cause] = line?.error_detail ?? [];
    expect(outer).toMatchObject({ exc_type: 'OperationalError', is_cause: false });
    expect(cause).toMatchObject({ exc_type: 'OperationalError', is_cause: true });
    expect(cause?.exc_value).toMatch(/^connection to server at "warehouse.shop.example" .*Connection refused/);
    expect(outer?.frames.at(0)?.filename).toMatch(/task_runner\.py$/);
    expect(outer?.frames.map(({ filename }) => filename)).toContain('/opt/airflow/dags/shop/warehouse.py');
  });

  test('tells of a killed process by its signal, without an exception', () => {
    const killed = three.events.filter((event) => event.ending === 'failed').map((event) => linesOf(logText3(event, seed)));
    const last = killed.find((lines) => lines.every(({ error_detail }) => !error_detail))?.at(-1);
    expect(last).toMatchObject({ level: 'critical', signal: -9, signal_name: 'SIGKILL' });
  });
});

describe('Airflow 2.11', () => {
  test('writes its own line format in the order of time; only tracebacks and what is quoted stand without a stamp', () => {
    const wrong: string[] = [];
    let lines = 0;
    for (const text of filesOfTwo.values()) {
      let before = '';
      for (const line of text.trimEnd().split('\n')) {
        const at = stamp2.exec(line)?.[1];
        if (at === undefined) continue;
        lines += 1;
        if (at < before) wrong.push(`${before} ${line}`);
        before = at;
      }
      if (!stamp2.test(text)) wrong.push(text);
    }
    expect(wrong).toEqual([]);
    expect(lines).toBeGreaterThan(5000);
  });

  test('prints a chain of exceptions cause first, as Python does', () => {
    const text = logText2(failedBy(two.events, 'PythonOperator', 'surge'), seed);
    const cause = text.indexOf('psycopg2.OperationalError: connection to server');
    const link = text.indexOf('The above exception was the direct cause of the following exception:');
    const outer = text.indexOf('sqlalchemy.exc.OperationalError: (psycopg2.OperationalError)');
    expect(0 < cause && cause < link && link < outer).toBe(true);
    expect(text).toMatch(/ERROR - Task failed with exception\nTraceback \(most recent call last\):\n/);
    expect(text).toContain('    result = _execute_callable(context=context, **execute_callable_kwargs)\n             ^^^^^');
    expect(text).toMatch(/INFO - Marking task as (UP_FOR_RETRY|FAILED)\. dag_id=/);
  });

  test('tells of a killed process by its return code, without a traceback', () => {
    const texts = two.events.filter(({ ending }) => ending === 'failed').map((event) => logText2(event, seed));
    expect(texts.filter((text) => !text.includes('Traceback')).at(0)).toMatch(/Task exited with return code -9/);
  });

  test('a sensor says in one file what it found at each poke', () => {
    const files = [...filesOfTwo].filter(([path]) => path.includes('task_id=wait_for_file'));
    const text = files.map(([, found]) => found).find((found) => found.includes('Success criteria met'));
    expect(text?.match(/Rescheduling task, marking task as UP_FOR_RESCHEDULE/g)?.length).toBeGreaterThan(1);
    expect(text?.match(/Poking for file/g)?.length).toBeGreaterThan(2);
  });

  test('a deferred task resumes in the same file, and its trigger has a file of its own', () => {
    const files = filesOfTwo;
    const [path = '', text = ''] = [...files].find(([, found]) => found.includes('Resuming after deferral')) ?? [];
    expect(text).toMatch(
      /Pausing task as DEFERRED.*return code 100 \(task deferral\).*Resuming after deferral.*Marking task as SUCCESS/s,
    );
    expect(files.get(`${path}.trigger`)).toMatch(/fired: TriggerEvent/);
  });
});

test('what surges fails for one reason; what fails by itself fails for the reasons of its operator', () => {
  const reasons = (fault: TryEvent['fault']): Set<string> =>
    new Set(
      three.events
        .filter((event) => event.ending === 'failed' && event.fault === fault)
        .map(
          (event) =>
            linesOf(logText3(event, seed))
              .find(({ error_detail }) => error_detail)
              ?.error_detail?.at(-1)?.exc_type ?? 'killed',
        ),
    );
  expect([...reasons('surge')]).toEqual(['OperationalError']);
  expect(reasons(null).size).toBeGreaterThan(4);
});

test('of a history the failures, the latest six successes of each task and what is under way are written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'windsock-logs-'));
  try {
    const logs = openTaskLogs(folder, seed);
    const events = two.events.filter(({ dagId }) => dagId === 'flaky_weather_api' || dagId === 'image_tiles');
    for (const event of events) logs.remember(event);
    logs.writeRemembered();
    const written = (await readdir(folder, { recursive: true })).filter(
      (path) => path.endsWith('.log') && !path.includes('.trigger.'),
    );
    const ends = events.filter(({ kind }) => kind === 'ended');
    const failed = ends.filter(({ ending }) => ending === 'failed').map(logPath);
    const good = ends.filter(({ ending }) => ending !== 'failed' && ending !== null);
    const ofTask = Map.groupBy(good, ({ dagId, task }) => `${dagId}.${task.taskId}`);
    const lastSix = [...ofTask.values()].flatMap((of) => of.slice(-6).map(logPath));
    const ended = new Set(ends.map(logPath));
    const open = [...new Set(events.map(logPath))].filter((path) => !ended.has(path));
    expect(written.sort()).toEqual([...new Set([...failed, ...lastSix, ...open])].sort());
    expect(await readFile(join(folder, failed[0] ?? ''), 'utf8')).toMatch(/Starting attempt \d of \d/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
