import type { RunEnded } from '../collect/transition.ts';
import { shareOf } from './frequency.ts';

/** A run that ended, as far as judgement needs it. */
export interface RunRecord {
  runPk: number;
  runId: string;
  runType: string;
  /** When it was due: data interval end or run_after; null for runs without a schedule. */
  dueMs: number | null;
  startMs: number | null;
  endMs: number | null;
  state: 'success' | 'failed';
  /** A person set the state: it counts neither for nor against. */
  byPerson: boolean;
}

/** Runs kept of each DAG. */
export const runsMax = 200;

/** The newest ended runs of each DAG, oldest first, by DAG id. */
export type RunHistory = ReadonlyMap<string, readonly RunRecord[]>;

/** The order of ends, and of ids where that is the same or unknown. */
const isBefore = (a: RunRecord, b: RunRecord): boolean =>
  (a.endMs ?? 0) < (b.endMs ?? 0) || ((a.endMs ?? 0) === (b.endMs ?? 0) && a.runPk < b.runPk);

/** Takes a run in at its place; one that ended again (after a clear) leaves its old place. The history is changed in place. */
export function insertRun(history: Map<string, RunRecord[]>, dagId: string, run: RunRecord): void {
  const runs = history.get(dagId) ?? [];
  history.set(dagId, runs);
  // Almost always it is new, and the newest; what has the same id is looked for from there.
  const old = runs.findLastIndex(({ runPk }) => runPk === run.runPk);
  if (old >= 0) runs.splice(old, 1);
  let at = runs.length;
  while (at > 0 && isBefore(run, runs[at - 1] as RunRecord)) at -= 1;
  runs.splice(at, 0, run);
  if (runs.length > runsMax) runs.shift();
}

/** Drops the runs that ended before this time, in ms since 1970. */
export function forgetRunsBefore(history: Map<string, RunRecord[]>, ms: number): void {
  for (const [dagId, runs] of history) {
    const kept = runs.filter(({ endMs }) => endMs === null || endMs >= ms);
    if (kept.length === 0) history.delete(dagId);
    else if (kept.length < runs.length) history.set(dagId, kept);
  }
}

/** The share of alpha of a DAG with this history. */
export const runsShare = (history: readonly RunRecord[]): number =>
  shareOf(
    history.length,
    (history.find(({ endMs }) => endMs !== null)?.endMs ?? 0) / 1000,
    (history.findLast(({ endMs }) => endMs !== null)?.endMs ?? 0) / 1000,
  );

/** The record of a run that ended. */
export const recordOf = ({ runPk, runId, runType, dueAt, startedAt, endedAt, state, byPerson }: RunEnded): RunRecord => ({
  runPk,
  runId,
  runType,
  dueMs: dueAt?.getTime() ?? null,
  startMs: startedAt?.getTime() ?? null,
  endMs: endedAt?.getTime() ?? null,
  state,
  byPerson,
});

const gapRuns = 10;

/** The usual time between two due times of a DAG's newest scheduled runs, in ms; null below three of them. */
export function usualGapMs(runs: readonly RunRecord[]): number | null {
  const due: number[] = [];
  for (let i = runs.length - 1; i >= 0 && due.length < gapRuns; i -= 1) {
    const { runType, dueMs } = runs[i] as RunRecord;
    if (runType === 'scheduled' && dueMs !== null) due.push(dueMs);
  }
  if (due.length < 3) return null;
  due.sort((a, b) => a - b);
  const gaps = due.slice(1).map((at, index) => at - (due[index] ?? at));
  return gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? null;
}

const lateMin = 3_600_000;
const lateUnknown = 86_400_000;

/** A run that began this late makes up for what was missed, and says nothing of the present: two gaps of its schedule, 1 h at least. */
const catchUpAfterMs = (gapMs: number | null): number => (gapMs === null ? lateUnknown : Math.max(lateMin, 2 * gapMs));

/**
 * Whether a run says something of the present: neither backfill nor catch-up, nor run again by a person. `gapMs` is the usual
 * gap of its DAG.
 */
export function isOrdinary(
  run: { runType: string; clearNumber: number; dueAt: Date | null; runStartedAt: Date | null },
  gapMs: number | null,
): boolean {
  if (run.runType === 'backfill' || run.clearNumber > 0) return false;
  if (run.runType !== 'scheduled' || run.dueAt === null || run.runStartedAt === null) return true;
  return run.runStartedAt.getTime() - run.dueAt.getTime() <= catchUpAfterMs(gapMs);
}
