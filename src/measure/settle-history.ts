import type { BackfillMemory } from './backfill.ts';
import { summarise } from './expect.ts';
import { alphaUnlearned } from './learned.ts';
import { newestDay, noBookChanges, scarce, shiftOf, type Book, type BookChanges, type SampleTry } from './observe.ts';
import { countsOf, mappedKey, mappedRunsMax, type MappedCount } from './mapped-series.ts';
import { isOrdinary, type RunRecord } from './run-history.ts';
import { insertTry, learnSeriesProfile, restartAt } from './series-book.ts';
import { bucketOf, isSampled, logSecondsOf, seriesKey, type TaskSeries } from './series.ts';
import type { HistoryChunk } from '../collect/history.ts';

/**
 * What a step back in history gives to the book's rows. `held` counts the tries of each series, `mapped` the runs of each mapped
 * task, newest first.
 */
export function historyRows(
  chunk: HistoryChunk,
  { held, mapped }: Pick<BackfillMemory, 'held' | 'mapped'>,
): Pick<BookChanges, 'samples' | 'runs' | 'mapped'> {
  const samples = chunk.attempts.flatMap((attempt): SampleTry[] => {
    if (attempt.endedAt === null || !isSampled(attempt.mapIndex)) return [];
    const isTry = attempt.outcome === 'success' && logSecondsOf(attempt.durationSeconds) !== null;
    const key = seriesKey(attempt.dagId, attempt.taskId, bucketOf(attempt.mapIndex));
    const count = held.get(key) ?? 0;
    const counted = isTry && (isOrdinary(attempt, null) || count < scarce);
    if (counted) held.set(key, count + 1);
    return [{ attempt, counted, score: null }];
  });
  const runs = chunk.runs.flatMap((row): { dagId: string; run: RunRecord }[] => {
    const { id, dagId, runId, runType, state, dueAt, startDate, endDate } = row;
    if ((state !== 'success' && state !== 'failed') || endDate === null) return [];
    const [dueMs, startMs] = [dueAt?.getTime() ?? null, startDate?.getTime() ?? null];
    return [{ dagId, run: { runPk: id, runId, runType, dueMs, startMs, endMs: endDate.getTime(), state, byPerson: false } }];
  });
  return { samples, runs, mapped: historyCounts(chunk, mapped) };
}

/** Runs in which a task was skipped as a whole count once it is seen to be mapped: those that are newer than that are left out. */
function historyCounts(chunk: HistoryChunk, held: Map<string, number>): MappedCount[] {
  for (const { dagId, counts } of chunk.mapped)
    for (const [taskId, count] of counts) {
      const key = mappedKey(dagId, taskId);
      if (count > 0 && !held.has(key)) held.set(key, 0);
    }
  return chunk.mapped.flatMap((run) => {
    const isMapped = (taskId: string): boolean => held.has(mappedKey(run.dagId, taskId));
    return countsOf(run, { gapMs: null, isMapped }).filter(({ dagId, taskId }) => {
      const key = mappedKey(dagId, taskId);
      const count = held.get(key) ?? 0;
      held.set(key, count + 1);
      return count < mappedRunsMax;
    });
  });
}

/** After history was read, or series are to be learned anew: what all their tries tell, as rows to save. In place. */
export function settleAll(book: Book, which: Iterable<TaskSeries>): BookChanges {
  const changes = noBookChanges();
  for (const series of which) settleHistory(book, series, changes);
  return changes;
}

/** Tries of history that are looked at between two looks for a shift. */
const historyStep = 15;

/**
 * The same for a series that history just filled, as if its tries had come one after the other: every level shift in it, and the
 * profile. Confirmed at the try that showed it.
 */
function settleHistory(book: Book, series: TaskSeries, changes: BookChanges): void {
  const all = { logs: series.logs.slice(0, series.length), endedSeconds: series.endedSeconds.slice(0, series.length) };
  const total = series.length;
  series.length = 0;
  series.profile = null;
  for (let taken = 0; taken < total; taken += 1) {
    insertTry(series, { log: all.logs[taken] as number, endedSeconds: all.endedSeconds[taken] as number });
    if ((taken + 1) % historyStep !== 0 && taken + 1 !== total) continue;
    const shift = shiftOf(series, new Date(Math.ceil(all.endedSeconds[taken] as number) * 1000), alphaUnlearned);
    if (shift === null) continue;
    const { index, ...rest } = shift;
    restartAt(series, index);
    changes.shifts.push(rest);
  }
  series.profileDay = newestDay(series);
  if (learnSeriesProfile(series, book.rules)) changes.profiles.add(series);
  series.summary = summarise(series);
}
