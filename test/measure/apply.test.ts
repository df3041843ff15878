import { expect, test } from 'vitest';
import { applyTransitions, noTallyChanges } from '../../src/measure/apply.ts';
import { emptyTallies } from '../../src/measure/tally.ts';
import type { Attempt, RunEnded } from '../../src/collect/transition.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 10, 0, second));

const success = (second: number, durationSeconds: number): Attempt => ({
  kind: 'attempt',
  outcome: 'success',
  dagId: 'etl',
  taskId: 'load',
  mapIndex: -1,
  runPk: 1,
  runId: 'r',
  runType: 'manual',
  tryNumber: 1,
  startedAt: at(second - durationSeconds),
  endedAt: at(second),
  durationSeconds,
  queueWaitSeconds: null,
  queue: null,
  pool: null,
  operator: null,
  hostname: null,
  dueAt: null,
  runStartedAt: null,
  clearNumber: 0,
});

const end = (second: number, state: 'success' | 'failed', byPerson = false): RunEnded => ({
  kind: 'run_ended',
  dagId: 'etl',
  runPk: second,
  runId: `r${second}`,
  runType: 'manual',
  logicalDate: null,
  dueAt: null,
  state,
  byPerson,
  startedAt: at(0),
  endedAt: at(second),
});

function tallied(transitions: (Attempt | RunEnded)[]) {
  const tallies = emptyTallies();
  applyTransitions(tallies, transitions, at(59), noTallyChanges());
  return { task: [...tallies.tasks.values()][0], dag: [...tallies.dags.values()][0] };
}

test('the last duration is that of the success that ended last, in whatever order a cycle brings them', () => {
  expect(tallied([success(20, 2), success(10, 1)]).task).toMatchObject({ lastDurationSeconds: 2, lastSuccessAt: at(20) });
  expect(tallied([success(10, 1), success(20, 2)]).task).toMatchObject({ lastDurationSeconds: 2, lastSuccessAt: at(20) });
});

test('failures in a row are counted in the order in which runs ended', () => {
  expect(tallied([end(30, 'success'), end(10, 'failed'), end(20, 'failed')]).dag?.consecutiveFailures).toBe(0);
  expect(tallied([end(20, 'failed'), end(30, 'failed'), end(10, 'success')]).dag?.consecutiveFailures).toBe(2);
});

test('a run that a person ended is in no counter, and ends a row of failures or prolongs it', () => {
  const { dag } = tallied([end(10, 'failed'), end(20, 'success', true)]);
  expect(dag).toMatchObject({ success: 0, failure: 1, consecutiveFailures: 0, lastSuccessAt: at(20) });
  expect(tallied([end(10, 'failed'), end(20, 'failed', true)]).dag).toMatchObject({ failure: 1, consecutiveFailures: 2 });
});

test('a run whose name an exemplar cannot hold leaves none, and is counted', () => {
  const withName = (length: number) => {
    const tallies = emptyTallies();
    applyTransitions(tallies, [{ ...success(20, 3), runId: 'r'.repeat(length) }], at(30), noTallyChanges());
    const [tally] = tallies.tasks.values();
    return { counted: tally?.success, exemplars: tally?.duration.exemplars?.filter((each) => each !== undefined).length ?? 0 };
  };
  expect(withName(120)).toEqual({ counted: 1, exemplars: 1 });
  // OpenMetrics allows 128 characters, of which the label's name takes six.
  expect(withName(123)).toEqual({ counted: 1, exemplars: 0 });
});
