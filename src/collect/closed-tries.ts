import type { ClosedTry, TaskRow } from '../airflow/read-tasks.ts';
import type { KnownTask } from './known.ts';

/** What the row itself says about its try. */
type OwnTry = 'ended' | 'entered' | 'gone' | 'open';

export function ownTry(state: string | null): OwnTry {
  if (state === 'success' || state === 'failed' || state === 'up_for_retry') return 'ended';
  if (state === 'skipped' || state === 'upstream_failed') return 'entered';
  return state === 'removed' ? 'gone' : 'open';
}

/** The highest try that is over, apart from the row's own state. */
function lastClosedTry(row: TaskRow, triesCountFromScheduling: boolean): number {
  if (ownTry(row.state) !== 'open') return row.tryNumber - 1;
  if (row.state === null) return row.tryNumber;
  if (triesCountFromScheduling || row.state === 'running' || row.state === 'restarting') return row.tryNumber - 1;
  return row.tryNumber;
}

/** Tries that are over and not counted yet, and that the row no longer tells about: only the history does. */
export function missingTries(known: KnownTask | undefined, row: TaskRow, triesCountFromScheduling: boolean): number[] {
  const missing: number[] = [];
  const last = lastClosedTry(row, triesCountFromScheduling);
  for (let number = 1; number <= last; number += 1) if (!known?.counted.includes(String(number))) missing.push(number);
  return missing;
}

/**
 * Whether the row's own try may be over already, and the row tell of what became of it afterwards: it was cleared while it ran,
 * or it waited for a retry when a person, a timeout or a failed upstream ended it for good.
 */
export function mayHideItsTry(known: KnownTask | undefined, row: TaskRow, touched: boolean): boolean {
  if (row.tryNumber === 0 || known?.counted.includes(String(row.tryNumber))) return false;
  const own = ownTry(row.state);
  return own === 'entered' || row.state === 'restarting' || (own === 'ended' && row.state !== 'up_for_retry' && touched);
}

/** Whether the history must be asked about this row; `touched`: a person did something to its run lately. */
export const asksHistory = (known: KnownTask | undefined, row: TaskRow, modern: boolean, touched: boolean): boolean =>
  missingTries(known, row, modern).length > 0 || mayHideItsTry(known, row, touched);

/** The row of the history that closed the very try whose number the task instance has. */
export function hiddenTry(row: TaskRow, closed: readonly ClosedTry[], triesCountFromScheduling: boolean): ClosedTry | undefined {
  if (triesCountFromScheduling) return closed.find(({ tryNumber }) => tryNumber === row.tryNumber);
  // Every failure of 2.7 to 2.9 has a row, the last one too: only what no attempt enters tells of an earlier end.
  if (ownTry(row.state) !== 'entered') return undefined;
  const found = closed.find(
    ({ tryNumber, startDate }) => tryNumber === null && startDate?.getTime() === row.startDate?.getTime(),
  );
  return found && { ...found, tryNumber: row.tryNumber };
}

/**
 * The row that closed a try. 2.7 to 2.9 number no failure (`task_fail`): the latest ones belong to the latest tries. The row's own
 * failure is excluded, and those that were there at the last look: a success that was cleared away unseen leaves no failure, and
 * takes none of these.
 */
export function closedTry(
  number: number,
  row: TaskRow,
  closed: readonly ClosedTry[],
  known: KnownTask | undefined,
): ClosedTry | undefined {
  const numbered = closed.find(({ tryNumber }) => tryNumber === number);
  if (numbered) return numbered;
  const own = ownTry(row.state) === 'ended' && row.state !== 'success';
  const seenToMs = known?.endMs ?? null;
  const failures = closed.filter(
    ({ tryNumber, startDate, endDate }) =>
      tryNumber === null &&
      (seenToMs === null || (endDate?.getTime() ?? 0) > seenToMs) &&
      !(own && startDate?.getTime() === row.startDate?.getTime()),
  );
  const last = lastClosedTry(row, false);
  // Fewer failures than tries: the earlier tries left no trace.
  return failures[failures.length - 1 - (last - number)];
}
