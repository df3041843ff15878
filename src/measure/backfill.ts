import type { HistoryChunk } from '../collect/history.ts';
import type { Tx } from '../store/store.ts';
import { applyRunStates, noTallyChanges, type TallyChanges } from './apply.ts';
import { samplesPerTaskMax } from './samples.ts';
import { dagTally, taskTally, type Tallies } from './tally.ts';

/** How far the way back in history is done. */
export interface BackfillProgress {
  belowRunId: number;
  /** 0 to 1, by time. */
  progress: number;
  done: boolean;
}

/** What the way back keeps in mind between two steps. */
export interface BackfillMemory {
  /** Runs seen of each DAG: with enough of them its task instances are not read any more. */
  runsOfDag: Map<string, number>;
  /** Failures in a row so far, newest first. */
  streak: Map<string, number>;
  /** Tries found of each series. */
  held: Map<string, number>;
  /** Runs found of each mapped task. */
  mapped: Map<string, number>;
}

export const emptyBackfillMemory = (): BackfillMemory => ({
  runsOfDag: new Map(),
  streak: new Map(),
  held: new Map(),
  mapped: new Map(),
});

export const wantsMore = (memory: BackfillMemory, dagId: string): boolean =>
  (memory.runsOfDag.get(dagId) ?? 0) < samplesPerTaskMax;

/**
 * Takes a step of history into last values: last success, last duration, last state, failures in a row. Counters and
 * histograms are left alone: they count what ended since Windsock came (DESIGN §4). `since` is where history begins.
 */
export function applyHistory(
  tallies: Tallies,
  chunk: HistoryChunk,
  memory: BackfillMemory,
  since: Date,
  now: Date,
): { changes: TallyChanges; progress: BackfillProgress } {
  const changes = noTallyChanges();
  for (const attempt of chunk.attempts) applyPastAttempt(tallies, attempt, since, changes);
  for (const run of chunk.runs) applyPastRun(tallies, run, memory, since, changes);
  applyRunStates(tallies, chunk.runs, since, changes);
  const span = Math.max(1, now.getTime() - since.getTime());
  const back = chunk.oldest === null ? 1 : (now.getTime() - chunk.oldest.getTime()) / span;
  return {
    changes,
    progress: { belowRunId: chunk.belowRunId, progress: chunk.done ? 1 : Math.min(0.999, Math.max(0, back)), done: chunk.done },
  };
}

// History is mostly older than what is known: a tally that it does not change is not written again.

function applyPastAttempt(tallies: Tallies, attempt: HistoryChunk['attempts'][number], since: Date, changes: TallyChanges): void {
  const { dagId, taskId, outcome, endedAt, durationSeconds } = attempt;
  const sizeBefore = tallies.tasks.size;
  const tally = taskTally(tallies, dagId, taskId, endedAt ?? since);
  if (tallies.tasks.size > sizeBefore) changes.tasks.add(tally);
  if (endedAt === null) return;
  if (endedAt > tally.lastSeenAt) {
    tally.lastSeenAt = endedAt;
    changes.tasks.add(tally);
  }
  if (outcome !== 'success' || (tally.lastSuccessAt !== null && endedAt <= tally.lastSuccessAt)) return;
  tally.lastSuccessAt = endedAt;
  tally.lastDurationSeconds = durationSeconds;
  changes.tasks.add(tally);
}

function applyPastRun(
  tallies: Tallies,
  { dagId, state, endDate }: HistoryChunk['runs'][number],
  memory: BackfillMemory,
  since: Date,
  changes: TallyChanges,
): void {
  memory.runsOfDag.set(dagId, (memory.runsOfDag.get(dagId) ?? 0) + 1);
  const sizeBefore = tallies.dags.size;
  const tally = dagTally(tallies, dagId, endDate ?? since);
  if (tallies.dags.size > sizeBefore) changes.dags.add(tally);
  if (endDate === null) return;
  if (endDate > tally.lastSeenAt) {
    tally.lastSeenAt = endDate;
    changes.dags.add(tally);
  }
  const beforeSuccess = tally.lastSuccessAt !== null && endDate <= tally.lastSuccessAt;
  if (beforeSuccess) return;
  if (state === 'success') {
    tally.lastSuccessAt = endDate;
    changes.dags.add(tally);
  } else if (state === 'failed' && tally.success + tally.failure === 0) {
    // What was counted live since is newer than any history, and has its own row of failures.
    const streak = (memory.streak.get(dagId) ?? 0) + 1;
    memory.streak.set(dagId, streak);
    if (streak <= tally.consecutiveFailures) return;
    tally.consecutiveFailures = streak;
    changes.dags.add(tally);
  }
}

/** The progress as the last committed step left it; null before the first. */
export async function loadBackfill(store: Tx, airflow: string): Promise<BackfillProgress | null> {
  const [row] = await store.query<BackfillProgress>(
    'SELECT below_run_id AS "belowRunId", progress, done FROM backfill WHERE airflow = $1',
    [airflow],
  );
  return row ?? null;
}

export async function saveBackfill(tx: Tx, airflow: string, { belowRunId, progress, done }: BackfillProgress): Promise<void> {
  await tx.query(
    `INSERT INTO backfill (airflow, below_run_id, progress, done) VALUES ($1, $2, $3, $4)
     ON CONFLICT (airflow) DO UPDATE SET below_run_id = excluded.below_run_id, progress = excluded.progress, done = excluded.done`,
    [airflow, belowRunId, progress, done],
  );
}

/** Forgets how far the backfill went: the next step begins at the newest run. Samples that are there stay. */
export async function resetBackfill(store: Tx, airflow: string): Promise<void> {
  await store.query('DELETE FROM backfill WHERE airflow = $1', [airflow]);
}
