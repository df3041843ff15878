import type { Exemplar } from './family.ts';
import { labelSet, type LabelSet } from './family.ts';

/** Upper bounds in seconds of every duration histogram (DESIGN §6): from a second to a day. */
export const durationBounds = [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400] as const;

/** A histogram that only grows; one bucket more than bounds. */
export interface Histogram {
  buckets: number[];
  sum: number;
  /** The newest example of each bucket; kept in memory only. */
  exemplars: (Exemplar | undefined)[];
}

export interface TaskTally {
  dagId: string;
  taskId: string;
  labels: LabelSet;
  success: number;
  failure: number;
  retry: number;
  upstreamFailed: number;
  skipped: number;
  /** By the state that a person set. */
  marked: Record<string, number>;
  duration: Histogram;
  lastDurationSeconds: number | null;
  lastSuccessAt: Date | null;
  /** When a run of the task was last seen: a task not seen for long leaves the exposition. */
  lastSeenAt: Date;
}

export interface DagTally {
  dagId: string;
  labels: LabelSet;
  success: number;
  failure: number;
  duration: Histogram;
  delay: Histogram;
  /** The latest run by due time. */
  lastRun: { orderMs: number; state: string } | null;
  lastSuccessAt: Date | null;
  consecutiveFailures: number;
  lastSeenAt: Date;
}

export interface QueueTally {
  queue: string;
  labels: LabelSet;
  wait: Histogram;
}

/** Everything that a deployment's counters and last values are made of. */
export interface Tallies {
  tasks: Map<string, TaskTally>;
  dags: Map<string, DagTally>;
  queues: Map<string, QueueTally>;
}

export const emptyTallies = (): Tallies => ({ tasks: new Map(), dags: new Map(), queues: new Map() });

export const emptyHistogram = (): Histogram => ({
  buckets: Array.from({ length: durationBounds.length + 1 }, () => 0),
  sum: 0,
  exemplars: [],
});

/** Adds one observation in seconds. */
export function observe(histogram: Histogram, seconds: number, exemplar?: Exemplar): void {
  const found = durationBounds.findIndex((bound) => seconds <= bound);
  const index = found < 0 ? durationBounds.length : found;
  histogram.buckets[index] = (histogram.buckets[index] ?? 0) + 1;
  histogram.sum += seconds;
  if (exemplar) histogram.exemplars[index] = exemplar;
}

export const tallyKey = (dagId: string, taskId: string): string => `${dagId}\u0000${taskId}`;

/** The tally of a task, made with zeros at first sight: `increase()` sees a first failure only after a zero. */
export function taskTally(tallies: Tallies, dagId: string, taskId: string, now: Date): TaskTally {
  const key = tallyKey(dagId, taskId);
  const found = tallies.tasks.get(key);
  if (found) return found;
  const made: TaskTally = {
    dagId,
    taskId,
    labels: labelSet({ dag_id: dagId, task_id: taskId }),
    success: 0,
    failure: 0,
    retry: 0,
    upstreamFailed: 0,
    skipped: 0,
    marked: { success: 0, failed: 0, skipped: 0 },
    duration: emptyHistogram(),
    lastDurationSeconds: null,
    lastSuccessAt: null,
    lastSeenAt: now,
  };
  tallies.tasks.set(key, made);
  return made;
}

/** The tally of a DAG, made with zeros at first sight. */
export function dagTally(tallies: Tallies, dagId: string, now: Date): DagTally {
  const found = tallies.dags.get(dagId);
  if (found) return found;
  const made: DagTally = {
    dagId,
    labels: labelSet({ dag_id: dagId }),
    success: 0,
    failure: 0,
    duration: emptyHistogram(),
    delay: emptyHistogram(),
    lastRun: null,
    lastSuccessAt: null,
    consecutiveFailures: 0,
    lastSeenAt: now,
  };
  tallies.dags.set(dagId, made);
  return made;
}

/** The tally of a worker queue, made with zeros at first sight. */
export function queueTally(tallies: Tallies, queue: string): QueueTally {
  const found = tallies.queues.get(queue);
  if (found) return found;
  const made: QueueTally = { queue, labels: labelSet({ queue }), wait: emptyHistogram() };
  tallies.queues.set(queue, made);
  return made;
}

const dayMs = 86_400_000;
/** Beyond a year, so that whoever runs once a year goes on counting; ids made up anew for each run must not pile up for ever. */
const tallyKeptDays = 400;

/** Tallies not seen since this time are given up: long after they left the exposition, which forgets after `taskExpiryMs`. */
export const talliesKeptSince = (now: Date, taskExpiryMs: number): Date =>
  new Date(now.getTime() - Math.max(tallyKeptDays * dayMs, 2 * taskExpiryMs));

/** Takes the tallies away that were not seen since `before`. */
export function forgetTallies(tallies: Tallies, before: Date): void {
  for (const [key, { lastSeenAt }] of tallies.tasks) if (lastSeenAt < before) tallies.tasks.delete(key);
  for (const [key, { lastSeenAt }] of tallies.dags) if (lastSeenAt < before) tallies.dags.delete(key);
}
