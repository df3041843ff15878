import type { AirflowRead } from './connect.ts';
import type { Shape } from './probe.ts';

export interface HeartbeatRow {
  component: 'scheduler' | 'triggerer' | 'dag_processor';
  state: string;
  heartbeatAt: Date;
  hostname: string | null;
}

const jobTypes = { scheduler: 'SchedulerJob', triggerer: 'TriggererJob', dag_processor: 'DagProcessorJob' } as const;

/** Per component its running jobs and its newest one: an index look-up each (job_type_heart); LocalTaskJob rows are never touched. */
export async function readHeartbeats(read: AirflowRead): Promise<HeartbeatRow[]> {
  const branch = (component: string, type: string) =>
    `(SELECT '${component}' AS component, coalesce(state, '') AS state, latest_heartbeat AS "heartbeatAt", hostname FROM job
      WHERE job_type = '${type}' AND latest_heartbeat IS NOT NULL ORDER BY latest_heartbeat DESC LIMIT 20)`;
  return read.query<HeartbeatRow>(
    Object.entries(jobTypes)
      .map(([component, type]) => branch(component, type))
      .join(' UNION ALL '),
  );
}

export interface PoolRow {
  pool: string;
  /** -1: without limit. */
  slots: number;
  includeDeferred: boolean;
}

export function readPools(read: AirflowRead): Promise<PoolRow[]> {
  return read.query<PoolRow>(
    'SELECT pool, coalesce(slots, 0) AS slots, coalesce(include_deferred, false) AS "includeDeferred" FROM slot_pool ORDER BY pool',
  );
}

export interface ImportErrorRow {
  filename: string;
  at: Date | null;
  stacktrace: string;
}

/** How many import errors there are, and the first of them with the end of each stack trace; the caller redacts it. */
export async function readImportErrors(read: AirflowRead): Promise<{ count: number; errors: ImportErrorRow[] }> {
  const rows = await read.query<ImportErrorRow & { total: number }>(
    `SELECT coalesce(filename, '') AS filename, timestamp AS at, right(coalesce(stacktrace, ''), 4000) AS stacktrace, count(*) OVER () AS total
     FROM import_error ORDER BY id LIMIT 200`,
  );
  return { count: rows[0]?.total ?? 0, errors: rows.map(({ filename, at, stacktrace }) => ({ filename, at, stacktrace })) };
}

export interface DeadlineRow {
  dagId: string;
  state: 'pending' | 'overdue' | 'missed';
  count: number;
  /** The latest deadline of them, and its run. */
  newestAt: Date;
  runPk: number;
  runId: string;
  runType: string;
  runState: string;
}

/** Deadlines and SLA misses are looked at this far back: Airflow keeps those that were missed for ever. */
const missesSince = "now() - interval '7 days'";

/** How far the callback of a missed deadline got (3.1). */
const callbackStates = ['scheduled', 'pending', 'queued', 'running', 'success', 'failed'];

/**
 * 3.1+: deadlines by DAG. Met ones are deleted by Airflow; overdue is one that the scheduler has not marked yet (facts §6).
 * A branch for each value of the index's first column, (missed, deadline_time) or before 3.2 (callback_state, deadline_time).
 */
export async function readDeadlines(read: AirflowRead, shape: Shape): Promise<DeadlineRow[]> {
  const [pending, missed] = shape.has('deadline', 'missed')
    ? ['NOT missed', ['missed']]
    : ['callback_state IS NULL', callbackStates.map((state) => `callback_state = '${state}'`)];
  const branch = (where: string, state: string) =>
    `SELECT dagrun_id, deadline_time, ${state} AS state FROM deadline WHERE ${where} AND deadline_time > ${missesSince}`;
  const branches = [
    branch(pending, `CASE WHEN deadline_time < now() THEN 'overdue' ELSE 'pending' END`),
    ...missed.map((where) => branch(where, `'missed'`)),
  ];
  const newest = (column: string) => `(array_agg(${column} ORDER BY d.deadline_time DESC, r.id DESC))[1]`;
  return read.query<DeadlineRow>(
    // OFFSET keeps the planner from joining by a scan of all runs.
    `SELECT r.dag_id AS "dagId", d.state, count(*) AS count, max(d.deadline_time) AS "newestAt", ${newest('r.id')} AS "runPk",
       ${newest('r.run_id')} AS "runId", ${newest('r.run_type')} AS "runType", ${newest('r.state')} AS "runState"
     FROM (${branches.join(' UNION ALL ')}) d
     CROSS JOIN LATERAL (SELECT id, dag_id, run_id, run_type, state FROM dag_run WHERE id = d.dagrun_id OFFSET 0) r GROUP BY 1, 2`,
  );
}

export interface SlaMissRow {
  dagId: string;
  count: number;
  /** When the newest miss was recorded; null: none of the last days. */
  newestAt: Date | null;
  /** Of which task and run; null when it is older than a day, or the run is gone. */
  taskId: string | null;
  runPk: number | null;
  runId: string | null;
  runType: string | null;
  runState: string | null;
}

/**
 * 2.x: SLA misses of the last days, by DAG. `sla_miss` has no index on time and is never trimmed: its tasks are found by leaps
 * along its primary key (task_id, dag_id, execution_date), and each task's latest misses by the same key.
 */
export function readSlaMisses(read: AirflowRead): Promise<SlaMissRow[]> {
  return read.query<SlaMissRow>(
    `WITH RECURSIVE task AS (
       (SELECT task_id, dag_id FROM sla_miss ORDER BY task_id, dag_id LIMIT 1)
       UNION ALL
       SELECT n.* FROM task t CROSS JOIN LATERAL
         (SELECT task_id, dag_id FROM sla_miss WHERE (task_id, dag_id) > (t.task_id, t.dag_id) ORDER BY task_id, dag_id LIMIT 1) n),
     miss AS (
       SELECT t.dag_id, t.task_id, s.execution_date, s.timestamp FROM task t CROSS JOIN LATERAL
         (SELECT execution_date, timestamp FROM sla_miss s
          WHERE s.task_id = t.task_id AND s.dag_id = t.dag_id AND s.execution_date > ${missesSince} OFFSET 0) s),
     newest AS (SELECT DISTINCT ON (dag_id) * FROM miss ORDER BY dag_id, timestamp DESC, execution_date DESC, task_id)
     SELECT d.dag_id AS "dagId", (SELECT count(*) FROM miss m WHERE m.dag_id = d.dag_id) AS count, n.timestamp AS "newestAt", r.task_id AS "taskId",
       r.id AS "runPk", r.run_id AS "runId", r.run_type AS "runType", r.state AS "runState"
     FROM (SELECT DISTINCT dag_id FROM task) d LEFT JOIN newest n USING (dag_id) LEFT JOIN LATERAL
       (SELECT n.task_id, id, run_id, run_type, state FROM dag_run WHERE dag_id = n.dag_id AND execution_date = n.execution_date OFFSET 0) r
       ON n.timestamp > now() - interval '1 day'`,
  );
}

export interface AssetRow {
  /** 3.x the asset's name, 2.x the dataset's URI. */
  asset: string;
  lastEventAt: Date | null;
}

/** The last event of each asset, an index look-up each (asset_id, timestamp). */
export function readAssets(read: AirflowRead, shape: Shape): Promise<AssetRow[]> {
  const last = (table: string, key: string) => `(SELECT max(e.timestamp) FROM ${table} e WHERE e.${key} = a.id) AS "lastEventAt"`;
  return read.query<AssetRow>(
    shape.major === 3
      ? `SELECT a.name AS asset, ${last('asset_event', 'asset_id')} FROM asset a${shape.has('asset_active', 'name', 'uri') ? ' JOIN asset_active x ON x.name = a.name AND x.uri = a.uri' : ''} ORDER BY a.name LIMIT 10000`
      : `SELECT a.uri AS asset, ${last('dataset_event', 'dataset_id')} FROM dataset a WHERE NOT a.is_orphaned ORDER BY a.uri LIMIT 10000`,
  );
}
