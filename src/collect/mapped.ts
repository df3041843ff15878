import type { RunRow } from '../airflow/read-runs.ts';

/** An ended run, and how many instances each of its mapped tasks had. */
export interface MappedRun {
  dagId: string;
  runPk: number;
  runId: string;
  runType: string;
  dueAt: Date | null;
  runStartedAt: Date | null;
  endedAt: Date;
  clearNumber: number;
  /** By task. A 0 is a task that was skipped as a whole: mapped over nothing, or not mapped at all; the row does not tell. */
  counts: ReadonlyMap<string, number>;
}

interface Instance {
  taskId: string;
  mapIndex: number;
  state: string | null;
}

/**
 * The mapped counts of a run, by all of its task instances; null while it is open, or when none of its tasks was expanded or
 * skipped. One that its upstream kept from being expanded has no count, nor has one skipped in a run that failed.
 */
export function mappedRunOf(run: RunRow, instances: Iterable<Instance>): MappedRun | null {
  const { id, dagId, runId, runType, dueAt, startDate, endDate, clearNumber, state } = run;
  if ((state !== 'success' && state !== 'failed') || endDate === null) return null;
  const counts = new Map<string, number>();
  for (const { taskId, mapIndex, state: reached } of instances) {
    // A clear that maps over fewer items leaves rows behind.
    if (mapIndex >= 0 && reached !== 'removed') counts.set(taskId, (counts.get(taskId) ?? 0) + 1);
    else if (mapIndex < 0 && reached === 'skipped' && state === 'success') counts.set(taskId, counts.get(taskId) ?? 0);
  }
  if (counts.size === 0) return null;
  return { dagId, runPk: id, runId, runType, dueAt, runStartedAt: startDate, endedAt: endDate, clearNumber, counts };
}
