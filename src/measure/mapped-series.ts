import type { MappedRun } from '../collect/mapped.ts';
import { isOrdinary, type RunRecord } from './run-history.ts';

/** Runs kept of a mapped task, the newest: as many as tries of a series. */
export const mappedRunsMax = 120;

/**
 * How many instances a mapped task had in its newest ordinary runs, oldest first: three numbers a run, at most 3 kB a task.
 */
export interface MappedSeries {
  dagId: string;
  taskId: string;
  runPks: number[];
  /** In whole s since 1970. */
  startedSeconds: number[];
  counts: number[];
}

/** The count of one run, as it is kept. */
export interface MappedCount {
  dagId: string;
  taskId: string;
  runPk: number;
  startedSeconds: number;
  count: number;
}

export const mappedKey = (dagId: string, taskId: string): string => `${dagId}\u0000${taskId}`;

/** When a run started, in whole s since 1970; when it was due or ended where that is not known. */
const startedSecondsOf = ({ runStartedAt, dueAt, endedAt }: MappedRun): number =>
  Math.floor((runStartedAt ?? dueAt ?? endedAt).getTime() / 1000);

/**
 * What a run says of its mapped tasks; nothing when it says nothing of the present (backfill, catch-up, run again, ended by a
 * person). A 0 counts for tasks that `isMapped`. `gapMs` is the usual gap of its DAG.
 */
export function countsOf(
  run: MappedRun,
  { gapMs, isMapped, record }: { gapMs: number | null; isMapped: (taskId: string) => boolean; record?: RunRecord | undefined },
): MappedCount[] {
  if (!isOrdinary(run, gapMs) || record?.byPerson === true) return [];
  const { dagId, runPk } = run;
  const startedSeconds = startedSecondsOf(run);
  return [...run.counts].flatMap(([taskId, count]) =>
    count > 0 || isMapped(taskId) ? [{ dagId, taskId, runPk, startedSeconds, count }] : [],
  );
}

/** Whether a run's count is there already. */
export function holdsCount(all: ReadonlyMap<string, MappedSeries>, { dagId, taskId, runPk, count }: MappedCount): boolean {
  const series = all.get(mappedKey(dagId, taskId));
  const at = series?.runPks.lastIndexOf(runPk) ?? -1;
  return at >= 0 && series?.counts[at] === count;
}

/** Takes a count in at its place, in place of one that its run had before. False when it is older than all of a full series. */
export function insertCount(
  all: Map<string, MappedSeries>,
  { dagId, taskId, runPk, startedSeconds, count }: MappedCount,
): boolean {
  const key = mappedKey(dagId, taskId);
  const found = all.get(key);
  const series = found ?? { dagId, taskId, runPks: [], startedSeconds: [], counts: [] };
  if (found === undefined) all.set(key, series);
  const { runPks, startedSeconds: started, counts } = series;
  const old = runPks.lastIndexOf(runPk);
  if (old >= 0) for (const column of [runPks, started, counts]) column.splice(old, 1);
  let at = runPks.length;
  while (at > 0 && isAfter(series, at - 1, runPk, startedSeconds)) at -= 1;
  if (at === 0 && runPks.length >= mappedRunsMax) return false;
  runPks.splice(at, 0, runPk);
  started.splice(at, 0, startedSeconds);
  counts.splice(at, 0, count);
  if (runPks.length > mappedRunsMax) for (const column of [runPks, started, counts]) column.shift();
  return true;
}

function isAfter({ runPks, startedSeconds }: MappedSeries, index: number, runPk: number, started: number): boolean {
  const other = startedSeconds[index] as number;
  return other > started || (other === started && (runPks[index] as number) > runPk);
}

/** Drops the runs that started before this time, in s since 1970, and the series that are left with none. */
export function forgetCounts(all: Map<string, MappedSeries>, beforeSeconds: number): void {
  for (const [key, { runPks, startedSeconds, counts }] of all) {
    const from = startedSeconds.findIndex((started) => started >= beforeSeconds);
    if (from < 0) all.delete(key);
    else for (const column of [runPks, startedSeconds, counts]) column.splice(0, from);
  }
}
