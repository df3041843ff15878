import type { AirflowRead } from './connect.ts';
import type { Shape } from './probe.ts';

/** A row of `dag_run`, the same for every Airflow version. */
export interface RunRow {
  id: number;
  dagId: string;
  runId: string;
  /** An open set: scheduled, manual, backfill, dataset_triggered, asset_triggered, … */
  runType: string;
  state: string;
  /** 2.x: execution_date. Null for asset-triggered runs of 3.x. */
  logicalDate: Date | null;
  /** When the run was due: 3.x `run_after`, 2.x the end of its data interval. */
  dueAt: Date | null;
  queuedAt: Date | null;
  startDate: Date | null;
  endDate: Date | null;
  /** How often it was cleared and queued again; always 0 before 2.8. */
  clearNumber: number;
  /** When the row was written last; moves all the time while the run is open (facts §2.6). Null: not known. */
  updatedAt: Date | null;
}

export interface RunKey {
  dagId: string;
  runId: string;
}

function columns(shape: Shape): string {
  const logical = shape.major === 3 ? 'r.logical_date' : 'r.execution_date';
  const due = shape.has('dag_run', 'run_after') ? 'r.run_after' : 'r.data_interval_end';
  const clears = shape.has('dag_run', 'clear_number') ? 'coalesce(r.clear_number, 0)' : '0';
  const updated = shape.has('dag_run', 'updated_at') ? 'r.updated_at' : 'NULL::timestamptz';
  return (
    `r.id, r.dag_id AS "dagId", r.run_id AS "runId", r.run_type AS "runType", r.state, ${logical} AS "logicalDate", ${due} AS "dueAt",` +
    ` r.queued_at AS "queuedAt", r.start_date AS "startDate", r.end_date AS "endDate", ${clears} AS "clearNumber", ${updated} AS "updatedAt"`
  );
}

/** Runs that are not finished. Two literal branches: `IN` and `$1` miss the partial indexes (facts §0.3, §0.4). */
export function readActiveRuns(read: AirflowRead, shape: Shape): Promise<RunRow[]> {
  const select = `SELECT ${columns(shape)} FROM dag_run r`;
  return read.query<RunRow>(`${select} WHERE r.state = 'running' UNION ALL ${select} WHERE r.state = 'queued'`);
}

/** Runs with an id above `id`, oldest first, at most `limit`. */
export function readRunsAbove(read: AirflowRead, shape: Shape, id: number, limit: number): Promise<RunRow[]> {
  return read.query<RunRow>(`SELECT ${columns(shape)} FROM dag_run r WHERE r.id > $1 ORDER BY r.id LIMIT ${limit}`, [id]);
}

/** Runs with an id below `id`, newest first, at most `limit`: the way back in history. */
export function readRunsBelow(read: AirflowRead, shape: Shape, id: number, limit: number): Promise<RunRow[]> {
  return read.query<RunRow>(`SELECT ${columns(shape)} FROM dag_run r WHERE r.id < $1 ORDER BY r.id DESC LIMIT ${limit}`, [id]);
}

/** The runs of these ids that still exist. */
export async function readRunsById(read: AirflowRead, shape: Shape, ids: readonly number[]): Promise<RunRow[]> {
  if (ids.length === 0) return [];
  return read.query<RunRow>(`SELECT ${columns(shape)} FROM dag_run r WHERE r.id = ANY($1::int[])`, [ids]);
}

/** The runs of these keys that still exist. */
export async function readRunsByKey(read: AirflowRead, shape: Shape, keys: readonly RunKey[]): Promise<RunRow[]> {
  if (keys.length === 0) return [];
  return read.query<RunRow>(
    // OFFSET 0 keeps each key a look-up by index: for many of them the planner would join with the whole table.
    `SELECT ${columns(shape)} FROM unnest($1::text[], $2::text[]) k(d, r_id) CROSS JOIN LATERAL
     (SELECT ${innerColumns(shape)} FROM dag_run WHERE dag_id = k.d AND run_id = k.r_id OFFSET 0) r`,
    [keys.map(({ dagId }) => dagId), keys.map(({ runId }) => runId)],
  );
}

/** Run keys by logical date: before 2.9 the audit log names a run by its execution date only. */
export async function readRunKeysByDate(
  read: AirflowRead,
  shape: Shape,
  keys: readonly { dagId: string; logicalDate: Date }[],
): Promise<(RunKey & { logicalDate: Date })[]> {
  if (keys.length === 0) return [];
  const logical = shape.major === 3 ? 'logical_date' : 'execution_date';
  return read.query(
    `SELECT r.* FROM unnest($1::text[], $2::timestamptz[]) k(d, l) CROSS JOIN LATERAL
     (SELECT dag_id AS "dagId", run_id AS "runId", ${logical} AS "logicalDate" FROM dag_run WHERE dag_id = k.d AND ${logical} = k.l OFFSET 0) r`,
    [keys.map(({ dagId }) => dagId), keys.map(({ logicalDate }) => logicalDate)],
  );
}

/** The last `count` runs of each DAG by logical date, along the unique index on (dag_id, logical date). */
export async function readLastRuns(read: AirflowRead, shape: Shape, dagIds: readonly string[], count: number): Promise<RunRow[]> {
  if (dagIds.length === 0) return [];
  const logical = shape.major === 3 ? 'logical_date' : 'execution_date';
  return read.query<RunRow>(
    `SELECT ${columns(shape)} FROM unnest($1::text[]) k(d) CROSS JOIN LATERAL
     (SELECT ${innerColumns(shape)} FROM dag_run WHERE dag_id = k.d AND ${logical} IS NOT NULL ORDER BY ${logical} DESC LIMIT ${count}) r`,
    [dagIds],
  );
}

/** The largest run id, 0 without runs. */
export async function readMaxRunId(read: AirflowRead): Promise<number> {
  const [row] = await read.query<{ max: number | null }>('SELECT max(id) AS max FROM dag_run');
  return row?.max ?? 0;
}

// Named one by one: the role need not be allowed to see `conf`.
function innerColumns(shape: Shape): string {
  const logical = shape.major === 3 ? 'logical_date' : 'execution_date';
  const due = shape.has('dag_run', 'run_after') ? 'run_after' : 'data_interval_end';
  const clears = shape.has('dag_run', 'clear_number') ? ', clear_number' : '';
  const updated = shape.has('dag_run', 'updated_at') ? ', updated_at' : '';
  return `id, dag_id, run_id, run_type, state, ${logical}, ${due}, queued_at, start_date, end_date${clears}${updated}`;
}
