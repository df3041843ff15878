import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunRow } from '../../src/airflow/read-runs.ts';
import type { ClosedTry, TaskRow } from '../../src/airflow/read-tasks.ts';
import { asksHistory, missingTries } from '../../src/collect/closed-tries.ts';
import { judgeTask, type TaskContext } from '../../src/collect/judge-task.ts';
import type { KnownTask } from '../../src/collect/known.ts';
import type { PersonAction } from '../../src/collect/marks.ts';

const at = (time: string): Date => new Date(`2026-03-01T${time}Z`);
const run: RunRow = {
  id: 7,
  dagId: 'etl',
  runId: 'scheduled__1',
  runType: 'scheduled',
  state: 'running',
  logicalDate: at('09:00:00'),
  dueAt: at('10:00:00'),
  queuedAt: at('10:00:01'),
  startDate: at('10:00:02'),
  endDate: null,
  clearNumber: 0,
  updatedAt: null,
};
const row = (over: Partial<TaskRow>): TaskRow => ({
  dagId: 'etl',
  runId: 'scheduled__1',
  taskId: 'load',
  mapIndex: -1,
  state: 'running',
  tryNumber: 1,
  maxTries: 1,
  startDate: at('10:00:10'),
  endDate: null,
  durationSeconds: null,
  queuedAt: at('10:00:05'),
  queue: 'default',
  pool: 'default_pool',
  operator: 'PythonOperator',
  hostname: 'worker-1',
  updatedAt: at('10:00:10'),
  ...over,
});
const ended = (state: string, over: Partial<TaskRow> = {}): TaskRow =>
  row({ state, endDate: at('10:01:10'), durationSeconds: 60, updatedAt: at('10:01:10'), ...over });
const known = (over: Partial<KnownTask> = {}): KnownTask => ({
  taskId: 'load',
  mapIndex: -1,
  state: 'running',
  tryNumber: 1,
  endMs: null,
  updatedMs: null,
  counted: [],
  ...over,
});
const context = (over: Partial<TaskContext> = {}): TaskContext => ({
  run,
  clearNumberBefore: 0,
  baselineMs: null,
  actions: [],
  triesCountFromScheduling: true,
  ...over,
});
const closed = (tryNumber: number | null, state: string, over: Partial<ClosedTry> = {}): ClosedTry => ({
  ...ended(state),
  tryNumber,
  cutShort: false,
  ...over,
});
const action = (kind: PersonAction['kind'], time: string, over: Partial<PersonAction> = {}): PersonAction => ({
  kind,
  at: at(time),
  dagId: 'etl',
  runId: 'scheduled__1',
  logicalDate: null,
  taskId: kind === 'mark_run' ? null : 'load',
  mapIndex: null,
  state: null,
  ...over,
});
const kinds = (judged: ReturnType<typeof judgeTask>): string[] =>
  judged.transitions.map((t) =>
    t.kind === 'attempt' ? `${t.outcome} ${t.tryNumber}` : `${t.kind} ${t.kind === 'run_started' ? '' : t.state}`,
  );

describe('an attempt that ended', () => {
  test.each([
    ['success', 'success 1'],
    ['failed', 'failure 1'],
    ['up_for_retry', 'retry 1'],
  ])('in state %s counts as %s', (state, expected) => {
    expect(kinds(judgeTask(known(), ended(state), [], context()))).toEqual([expected]);
  });

  test('counts once, however often it is seen', () => {
    const first = judgeTask(known(), ended('success'), [], context());
    expect(kinds(judgeTask(first.task, ended('success'), [], context()))).toEqual([]);
  });

  test('counts although it was never seen running', () => {
    expect(kinds(judgeTask(undefined, ended('success'), [], context()))).toEqual(['success 1']);
  });

  test.each([-3, Number.NaN, Infinity])('of %d s has no duration: a clock was set back', (durationSeconds) => {
    const [attempt] = judgeTask(known(), ended('success', { durationSeconds }), [], context()).transitions;
    expect(attempt).toMatchObject({ outcome: 'success', durationSeconds: null });
  });

  test('carries its duration and its wait in the queue', () => {
    const [attempt] = judgeTask(known(), ended('success'), [], context()).transitions;
    expect(attempt).toMatchObject({ durationSeconds: 60, queueWaitSeconds: 5, queue: 'default' });
  });

  test('has no wait in the queue when a resume from deferral moved the queued time beyond the start', () => {
    const [attempt] = judgeTask(known(), ended('success', { queuedAt: at('10:00:30') }), [], context()).transitions;
    expect(attempt).toMatchObject({ queueWaitSeconds: null });
  });

  test('before the baseline is remembered, not counted', () => {
    const judged = judgeTask(undefined, ended('failed'), [], context({ baselineMs: at('10:01:10').getTime() }));
    expect([kinds(judged), judged.task.counted]).toEqual([[], ['1']]);
    expect(kinds(judgeTask(undefined, ended('failed'), [], context({ baselineMs: at('10:01:09').getTime() })))).toEqual([
      'failure 1',
    ]);
  });
});

describe('tries between two looks', () => {
  test('are asked of the history, the one under way excepted', () => {
    expect(missingTries(known(), row({ tryNumber: 3 }), true)).toEqual([1, 2]);
    expect(missingTries(known({ counted: ['1'] }), row({ tryNumber: 3 }), true)).toEqual([2]);
    expect(missingTries(known(), row({ state: null, tryNumber: 2 }), true)).toEqual([1, 2]);
    expect(missingTries(known(), row({ state: 'queued', tryNumber: 2 }), true)).toEqual([1]);
    expect(missingTries(known(), row({ state: 'queued', tryNumber: 2 }), false)).toEqual([1, 2]);
  });

  test('that failed count as retry up to max_tries, as failure beyond', () => {
    const rows = [closed(1, 'failed', { maxTries: 1 }), closed(2, 'failed', { maxTries: 1 })];
    expect(kinds(judgeTask(known(), row({ tryNumber: 3, maxTries: 3 }), rows, context()))).toEqual(['retry 1', 'failure 2']);
  });

  test('that a clear cut short count as retry, owed or not', () => {
    const rows = [closed(1, 'failed', { maxTries: 0, cutShort: true })];
    expect(kinds(judgeTask(known(), row({ state: null, tryNumber: 1, maxTries: 1 }), rows, context()))).toEqual(['retry 1']);
  });

  test('that 2.9 and before do not number are the failures since the last look', () => {
    const failures = (...ends: string[]) =>
      ends.map((end) => closed(null, 'failed', { maxTries: -1, startDate: at(end), endDate: at(end) }));
    const old = context({ triesCountFromScheduling: false });
    const retried = known({ state: 'up_for_retry', tryNumber: 1, endMs: at('10:01:10').getTime(), counted: ['1'] });
    const rows = failures('10:01:10', '10:02:10');
    expect(kinds(judgeTask(retried, row({ tryNumber: 3, maxTries: 3 }), rows, old))).toEqual(['retry 2']);
    // Try 2 succeeded and was cleared away before we looked: the failure of try 1 is not its own.
    expect(kinds(judgeTask(retried, row({ state: null, tryNumber: 2 }), failures('10:01:10'), old))).toEqual([]);
  });

  test('that succeeded and were cleared count as success', () => {
    expect(kinds(judgeTask(known(), row({ state: null, tryNumber: 1 }), [closed(1, 'success')], context()))).toEqual([
      'success 1',
    ]);
  });

  test.each(['success', 'skipped'])('that a person marked as %s and cleared then count as mark', (state) => {
    const actions = [action('mark_task', '10:01:09')];
    expect(kinds(judgeTask(known(), row({ state: null, tryNumber: 1 }), [closed(1, state)], context({ actions })))).toEqual([
      `marked ${state}`,
    ]);
  });

  test('whose row tells of what became of it since are asked of the history', () => {
    expect(asksHistory(known(), ended('skipped'), true, false)).toBe(true);
    expect(asksHistory(known(), row({ state: 'restarting' }), true, false)).toBe(true);
    expect(asksHistory(known(), ended('success'), true, true)).toBe(true);
    expect(asksHistory(known(), ended('success'), true, false)).toBe(false);
    expect(asksHistory(known(), ended('skipped', { tryNumber: 0 }), true, false)).toBe(false);
    expect(asksHistory(known({ counted: ['1'] }), ended('skipped'), true, true)).toBe(false);
  });

  test('that failed before a person or a timeout ended the wait for the next count as retry', () => {
    const failed = closed(1, 'failed', { maxTries: 1, endDate: at('10:00:30') });
    const actions = [action('mark_run', '10:01:09')];
    expect(kinds(judgeTask(known(), ended('skipped'), [failed], context()))).toEqual(['retry 1', 'entered skipped']);
    expect(kinds(judgeTask(known(), ended('skipped'), [failed], context({ actions })))).toEqual(['retry 1', 'marked skipped']);
    expect(kinds(judgeTask(known(), ended('failed'), [failed], context({ actions })))).toEqual(['retry 1', 'marked failed']);
    expect(kinds(judgeTask(known(), ended('skipped'), [], context()))).toEqual(['entered skipped']);
  });

  test('that a clear cut short count at once, and once', () => {
    const cut = closed(1, 'failed', { maxTries: 0, cutShort: true });
    const restarting = judgeTask(known(), row({ state: 'restarting' }), [cut], context());
    expect(kinds(restarting)).toEqual(['retry 1']);
    expect(kinds(judgeTask(restarting.task, row({ state: null, maxTries: 1 }), [cut], context()))).toEqual([]);
    // Before the history has it, it is not over.
    expect(judgeTask(known(), row({ state: 'restarting' }), [], context()).task.counted).toEqual([]);
  });

  test('without a trace in the history count as nothing and are not asked for again', () => {
    const judged = judgeTask(known(), row({ tryNumber: 2 }), [], context());
    expect([kinds(judged), missingTries(judged.task, row({ tryNumber: 2 }), true)]).toEqual([[], []]);
  });

  test('of 2.7 to 2.9 are the latest rows of task_fail', () => {
    const rows = [closed(null, 'failed', { maxTries: -1 })];
    expect(kinds(judgeTask(known(), row({ tryNumber: 2 }), rows, context({ triesCountFromScheduling: false })))).toEqual([
      'retry 1',
    ]);
  });
});

test('of 2.7 to 2.9 a failure belongs to one try only, whatever the tries before it left', () => {
  const rows = [closed(null, 'failed', { maxTries: -1 })];
  const judged = judgeTask(known(), row({ tryNumber: 3 }), rows, context({ triesCountFromScheduling: false }));
  expect(kinds(judged)).toEqual(['retry 2']);
});

describe('a state entered without a try', () => {
  test.each(['skipped', 'upstream_failed'])('%s counts once', (state) => {
    const first = judgeTask(known({ state: null, tryNumber: 0 }), ended(state, { tryNumber: 0 }), [], context());
    expect(kinds(first)).toEqual([`entered ${state}`]);
    expect(kinds(judgeTask(first.task, ended(state, { tryNumber: 0 }), [], context()))).toEqual([]);
  });

  test('counts again after a clear, though Airflow keeps the old dates', () => {
    const first = judgeTask(known({ state: null, tryNumber: 0 }), ended('upstream_failed', { tryNumber: 0 }), [], context());
    const cleared = judgeTask(first.task, row({ state: null, tryNumber: 0, endDate: at('10:01:10') }), [], context());
    expect(kinds(judgeTask(cleared.task, ended('upstream_failed', { tryNumber: 0 }), [], context()))).toEqual([
      'entered upstream_failed',
    ]);
  });

  test('counts again when the clear was not seen but its number grew and the row was written', () => {
    const first = judgeTask(known({ state: null, tryNumber: 0 }), ended('skipped', { tryNumber: 0 }), [], context());
    const again = ended('skipped', { tryNumber: 0, updatedAt: at('10:05:00') });
    expect(kinds(judgeTask(first.task, again, [], context({ run: { ...run, clearNumber: 1 } })))).toEqual(['entered skipped']);
    expect(kinds(judgeTask(first.task, again, [], context()))).toEqual([]);
  });

  test('counts when it was written after the baseline, though its dates are older: a clear keeps them', () => {
    const baselineMs = at('10:02:00').getTime();
    const entered = (updatedAt: Date) => ended('skipped', { tryNumber: 0, updatedAt });
    expect(kinds(judgeTask(undefined, entered(at('10:02:00')), [], context({ baselineMs })))).toEqual([]);
    expect(kinds(judgeTask(undefined, entered(at('10:02:01')), [], context({ baselineMs })))).toEqual(['entered skipped']);
  });

  test('without dates is the timeout of a run, no mark', () => {
    const judged = judgeTask(known(), row({ state: 'skipped' }), [], context({ actions: [action('mark_run', '10:01:00')] }));
    expect(kinds(judged)).toEqual(['entered skipped']);
  });
});

describe("a person's mark", () => {
  test('that ended a running try counts as mark alone', () => {
    const judged = judgeTask(known(), ended('success'), [], context({ actions: [action('mark_task', '10:01:09')] }));
    expect(kinds(judged)).toEqual(['marked success']);
  });

  test.each([
    ['10:01:10', 'marked failed'],
    ['10:01:00', 'marked failed'],
    ['10:00:59', 'failure 1'],
  ])('at %s belongs to an end at 10:01:10: %s', (time, expected) => {
    expect(kinds(judgeTask(known(), ended('failed'), [], context({ actions: [action('mark_task', time)] })))).toEqual([expected]);
  });

  test('of a finished task counts as mark, not as another attempt', () => {
    const first = judgeTask(known(), ended('failed'), [], context());
    expect(kinds(judgeTask(first.task, ended('success'), [], context()))).toEqual(['marked success']);
  });

  test('after the end, between two looks, leaves the attempt what it was', () => {
    const marked = ended('success', { updatedAt: at('10:02:00') });
    expect(kinds(judgeTask(known(), marked, [], context({ actions: [action('mark_task', '10:01:59')] })))).toEqual([
      'retry 1',
      'marked success',
    ]);
  });

  test('of another task, or one that only wrote a note after the end, changes nothing', () => {
    const other = action('mark_task', '10:01:09', { taskId: 'extract' });
    const note = action('mark_task', '10:05:00');
    expect(kinds(judgeTask(known(), ended('success'), [], context({ actions: [other, note] })))).toEqual(['success 1']);
  });

  test("is outweighed by the worker's own word", () => {
    const actions = [action('mark_task', '10:01:09'), action('own_end', '10:01:10', { mapIndex: -1, state: 'success' })];
    expect(kinds(judgeTask(known(), ended('success'), [], context({ actions })))).toEqual(['success 1']);
    // A failure told just before is that of the try whose wait for the next one the mark ended.
    expect(kinds(judgeTask(known(), ended('failed'), [], context({ actions })))).toEqual(['marked failed']);
  });

  test('on a run marks what it skips and what never ran', () => {
    const actions = [action('mark_run', '10:01:10')];
    expect(
      kinds(judgeTask(known({ state: null, tryNumber: 0 }), ended('skipped', { tryNumber: 0 }), [], context({ actions }))),
    ).toEqual(['marked skipped']);
    expect(
      kinds(judgeTask(known({ state: null, tryNumber: 0 }), ended('success', { tryNumber: 0 }), [], context({ actions }))),
    ).toEqual(['marked success']);
  });
});

test('whatever part of its life is seen, each try of a task is counted exactly once', () => {
  const life = fc.array(fc.constantFrom('retry', 'cleared'), { maxLength: 4 });
  fc.assert(
    fc.property(life, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (tries, looks) => {
      const history: ClosedTry[] = [];
      const rows: { row: TaskRow; history: ClosedTry[] }[] = [];
      const show = (shown: TaskRow) => rows.push({ row: shown, history: [...history] });
      tries.forEach((end, index) => {
        const tryNumber = index + 1;
        show(row({ tryNumber }));
        show(ended(end === 'retry' ? 'up_for_retry' : 'success', { tryNumber, maxTries: 9 }));
        history.push(closed(tryNumber, end === 'retry' ? 'failed' : 'success', { maxTries: 9 }));
        if (end === 'cleared') show(row({ state: null, tryNumber }));
      });
      show(ended('success', { tryNumber: tries.length + 1, maxTries: 9 }));
      let task: KnownTask | undefined;
      const seen: string[] = [];
      rows.forEach((shown, index) => {
        if (!looks[index] && index < rows.length - 1) return;
        const judged = judgeTask(task, shown.row, shown.history, context());
        task = judged.task;
        seen.push(...kinds(judged));
      });
      expect(seen).toEqual([
        ...tries.map((end, index) => `${end === 'retry' ? 'retry' : 'success'} ${index + 1}`),
        `success ${tries.length + 1}`,
      ]);
    }),
  );
});

describe('a mark and an attempt close together', () => {
  const marks = [action('mark_task', '10:01:05')];

  test('an attempt that was under way when it was marked was ended by the mark', () => {
    expect(kinds(judgeTask(known(), ended('success'), [], context({ actions: marks })))).toEqual(['marked success']);
    const atOnce = ended('success', { startDate: at('10:01:05') });
    expect(kinds(judgeTask(known(), atOnce, [], context({ actions: marks })))).toEqual(['marked success']);
  });

  test('an attempt that began after the mark, of a task cleared at once, ended by itself', () => {
    const again = ended('success', { tryNumber: 2, startDate: at('10:01:06') });
    expect(kinds(judgeTask(known({ state: null, counted: ['1'] }), again, [], context({ actions: marks })))).toEqual([
      'success 2',
    ]);
  });

  test('what was marked before it ever ran starts and ends with the mark', () => {
    const never = ended('success', { startDate: at('10:01:10'), tryNumber: 1 });
    expect(kinds(judgeTask(known({ state: 'scheduled' }), never, [], context({ actions: marks })))).toEqual(['marked success']);
  });
});

test('a try that was cleared and then marked since the last look is both, and its history is asked for', () => {
  const marks = [action('mark_task', '10:01:05')];
  const seen = ended('failed', { maxTries: 2 });
  const cleared = closed(1, 'failed', { startDate: null, endDate: at('10:01:00'), maxTries: 1, cutShort: true });
  expect(asksHistory(known({ state: 'queued' }), seen, true, true)).toBe(true);
  expect(asksHistory(known({ state: 'queued' }), seen, true, false)).toBe(false);
  expect(asksHistory(known({ counted: ['1'] }), seen, true, true)).toBe(false);
  const judged = judgeTask(known({ state: 'queued' }), seen, [cleared], context({ actions: marks }));
  expect(kinds(judged)).toEqual(['retry 1', 'marked failed']);
  expect(kinds(judgeTask(judged.task, seen, [cleared], context({ actions: marks })))).toEqual([]);
});

test('a try that failed and was skipped before the next one, since the last look, is a retry and a skip', () => {
  const skipped = ended('skipped', { tryNumber: 2, maxTries: 2, endDate: at('10:05:00'), updatedAt: at('10:05:00') });
  const before = known({ tryNumber: 2, counted: ['1'] });
  expect(asksHistory(before, skipped, true, false)).toBe(true);
  expect(asksHistory(known({ tryNumber: 2, counted: ['1', '2'] }), skipped, true, false)).toBe(false);
  const tried = closed(2, 'failed', { maxTries: 2 });
  expect(judgeTask(before, skipped, [tried], context()).transitions).toMatchObject([
    { kind: 'attempt', outcome: 'retry', tryNumber: 2 },
    { kind: 'entered', state: 'skipped' },
  ]);
  expect(judgeTask(before, skipped, [], context()).transitions).toMatchObject([{ kind: 'entered', state: 'skipped' }]);
});
