import { expect, test } from 'vitest';
import type { RunRow } from '../../src/airflow/read-runs.ts';
import type { HistoryChunk } from '../../src/collect/history.ts';
import type { Attempt, AttemptOutcome } from '../../src/collect/transition.ts';
import { applyHistory, emptyBackfillMemory } from '../../src/measure/backfill.ts';
import { dagTally, emptyTallies } from '../../src/measure/tally.ts';

const at = (hour: number): Date => new Date(Date.UTC(2026, 0, 1, hour));
const [since, now] = [at(0), at(100)];

const run = (id: number, state: string, endedHour = id): RunRow => ({
  id,
  dagId: 'etl',
  runId: `r${id}`,
  runType: 'scheduled',
  state,
  logicalDate: at(id),
  dueAt: at(id),
  queuedAt: at(id),
  startDate: at(id),
  endDate: at(endedHour),
  clearNumber: 0,
  updatedAt: at(endedHour),
});

const attempt = (runPk: number, outcome: AttemptOutcome, durationSeconds = runPk): Attempt => ({
  kind: 'attempt',
  outcome,
  dagId: 'etl',
  taskId: 'load',
  mapIndex: -1,
  runPk,
  runId: `r${runPk}`,
  runType: 'scheduled',
  tryNumber: 1,
  startedAt: at(runPk),
  endedAt: at(runPk),
  durationSeconds,
  queueWaitSeconds: null,
  queue: null,
  pool: null,
  operator: null,
  hostname: null,
  dueAt: at(runPk),
  runStartedAt: at(runPk),
  clearNumber: 0,
});

const chunk = (runs: RunRow[], attempts: Attempt[] = []): HistoryChunk => ({
  runs,
  attempts,
  mapped: [],
  belowRunId: runs.at(-1)?.id ?? 0,
  oldest: runs.at(-1)?.queuedAt ?? null,
  done: false,
});

const written = ({ changes }: ReturnType<typeof applyHistory>) => ({ tasks: changes.tasks.size, dags: changes.dags.size });

test('history gives last values and moves no counter', () => {
  const tallies = emptyTallies();
  applyHistory(
    tallies,
    chunk([run(9, 'success')], [attempt(9, 'success'), attempt(8, 'failure')]),
    emptyBackfillMemory(),
    since,
    now,
  );
  expect([...tallies.tasks.values()]).toMatchObject([
    { success: 0, failure: 0, lastDurationSeconds: 9, lastSuccessAt: at(9), lastSeenAt: at(9) },
  ]);
  expect([...tallies.dags.values()]).toMatchObject([
    { success: 0, lastSuccessAt: at(9), consecutiveFailures: 0, lastRun: { state: 'success' } },
  ]);
});

test('only tallies that history changes are written', () => {
  const [tallies, memory] = [emptyTallies(), emptyBackfillMemory()];
  const newest = chunk([run(9, 'success')], [attempt(9, 'success')]);
  expect(written(applyHistory(tallies, newest, memory, since, now))).toEqual({ tasks: 1, dags: 1 });
  const older = chunk([run(8, 'success'), run(7, 'failed')], [attempt(8, 'success'), attempt(7, 'failure')]);
  expect(written(applyHistory(tallies, older, memory, since, now))).toEqual({ tasks: 0, dags: 0 });
});

test('failures in a row go back to the newest success', () => {
  const tallies = emptyTallies();
  const runs = [run(9, 'failed'), run(8, 'failed'), run(7, 'success'), run(6, 'failed')];
  applyHistory(tallies, chunk(runs), emptyBackfillMemory(), since, now);
  expect([...tallies.dags.values()]).toMatchObject([{ consecutiveFailures: 2, lastSuccessAt: at(7) }]);
});

test('a restart on the way back takes no failure before the newest success into the row', () => {
  const tallies = emptyTallies();
  applyHistory(tallies, chunk([run(9, 'success')]), emptyBackfillMemory(), since, now);
  applyHistory(tallies, chunk([run(8, 'failed'), run(7, 'failed')]), emptyBackfillMemory(), since, now);
  expect([...tallies.dags.values()]).toMatchObject([{ consecutiveFailures: 0 }]);
});

test('reading history a second time changes nothing', () => {
  const tallies = emptyTallies();
  const runs = [run(9, 'failed'), run(8, 'failed'), run(7, 'success')];
  applyHistory(tallies, chunk(runs), emptyBackfillMemory(), since, now);
  expect(written(applyHistory(tallies, chunk(runs), emptyBackfillMemory(), since, now))).toEqual({ tasks: 0, dags: 0 });
  expect([...tallies.dags.values()]).toMatchObject([{ consecutiveFailures: 2 }]);
});

test('a DAG of which ends were counted live keeps its own row of failures', () => {
  const tallies = emptyTallies();
  Object.assign(dagTally(tallies, 'etl', at(50)), { failure: 1, consecutiveFailures: 1 });
  applyHistory(tallies, chunk([run(9, 'failed'), run(8, 'failed')]), emptyBackfillMemory(), since, now);
  expect([...tallies.dags.values()]).toMatchObject([{ consecutiveFailures: 1, lastSeenAt: at(50) }]);
});
