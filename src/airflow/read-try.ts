import type { AirflowRead } from './connect.ts';
import type { Shape } from './probe.ts';
import type { TaskKey } from './read-tasks.ts';
import { versionColumns, versionJoin, type CodeVersion } from './read-versions.ts';

/** What only one task instance is asked for; null where this Airflow has no such column, or does not show it. */
export interface TryDetails {
  executor: string | null;
  /** 3.x: when the worker was last heard of. */
  lastHeartbeatAt: Date | null;
  /** What people wrote beside it; the caller redacts it. */
  note: string | null;
  version: CodeVersion | null;
}

interface DetailsRow {
  executor: string | null;
  lastHeartbeatAt: Date | null;
  note: string | null;
  number: number | null;
  bundleVersion: string | null;
  hash: string | null;
}

/** Details of a task instance, by its unique key; null when the row is gone. */
export async function readTryDetails(read: AirflowRead, shape: Shape, key: TaskKey): Promise<TryDetails | null> {
  const has = (column: string) => shape.has('task_instance', column);
  const [row] = await read.query<DetailsRow>(
    `SELECT ${has('executor') ? 'ti.executor' : 'NULL'} AS executor, ${has('last_heartbeat_at') ? 'ti.last_heartbeat_at' : 'NULL::timestamptz'} AS "lastHeartbeatAt",
       ${noteOf(shape)} AS note, ${versionColumns(shape)}
     FROM task_instance ti${versionJoin(shape)} WHERE ti.dag_id = $1 AND ti.run_id = $2 AND ti.task_id = $3 AND ti.map_index = $4`,
    [key.dagId, key.runId, key.taskId, key.mapIndex],
  );
  if (row === undefined) return null;
  const { number, bundleVersion, hash, ...rest } = row;
  return { ...rest, version: number === null && hash === null ? null : { number, bundleVersion, hash } };
}

/** By the primary key of the notes, which is the task instance's: its id from 3.0 on. */
function noteOf(shape: Shape): string {
  if (shape.has('task_instance_note', 'ti_id', 'content') && shape.has('task_instance', 'id'))
    return '(SELECT n.content FROM task_instance_note n WHERE n.ti_id = ti.id)';
  if (shape.has('task_instance_note', 'task_id', 'dag_id', 'run_id', 'map_index', 'content'))
    return '(SELECT n.content FROM task_instance_note n WHERE n.task_id = ti.task_id AND n.dag_id = ti.dag_id AND n.run_id = ti.run_id AND n.map_index = ti.map_index)';
  return 'NULL';
}

/** What the scheduler noted about one try: `heartbeat timeout`, `state mismatch`. */
export interface TryEventRow {
  at: Date;
  event: string;
}

/** Facts §8: these say more than that a try ran or ended. */
const telling = [
  'heartbeat timeout',
  'state mismatch',
  'stuck in queued',
  'stuck in queued reschedule',
  'stuck in queued tries exceeded',
  'fail task',
  'skip task',
];

/** Audit rows of one try that tell of trouble, oldest first; 2.10 and later, whose index on the table serves them (idx_log_task_instance). */
export async function readTryEvents(read: AirflowRead, shape: Shape, key: TaskKey, tryNumber: number): Promise<TryEventRow[]> {
  if (!shape.has('log', 'run_id', 'try_number', 'map_index', 'event', 'dttm')) return [];
  return read.query<TryEventRow>(
    `SELECT dttm AS at, event FROM log WHERE dag_id = $1 AND task_id = $2 AND run_id = $3 AND map_index = $4 AND try_number = $5 AND event = ANY($6::text[])
     ORDER BY id LIMIT 20`,
    [key.dagId, key.taskId, key.runId, key.mapIndex, tryNumber, telling],
  );
}
