import type { Incident } from '../incident/incident.ts';

/** A try of a task that failed for good. */
export interface FailedTry {
  dagId: string;
  taskId: string;
  runId: string;
  /** -1: the task is not mapped. */
  mapIndex: number;
  tryNumber: number;
}

/** The try whose log says why an incident is there; null: it is about none. */
export function failedTryOf({
  kind,
  subject,
  latest: { occasion },
}: Pick<Incident, 'kind' | 'subject' | 'latest'>): FailedTry | null {
  if (kind !== 'task_failed' || subject.type !== 'task' || occasion === null || occasion.tryNumber === null) return null;
  const { runId, mapIndex, tryNumber } = occasion;
  return { dagId: subject.dagId, taskId: subject.taskId, runId, mapIndex: mapIndex ?? -1, tryNumber };
}
