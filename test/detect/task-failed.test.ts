import { expect, test } from 'vitest';
import type { Marked, Transition } from '../../src/collect/transition.ts';
import { subjectKey } from '../../src/detect/finding.ts';
import { taskFailed } from '../../src/detect/task-failed.ts';
import type { OpenFinding } from '../../src/detect/detector.ts';
import { at, attempt, openMap, runEnded } from './kit.ts';

const now = at('12:00');
const judge = (transitions: Transition[], open: ReadonlyMap<string, OpenFinding> = new Map()) =>
  taskFailed({ transitions }, open, undefined, now);
const marked = (state: string, over: Partial<Marked> = {}): Marked => {
  const { dagId, taskId, mapIndex, runPk, runId, runType } = attempt();
  return { kind: 'marked', state, dagId, taskId, mapIndex, runPk, runId, runType, ...over };
};
const failedBefore = (over = {}) => openMap(...judge([attempt(over)]).findings);

test('a try that failed for good is a finding that names task, try and run', () => {
  const { findings, cleared, judged } = judge([attempt()]);
  expect(findings).toMatchObject([
    {
      kind: 'task_failed',
      subject: { type: 'task', dagId: 'etl', taskId: 'load' },
      severity: 'error',
      event: 'run:7:load:2',
      since: at('11:59:50'),
      title: 'etl.load failed for good on try 2 of run scheduled__7',
      occasion: { runPk: 7, runId: 'scheduled__7', tryNumber: 2, mapIndex: null },
      carried: { host: 'worker-1', pool: 'default_pool', queue: 'default', operator: 'PythonOperator' },
    },
  ]);
  expect([cleared, judged]).toEqual([[], 1]);
});

test('a try that Airflow will repeat, one that succeeded and one that a person marked failed are none', () => {
  const others: Transition[] = [attempt({ outcome: 'retry' }), attempt({ outcome: 'success' }), marked('failed')];
  expect(judge(others).findings).toEqual([]);
});

test('a failure that a person overruled in the same cycle is none', () => {
  expect(judge([attempt(), marked('success')]).findings).toEqual([]);
  expect(judge([attempt(), marked('success', { mapIndex: 3 })]).findings).toHaveLength(1);
});

test('mapped instances of one run are one finding, told by how many failed', () => {
  const { findings } = judge([0, 1, 2].map((mapIndex) => attempt({ mapIndex, tryNumber: 1 })));
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({
    event: 'run:7:load:*:1',
    title: 'etl.load failed for good on try 1 in 3 mapped instances of run scheduled__7',
    observed: { value: 3, unit: 'tasks' },
  });
});

test('of two runs that failed in one cycle the later one stands for the task', () => {
  const { findings } = judge([attempt({ runPk: 8, endedAt: at('11:59:55') }), attempt()]);
  expect(findings.map(({ event }) => event)).toEqual(['run:8:load:2']);
});

test('the next success in another run clears; the same run again says that a person had it re-run', () => {
  const success = { outcome: 'success', endedAt: at('11:59:59') } as const;
  expect(judge([attempt({ ...success, runPk: 8, runId: 'next' })], failedBefore()).cleared).toMatchObject([
    { reason: 'cleared', at: at('11:59:59'), text: 'it succeeded in run next' },
  ]);
  expect(judge([attempt({ ...success, tryNumber: 3 })], failedBefore()).cleared).toMatchObject([{ reason: 'person_reran' }]);
});

test('a success that ended before the failure clears nothing, one at the same moment does', () => {
  const success = (endedAt: Date) => attempt({ outcome: 'success', runPk: 8, endedAt });
  expect(judge([success(at('11:59:49'))], failedBefore()).cleared).toEqual([]);
  expect(judge([success(at('11:59:50'))], failedBefore()).cleared).toHaveLength(1);
  expect(judge([attempt({ outcome: 'success', runPk: 8, taskId: 'other' })], failedBefore()).cleared).toEqual([]);
});

test('a failure and a later success of one cycle are both told', () => {
  const { findings, cleared } = judge([attempt(), attempt({ outcome: 'success', runPk: 8, endedAt: at('11:59:58') })]);
  expect([findings.length, cleared.length]).toEqual([1, 1]);
});

test('one mapped success clears nothing; a later run that ends in success does', () => {
  const open = failedBefore({ mapIndex: 4 });
  expect(judge([attempt({ outcome: 'success', mapIndex: 5, endedAt: at('11:59:55') })], open).cleared).toEqual([]);
  expect(judge([runEnded({ state: 'success', runPk: 8 })], open).cleared).toMatchObject([{ reason: 'cleared' }]);
  expect(judge([runEnded({ state: 'success' })], open).cleared).toMatchObject([{ reason: 'person_reran' }]);
  expect(judge([runEnded({ state: 'success', byPerson: true })], open).cleared).toMatchObject([{ reason: 'person_marked' }]);
  expect(judge([runEnded({ state: 'success', runPk: 8, dagId: 'other' })], open).cleared).toEqual([]);
  expect(judge([runEnded({ state: 'success', runPk: 8, endedAt: at('11:59') })], open).cleared).toEqual([]);
});

test('a run that ends in success does not clear a task that is not mapped: it may not have run', () => {
  expect(judge([runEnded({ state: 'success', runPk: 8 })], failedBefore()).cleared).toEqual([]);
});

test.each(['success', 'skipped'])('a person who marks the failed try %s clears it', (state) => {
  expect(judge([marked(state)], failedBefore()).cleared).toMatchObject([{ reason: 'person_marked' }]);
  expect(judge([marked(state, { runPk: 8 })], failedBefore()).cleared).toEqual([]);
  expect(judge([marked('failed')], failedBefore()).cleared).toEqual([]);
});

test('the subject of a clear is that of its finding', () => {
  const open = failedBefore({ mapIndex: 4, dagId: 'a.b', taskId: 'c.d' });
  const { cleared } = judge([runEnded({ state: 'success', runPk: 8, dagId: 'a.b' })], open);
  expect(cleared.map(({ subject }) => subjectKey(subject))).toEqual([...open.keys()]);
});
