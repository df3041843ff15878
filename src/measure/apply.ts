import type { KnownRun } from '../collect/known.ts';
import type { Attempt, RunEnded, RunStarted, Transition } from '../collect/transition.ts';
import { labelSet } from './family.ts';
import type { Exemplar } from './family.ts';
import {
  dagTally,
  observe,
  queueTally,
  taskTally,
  type DagTally,
  type QueueTally,
  type Tallies,
  type TaskTally,
} from './tally.ts';

/** The tallies that a cycle changed: only these are written. */
export interface TallyChanges {
  tasks: Set<TaskTally>;
  dags: Set<DagTally>;
  queues: Set<QueueTally>;
}

export const noTallyChanges = (): TallyChanges => ({ tasks: new Set(), dags: new Set(), queues: new Set() });

/** OpenMetrics allows an exemplar's labels 128 characters in all. */
const exemplarRunIdMax = 120;

function exemplarOf(runId: string, value: number, at: Date | null): Exemplar | undefined {
  if (at === null || runId.length > exemplarRunIdMax) return undefined;
  return { labels: labelSet({ run_id: runId }), value, timestampSeconds: at.getTime() / 1000 };
}

const later = (a: Date | null, b: Date | null): Date | null => (a === null ? b : b === null || a >= b ? a : b);

/** Counts transitions into the tallies, in place; `now` is Airflow's database time. */
export function applyTransitions(tallies: Tallies, transitions: readonly Transition[], now: Date, changes: TallyChanges): void {
  for (const transition of inOrderOfEnds(transitions)) {
    switch (transition.kind) {
      case 'attempt':
        applyAttempt(tallies, transition, now, changes);
        break;
      case 'entered': {
        const tally = taskTally(tallies, transition.dagId, transition.taskId, now);
        if (transition.state === 'skipped') tally.skipped += 1;
        else tally.upstreamFailed += 1;
        tally.lastSeenAt = now;
        changes.tasks.add(tally);
        break;
      }
      case 'marked': {
        const tally = taskTally(tallies, transition.dagId, transition.taskId, now);
        tally.marked[transition.state] = (tally.marked[transition.state] ?? 0) + 1;
        changes.tasks.add(tally);
        break;
      }
      case 'run_started':
        applyRunStarted(tallies, transition, now, changes);
        break;
      case 'run_ended':
        applyRunEnded(tallies, transition, now, changes);
        break;
    }
  }
}

const endMs = (transition: Transition): number => (transition.kind === 'run_ended' ? (transition.endedAt?.getTime() ?? 0) : 0);

/** Runs of a DAG that ended in one cycle come in the order of their ids: failures in a row need that of their ends. */
function inOrderOfEnds(transitions: readonly Transition[]): Transition[] {
  const ends = transitions.filter(({ kind }) => kind === 'run_ended').sort((a, b) => endMs(a) - endMs(b));
  return [...transitions.filter(({ kind }) => kind !== 'run_ended'), ...ends];
}

function applyAttempt(tallies: Tallies, attempt: Attempt, now: Date, changes: TallyChanges): void {
  const tally = taskTally(tallies, attempt.dagId, attempt.taskId, now);
  tally[attempt.outcome] += 1;
  tally.lastSeenAt = now;
  changes.tasks.add(tally);
  if (attempt.outcome === 'success') applySuccess(tally, attempt);
  if (attempt.queueWaitSeconds !== null && attempt.queue !== null) {
    const queue = queueTally(tallies, attempt.queue);
    observe(queue.wait, attempt.queueWaitSeconds);
    changes.queues.add(queue);
  }
}

function applySuccess(tally: TaskTally, { runId, durationSeconds, endedAt }: Attempt): void {
  // A cycle may bring several successes of one task (mapped instances, runs side by side), and not in the order of their ends.
  const isLatest = tally.lastSuccessAt === null || endedAt === null || endedAt >= tally.lastSuccessAt;
  tally.lastSuccessAt = later(tally.lastSuccessAt, endedAt);
  if (durationSeconds === null) return;
  observe(tally.duration, durationSeconds, exemplarOf(runId, durationSeconds, endedAt));
  if (isLatest) tally.lastDurationSeconds = durationSeconds;
}

function applyRunStarted(tallies: Tallies, started: RunStarted, now: Date, changes: TallyChanges): void {
  const tally = dagTally(tallies, started.dagId, now);
  if (started.delaySeconds !== null) observe(tally.delay, started.delaySeconds);
  changes.dags.add(tally);
}

function applyRunEnded(tallies: Tallies, ended: RunEnded, now: Date, changes: TallyChanges): void {
  const tally = dagTally(tallies, ended.dagId, now);
  changes.dags.add(tally);
  tally.lastSeenAt = now;
  tally.consecutiveFailures = ended.state === 'success' ? 0 : tally.consecutiveFailures + 1;
  if (ended.state === 'success') tally.lastSuccessAt = later(tally.lastSuccessAt, ended.endedAt);
  // A person's word ends a row of failures; it is no run that Airflow ended.
  if (ended.byPerson) return;
  if (ended.state === 'success') {
    tally.success += 1;
    const seconds = ended.startedAt && ended.endedAt ? (ended.endedAt.getTime() - ended.startedAt.getTime()) / 1000 : null;
    if (seconds !== null && seconds >= 0) observe(tally.duration, seconds, exemplarOf(ended.runId, seconds, ended.endedAt));
  } else tally.failure += 1;
}

/** The order of a DAG's runs: by due time, the logical date or the queue time standing in for it. */
type RunRow = KnownRun['row'];

const orderOf = (row: RunRow): number => (row.dueAt ?? row.logicalDate ?? row.queuedAt)?.getTime() ?? row.id;

/** Takes the states of runs just seen as last states; a run that is open counts as much as one that ended. */
export function applyRunStates(tallies: Tallies, rows: Iterable<RunRow>, now: Date, changes: TallyChanges): void {
  for (const row of rows) {
    const tally = dagTally(tallies, row.dagId, now);
    const orderMs = orderOf(row);
    if (
      tally.lastRun !== null &&
      (tally.lastRun.orderMs > orderMs || (tally.lastRun.orderMs === orderMs && tally.lastRun.state === row.state))
    )
      continue;
    tally.lastRun = { orderMs, state: row.state };
    changes.dags.add(tally);
  }
}

/** Makes zero tallies for tasks at first sight, before their first try ends, and notes that they are in use. */
export function touchTasks(
  tallies: Tallies,
  dagId: string,
  tasks: readonly { taskId: string }[],
  now: Date,
  changes: TallyChanges,
): void {
  for (const { taskId } of tasks) {
    const tally = taskTally(tallies, dagId, taskId, now);
    // Written at most hourly for this alone: the exposition forgets after days.
    if (tally.lastSeenAt === now || now.getTime() - tally.lastSeenAt.getTime() > 3_600_000) changes.tasks.add(tally);
    if (changes.tasks.has(tally)) tally.lastSeenAt = now;
  }
}
