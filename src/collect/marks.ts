import type { LogRow } from '../airflow/read-log.ts';

/** A hand on a run or a task, as the audit log tells it. */
export interface PersonAction {
  /** own_end is no person's: a worker's own word that a try ended, which outweighs a mark at the same time. */
  kind: 'mark_task' | 'mark_run' | 'other' | 'own_end';
  at: Date;
  dagId: string;
  runId: string | null;
  logicalDate: Date | null;
  taskId: string | null;
  mapIndex: number | null;
  /** Of own_end: the state that the worker says. */
  state: string | null;
}

// Facts §8; the prefix (`api.`, `ui.`) of 2.9 to 2.11 is stripped first.
const marksTask = new Set([
  'success',
  'failed',
  'action_set_success',
  'action_set_failed',
  'action_set_skipped',
  'action_set_retry',
  'confirm',
  'post_set_task_instances_state',
  'patch_task_instance',
  'patch_mapped_task_instance',
  'patch_task_group_instances',
  'bulk_task_instances',
]);
const marksRun = new Set([
  'dagrun_success',
  'dagrun_failed',
  'dagrun_queued',
  'update_dag_run_state',
  'patch_dag_run',
  'bulk_dag_runs',
]);
// What workers and schedulers write about their own work: no reason to look at a run again.
const ownWork = new Set([
  'running',
  'deferred',
  'up_for_retry',
  'up_for_reschedule',
  'restarting',
  'cli_task_run',
  'cli_scheduler',
  'trigger_dag_run',
  'post_dag_run',
  'task_instance_created',
]);

/**
 * What a person did, or null when the row tells of Airflow's own work. In 2.x a task writes bare `success` and `failed` events
 * about itself, with its map index; a person's click carries no map index or a full name.
 */
export function readAction(row: LogRow): PersonAction | null {
  const event = row.event.replace(/^(api|ui)\./, '');
  if (row.dagId === '' || ownWork.has(event)) return null;
  const prefixed = event !== row.event;
  const { at, dagId, runId, logicalDate, taskId, mapIndex } = row;
  if (runId === null && logicalDate === null) return null;
  const own =
    (event === 'success' || event === 'failed' || event === 'skipped') && !prefixed && mapIndex !== null && row.person === null;
  if (own) return { kind: 'own_end', at, dagId, runId, logicalDate, taskId, mapIndex, state: event };
  const kind = marksTask.has(event) ? 'mark_task' : marksRun.has(event) ? 'mark_run' : 'other';
  return { kind, at, dagId, runId, logicalDate, taskId, mapIndex, state: null };
}

/** A worker's event is stamped this close to the `end_date` that it tells of (seen: 100 ms). */
const ownEndMs = 2000;

/** Whether the worker's word is about this end. A failure just before may be that of a try whose wait for the next a mark ended. */
function isOwnEnd(own: PersonAction, row: MarkedRow): boolean {
  return (
    own.state === row.state &&
    own.taskId === row.taskId &&
    (own.mapIndex ?? -1) === row.mapIndex &&
    Math.abs(own.at.getTime() - (row.endDate?.getTime() ?? 0)) <= ownEndMs
  );
}

/** A mark sets `end_date` this soon after its audit row, which is written first (facts §8). */
const markDelayMs = 10_000;

/** Whether a worker's word may be about the end that a person's action is held against. */
export function mayBeOneEnd(own: PersonAction, action: PersonAction): boolean {
  const delay = own.at.getTime() - action.at.getTime();
  return delay >= -ownEndMs && delay <= markDelayMs + ownEndMs;
}

interface MarkedRow {
  taskId: string;
  mapIndex: number;
  state: string | null;
  startDate: Date | null;
  endDate: Date | null;
  updatedAt: Date | null;
}

/** What began after an action was not ended by it. What a mark ends before it ever ran starts and ends at the same instant. */
const beganAfter = ({ startDate, endDate }: MarkedRow, at: Date): boolean =>
  startDate !== null && endDate !== null && startDate > at && startDate < endDate;

/**
 * Whether a person's mark made this row what it is. set_state: the mark itself ended it (`end_date` is the mark's time).
 * after_end: the try had ended by itself, then the mark changed its state. none: no mark, or one that only wrote a note.
 */
export function markOf(row: MarkedRow, actions: readonly PersonAction[]): 'set_state' | 'after_end' | 'none' {
  let answer: 'after_end' | 'none' = 'none';
  for (const action of actions) {
    if (action.kind === 'other' || action.kind === 'own_end') continue;
    const named =
      action.taskId === row.taskId && (action.mapIndex === null || action.mapIndex < 0 || action.mapIndex === row.mapIndex);
    if (action.kind === 'mark_task' && action.taskId !== null && !named) continue;
    // Airflow itself skips without dates (a run's timeout); a mark always sets them.
    if (row.endDate === null || beganAfter(row, action.at)) continue;
    const delay = row.endDate.getTime() - action.at.getTime();
    if (delay >= 0 && delay <= markDelayMs && !actions.some((own) => own.kind === 'own_end' && isOwnEnd(own, row)))
      return 'set_state';
    if (delay < 0 && row.updatedAt !== null && row.updatedAt.getTime() >= action.at.getTime() && action.kind === 'mark_task')
      answer = 'after_end';
  }
  return answer;
}
