import { expect, test } from 'vitest';
import type { Transition } from '../../src/collect/transition.ts';
import { dagRunFailed } from '../../src/detect/dag-run-failed.ts';
import type { OpenFinding } from '../../src/detect/detector.ts';
import { at, attempt, openMap, runEnded } from './kit.ts';

const judge = (transitions: Transition[], open: ReadonlyMap<string, OpenFinding> = new Map()) =>
  dagRunFailed({ transitions }, open, undefined, at('12:00'));

test('a run that failed without a failed task is a finding', () => {
  expect(judge([runEnded()]).findings).toMatchObject([
    {
      kind: 'dag_run_failed',
      subject: { type: 'dag', dagId: 'etl' },
      event: 'run:7',
      since: at('11:59:52'),
      title: 'Run scheduled__7 of etl failed without a failed task: a timeout or a deadlock',
    },
  ]);
});

test('a run that a person failed, or of which a task failed, is none', () => {
  expect(judge([runEnded({ byPerson: true })]).findings).toEqual([]);
  expect(judge([runEnded({ failedTasks: 1 })]).findings).toEqual([]);
  expect(judge([attempt(), runEnded()]).findings).toEqual([]);
  expect(judge([attempt({ runPk: 8 }), runEnded()]).findings).toHaveLength(1);
});

test('a run whose tasks are not all read yet is not judged', () => {
  const { failedTasks: _, ...unread } = runEnded();
  expect(judge([unread]).findings).toEqual([]);
});

test('an open failure of a task of that run explains it, one of another run does not', () => {
  const open = (event: string): ReadonlyMap<string, OpenFinding> =>
    new Map([
      [
        'task:etl/load',
        { kind: 'task_failed', subject: { type: 'task', dagId: 'etl', taskId: 'load' }, event, since: at('11:59'), quietMs: 0 },
      ],
    ]);
  expect(judge([runEnded()], open('run:7:load:1')).findings).toEqual([]);
  expect(judge([runEnded()], open('run:77:load:1')).findings).toHaveLength(1);
});

test('the next successful run clears it; the same run, or a person, says so', () => {
  const open = openMap(...judge([runEnded()]).findings);
  const success = runEnded({ state: 'success', endedAt: at('11:59:59') });
  expect(judge([{ ...success, runPk: 8 }], open).cleared).toMatchObject([{ reason: 'cleared', at: at('11:59:59') }]);
  expect(judge([success], open).cleared).toMatchObject([{ reason: 'person_reran' }]);
  expect(judge([{ ...success, byPerson: true }], open).cleared).toMatchObject([{ reason: 'person_marked' }]);
  expect(judge([{ ...success, runPk: 8, byPerson: true }], open).cleared).toEqual([]);
  expect(judge([{ ...success, runPk: 8, endedAt: at('11:59:51') }], open).cleared).toEqual([]);
  expect(judge([{ ...success, runPk: 8, dagId: 'other' }], open).cleared).toEqual([]);
});
