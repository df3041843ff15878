import type { AirflowRead } from './connect.ts';
import type { Shape } from './probe.ts';
import type { RunKey } from './read-runs.ts';

/** A row of `task_instance`, the same for every Airflow version. */
export interface TaskRow {
  dagId: string;
  runId: string;
  taskId: string;
  mapIndex: number;
  /** Null: created or cleared, not yet scheduled. */
  state: string | null;
  tryNumber: number;
  maxTries: number;
  startDate: Date | null;
  endDate: Date | null;
  durationSeconds: number | null;
  queuedAt: Date | null;
  queue: string | null;
  pool: string;
  operator: string | null;
  hostname: string | null;
  /** Null: the one that Airflow uses anyway. Absent before 2.10. */
  executor?: string | null;
  updatedAt: Date | null;
}

/** Facts §0.10 and DESIGN §3: statements stay small whatever the history. */
export const taskRowsMax = 20_000;
export const runsPerStatementMax = 200;

const columns = (shape: Shape): string =>
  'ti.dag_id AS "dagId", ti.run_id AS "runId", ti.task_id AS "taskId", ti.map_index AS "mapIndex", ti.state, coalesce(ti.try_number, 0) AS "tryNumber",' +
  ' coalesce(ti.max_tries, -1) AS "maxTries", ti.start_date AS "startDate", ti.end_date AS "endDate", ti.duration AS "durationSeconds", ti.queued_dttm AS "queuedAt",' +
  ` ti.queue, ti.pool, ti.operator, ti.hostname, ${shape.has('task_instance', 'executor') ? 'ti.executor, ' : ''}ti.updated_at AS "updatedAt"`;

/** The columns themselves, for a subselect. */
const names = (shape: Shape): string =>
  `dag_id, run_id, task_id, map_index, state, try_number, max_tries, start_date, end_date, duration, queued_dttm, queue, pool, operator, hostname, ${shape.has('task_instance', 'executor') ? 'executor, ' : ''}updated_at`;

/**
 * The task instances of these runs (index ti_dag_run) that changed after `since`, or all of them when it is null.
 * `complete` is false when more than the row limit exist: then nothing may be concluded and the runs are read in smaller parts.
 */
export async function readTasks(
  read: AirflowRead,
  shape: Shape,
  runs: readonly RunKey[],
  since: Date | null,
): Promise<{ rows: TaskRow[]; complete: boolean }> {
  if (runs.length === 0) return { rows: [], complete: true };
  const changed = since === null ? '' : ' AND (t.updated_at > $3 OR t.updated_at IS NULL)';
  // OFFSET 0 keeps each run a lookup by index: without it a planner with old statistics may join with the whole table.
  const values: unknown[] = [runs.map(({ dagId }) => dagId), runs.map(({ runId }) => runId)];
  if (since !== null) values.push(since);
  const rows = await read.query<TaskRow>(
    `SELECT ${columns(shape)} FROM unnest($1::text[], $2::text[]) k(d, r) CROSS JOIN LATERAL
     (SELECT ${names(shape)}
      FROM task_instance t WHERE t.dag_id = k.d AND t.run_id = k.r${changed} OFFSET 0) ti LIMIT ${taskRowsMax + 1}`,
    values,
  );
  return { rows: rows.slice(0, taskRowsMax), complete: rows.length <= taskRowsMax };
}

/** Where a page of a huge run's task instances begins, and how many rows it has. */
export interface TaskPage {
  /** The key before its first row; null for the first page. */
  after: { taskId: string; mapIndex: number } | null;
  rows: number;
}

/**
 * One page of a huge run's task instances, in the order of their keys. The run's rows are found first (index ti_dag_run): with
 * the limit inside, the planner would walk the unique key through all runs of the DAG.
 */
export function readTaskPage(read: AirflowRead, shape: Shape, run: RunKey, { after, rows }: TaskPage): Promise<TaskRow[]> {
  const beyond = after === null ? '' : ' WHERE (ti.task_id COLLATE "C", ti.map_index) > ($3, $4)';
  const values: unknown[] = [run.dagId, run.runId];
  if (after !== null) values.push(after.taskId, after.mapIndex);
  return read.query<TaskRow>(
    `WITH ti AS MATERIALIZED (SELECT ${names(shape)}
       FROM task_instance WHERE dag_id = $1 AND run_id = $2)
     SELECT ${columns(shape)} FROM ti${beyond} ORDER BY ti.task_id COLLATE "C", ti.map_index LIMIT ${rows}`,
    values,
  );
}

/** What is active now, summed by run, state, pool and queue (index ti_state). */
export interface ActivityRow extends RunKey {
  state: string;
  pool: string;
  queue: string | null;
  count: number;
  slots: number;
  oldestQueuedAt: Date | null;
}

export function readActivity(read: AirflowRead): Promise<ActivityRow[]> {
  return read.query<ActivityRow>(
    `SELECT dag_id AS "dagId", run_id AS "runId", state, pool, queue, count(*) AS count, sum(pool_slots) AS slots,
       min(queued_dttm) FILTER (WHERE state = 'queued') AS "oldestQueuedAt"
     FROM task_instance
     WHERE state IN ('running', 'queued', 'scheduled', 'deferred', 'up_for_retry', 'up_for_reschedule', 'restarting')
     GROUP BY dag_id, run_id, state, pool, queue`,
  );
}

/** A task instance that is not finished. */
export interface UnfinishedRow extends RunKey {
  taskId: string;
  mapIndex: number;
  state: string;
  tryNumber: number;
  startDate: Date | null;
  queuedAt: Date | null;
  /** Since when a scheduled one waits: 3.x says so, in 2.x it is the last write of its row. Null in other states. */
  scheduledAt: Date | null;
  pool: string;
  poolSlots: number;
  queue: string | null;
  operator: string | null;
  hostname: string | null;
}

/** Every unfinished task instance (index ti_state), up to the row limit; `complete` is false when there are more. */
export async function readUnfinished(read: AirflowRead, shape: Shape): Promise<{ rows: UnfinishedRow[]; complete: boolean }> {
  const scheduled = shape.has('task_instance', 'scheduled_dttm') ? 'coalesce(scheduled_dttm, updated_at)' : 'updated_at';
  const rows = await read.query<UnfinishedRow>(
    `SELECT dag_id AS "dagId", run_id AS "runId", task_id AS "taskId", map_index AS "mapIndex", state, coalesce(try_number, 0) AS "tryNumber",
       start_date AS "startDate", queued_dttm AS "queuedAt", CASE WHEN state = 'scheduled' THEN ${scheduled} END AS "scheduledAt",
       pool, pool_slots AS "poolSlots", queue, operator, hostname
     FROM task_instance
     WHERE state IN ('running', 'queued', 'scheduled', 'deferred', 'up_for_retry', 'up_for_reschedule', 'restarting')
     LIMIT ${taskRowsMax + 1}`,
  );
  return { rows: rows.slice(0, taskRowsMax), complete: rows.length <= taskRowsMax };
}

export interface TaskKey extends RunKey {
  taskId: string;
  mapIndex: number;
}

/** A try that was closed earlier: a row of `task_instance_history` (2.10+) or, without number, of `task_fail` (2.7 to 2.9). */
export interface ClosedTry extends TaskKey {
  tryNumber: number | null;
  state: string | null;
  maxTries: number;
  startDate: Date | null;
  endDate: Date | null;
  durationSeconds: number | null;
  queuedAt: Date | null;
  queue: string | null;
  pool: string | null;
  operator: string | null;
  hostname: string | null;
  /** Closed before it ended by itself: its row was last written before the end it was given (a retry, or a clear of a running task). */
  cutShort: boolean;
}

/** The closed tries of these task instances, by the unique key that every version indexes. */
export async function readClosedTries(read: AirflowRead, shape: Shape, keys: readonly TaskKey[]): Promise<ClosedTry[]> {
  if (keys.length === 0) return [];
  const history = shape.has('task_instance_history', 'try_number', 'state', 'end_date');
  if (!history && !shape.has('task_fail', 'start_date', 'end_date')) return [];
  const table = history ? 'task_instance_history' : 'task_fail';
  const rest = history
    ? 'h.try_number AS "tryNumber", h.state, coalesce(h.max_tries, -1) AS "maxTries", h.queued_dttm AS "queuedAt", h.queue, h.pool, h.operator, h.hostname' +
      (shape.has('task_instance_history', 'updated_at')
        ? ', coalesce(h.updated_at < h.end_date, false) AS "cutShort"'
        : ', false AS "cutShort"')
    : 'NULL::int AS "tryNumber", \'failed\' AS state, -1 AS "maxTries", NULL::timestamptz AS "queuedAt", NULL AS queue, NULL AS pool, NULL AS operator, NULL AS hostname, false AS "cutShort"';
  return read.query<ClosedTry>(
    `SELECT t.* FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) k(d, r, t, m) CROSS JOIN LATERAL
     (SELECT h.dag_id AS "dagId", h.run_id AS "runId", h.task_id AS "taskId", h.map_index AS "mapIndex", h.start_date AS "startDate", h.end_date AS "endDate",
        h.duration::float8 AS "durationSeconds", ${rest}
      FROM ${table} h WHERE h.dag_id = k.d AND h.task_id = k.t AND h.run_id = k.r AND h.map_index = k.m OFFSET 0) t
     ORDER BY t."startDate"`,
    [keys.map((k) => k.dagId), keys.map((k) => k.runId), keys.map((k) => k.taskId), keys.map((k) => k.mapIndex)],
  );
}
