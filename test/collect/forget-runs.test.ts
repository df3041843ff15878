import { expect, test } from 'vitest';
import { runKey, type Known, type KnownRun } from '../../src/collect/known.ts';
import { forgetRuns } from '../../src/collect/plan-reads.ts';

const run = (id: number, over: { state?: string; settled?: boolean } = {}): KnownRun => ({
  row: {
    id,
    dagId: 'etl',
    runId: `run_${id}`,
    runType: 'scheduled',
    state: over.state ?? 'success',
    logicalDate: null,
    dueAt: null,
    queuedAt: null,
    startDate: null,
    endDate: null,
    clearNumber: 0,
    updatedAt: null,
  },
  clearNumberBefore: 0,
  settled: over.settled ?? true,
  page: null,
  baselineMs: null,
  started: true,
  endCounted: null,
  tasks: new Map(),
});
const knownOf = (...runs: KnownRun[]): Known => ({
  watermarks: null,
  dags: new Map(),
  runs: new Map(runs.map((each) => [each.row.id, each])),
});

test('finished runs that were read are forgotten once they are below the overlap, and no others', () => {
  const known = knownOf(run(9), run(10), run(11), run(1, { state: 'running' }), run(2, { settled: false }));
  expect(forgetRuns(known, { aboveId: 10, tasksMax: 100, touched: new Set() }).gone).toEqual([9, 10]);
  expect([...known.runs.keys()]).toEqual([11, 1, 2]);
});

test('a run that a person touched a moment ago is kept, so that it does not come back as new', () => {
  const known = knownOf(run(1), run(2));
  const touched = new Set([runKey('etl', 'run_2')]);
  expect(forgetRuns(known, { aboveId: 10, tasksMax: 100, touched }).gone).toEqual([1]);
  expect(forgetRuns(known, { aboveId: 10, tasksMax: 100, touched: new Set() }).gone).toEqual([2]);
});
