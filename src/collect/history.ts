import type { AirflowDatabase } from '../airflow/connect.ts';
import type { Shape } from '../airflow/probe.ts';
import { readRunsBelow, type RunRow } from '../airflow/read-runs.ts';
import { readTasks, type TaskRow } from '../airflow/read-tasks.ts';
import { keyOf } from './plan-reads.ts';
import { attemptOf } from './judge-task.ts';
import { mappedRunOf, type MappedRun } from './mapped.ts';
import type { Attempt } from './transition.ts';

/** A step back in history: finished runs, newest first, and the attempts that their rows still tell of. */
export interface HistoryChunk {
  runs: RunRow[];
  attempts: Attempt[];
  /** Newest first; without runs whose rows were cut off. */
  mapped: MappedRun[];
  /** Where the next step begins. */
  belowRunId: number;
  /** When the oldest run of this step was made; null when there was none. */
  oldest: Date | null;
  done: boolean;
}

const madeAt = (row: RunRow): Date | null => row.queuedAt ?? row.startDate ?? row.dueAt ?? row.logicalDate;

/**
 * Reads at most `runsMax` runs below `belowRunId` in one short transaction. `wanted` skips the task instances of DAGs that have
 * samples enough. Done when nothing is left or a whole step lies before `since`.
 */
export async function readHistory(
  airflow: AirflowDatabase,
  shape: Shape,
  belowRunId: number,
  { since, wanted, runsMax }: { since: Date; wanted: (dagId: string) => boolean; runsMax: number },
): Promise<HistoryChunk> {
  return airflow.read(async (read) => {
    const runs = await readRunsBelow(read, shape, belowRunId, runsMax);
    const recent = runs.filter((row) => (madeAt(row) ?? since) >= since);
    const cut = new Set<string>();
    const rows = await readAllTasks(recent.filter(({ dagId }) => wanted(dagId)));
    const byKey = new Map(recent.map((run) => [keyOf(run), run]));
    const ofRun = Map.groupBy(rows, keyOf);
    const oldest = runs
      .map(madeAt)
      .filter((date) => date !== null)
      .reduce<Date | null>((a, b) => (a === null || b < a ? b : a), null);
    return {
      runs: recent,
      attempts: rows.flatMap((row) => historicAttempt(byKey.get(keyOf(row)), row)),
      mapped: recent.flatMap((run) => (cut.has(keyOf(run)) ? [] : (mappedRunOf(run, ofRun.get(keyOf(run)) ?? []) ?? []))),
      belowRunId: runs.at(-1)?.id ?? 0,
      oldest,
      done: runs.length < runsMax || recent.length === 0,
    };

    // Wide mapped runs overflow a statement: then half as many runs are asked for; a single one gives its first rows.
    async function readAllTasks(part: readonly RunRow[]): Promise<TaskRow[]> {
      const found = await readTasks(read, shape, part, null);
      if (!found.complete && part.length === 1) for (const run of part) cut.add(keyOf(run));
      if (found.complete || part.length <= 1) return found.rows;
      const half = Math.ceil(part.length / 2);
      return [...(await readAllTasks(part.slice(0, half))), ...(await readAllTasks(part.slice(half)))];
    }
  });
}

function historicAttempt(run: RunRow | undefined, row: TaskRow): Attempt[] {
  if (run === undefined || row.endDate === null) return [];
  if (row.state === 'success') return [attemptOf(run, row, 'success', row.tryNumber)];
  return row.state === 'failed' ? [attemptOf(run, row, 'failure', row.tryNumber)] : [];
}
