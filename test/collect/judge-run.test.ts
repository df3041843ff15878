import { expect, test } from 'vitest';
import type { RunRow } from '../../src/airflow/read-runs.ts';
import { judgeRun } from '../../src/collect/judge-run.ts';
import type { PersonAction } from '../../src/collect/marks.ts';

const at = (time: string): Date => new Date(`2026-03-01T${time}Z`);
const row = (over: Partial<RunRow> = {}): RunRow => ({
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
  ...over,
});
const done = (state: string, over: Partial<RunRow> = {}) => row({ state, endDate: at('10:05:00'), ...over });
const known = (before: RunRow, over: { started?: boolean; endCounted?: string | null; baselineMs?: number | null } = {}) => ({
  row: before,
  started: true,
  endCounted: null,
  baselineMs: null,
  ...over,
});
const mark = (time: string): PersonAction => ({
  kind: 'mark_run',
  at: at(time),
  dagId: 'etl',
  runId: 'scheduled__1',
  logicalDate: null,
  taskId: null,
  mapIndex: null,
  state: null,
});
const told = (judged: ReturnType<typeof judgeRun>) =>
  judged.transitions.map((t) => (t.kind === 'run_ended' ? `${t.state}${t.byPerson ? ' by person' : ''}` : t.kind));

test('a scheduled run tells its delay at its first start', () => {
  const [started] = judgeRun(known(row({ startDate: null }), { started: false }), row(), []).transitions;
  expect(started).toMatchObject({ kind: 'run_started', delaySeconds: 2 });
});

test('a manual run has no delay, a cleared run starts no second time', () => {
  expect(judgeRun(known(row(), { started: false }), row({ runType: 'manual' }), []).transitions).toMatchObject([
    { delaySeconds: null },
  ]);
  expect(told(judgeRun(known(row()), row({ clearNumber: 1, startDate: at('11:00:00') }), []))).toEqual([]);
});

test.each(['success', 'failed'])('a run that ends in %s is told once', (state) => {
  const first = judgeRun(known(row()), done(state), []);
  expect(told(first)).toEqual([state]);
  expect(told(judgeRun(known(done(state), first), done(state), []))).toEqual([]);
});

test('an end that Airflow 2 moves afterwards is the same end', () => {
  const first = judgeRun(known(row()), done('failed'), []);
  expect(told(judgeRun(known(done('failed'), first), done('failed', { endDate: at('10:05:23') }), []))).toEqual([]);
});

test('a cleared run ends again, whether it was seen open or not', () => {
  const first = judgeRun(known(row()), done('success'), []);
  const open = judgeRun(known(done('success'), first), row({ clearNumber: 1, state: 'queued' }), []);
  const again = done('success', { clearNumber: 1, startDate: at('10:06:00'), endDate: at('10:07:00') });
  expect(told(judgeRun(known(row(), open), again, []))).toEqual(['success']);
  expect(told(judgeRun(known(done('success'), first), again, []))).toEqual(['success']);
});

test("a person's mark is told as such, on an open run and on a finished one", () => {
  expect(told(judgeRun(known(row()), done('success'), [mark('10:04:59')]))).toEqual(['success by person']);
  const first = judgeRun(known(row()), done('failed'), []);
  expect(told(judgeRun(known(done('failed'), first), done('success'), []))).toEqual(['success by person']);
});

test('a run that ended by itself and was marked since the last look is both', () => {
  const ended = done('success', { updatedAt: at('10:30:00') });
  expect(told(judgeRun(known(row()), ended, [mark('10:29:59')]))).toEqual(['failed', 'success by person']);
  // Marked as what it was: nothing was written, and nothing happened.
  expect(told(judgeRun(known(row()), done('success', { updatedAt: at('10:05:00') }), [mark('10:29:59')]))).toEqual(['success']);
});

test('a run that began after a mark and ended soon after it ended by itself', () => {
  const again = (startDate: Date) => done('success', { clearNumber: 1, startDate, endDate: at('10:05:05') });
  const first = judgeRun(known(row()), done('failed'), []);
  expect(told(judgeRun(known(done('failed'), first), again(at('10:05:01')), [mark('10:05:00')]))).toEqual(['success']);
  expect(told(judgeRun(known(done('failed'), first), again(at('10:05:00')), [mark('10:05:00')]))).toEqual(['success by person']);
});

test('a state that somebody changed afterwards is told, however old the end in the row', () => {
  const first = judgeRun(known(row()), done('failed'), []);
  const forgotten = known(done('failed'), { ...first, baselineMs: at('11:00:00').getTime() });
  expect(told(judgeRun(forgotten, done('success'), []))).toEqual(['success by person']);
});

test('what ended before the baseline is history', () => {
  expect(told(judgeRun(known(row(), { baselineMs: at('10:05:00').getTime() }), done('failed'), []))).toEqual([]);
});
