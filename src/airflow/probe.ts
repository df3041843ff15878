import { AppError } from '../lib/errors.ts';
import type { AirflowRead } from './connect.ts';

/** What this Airflow's schema offers to us. Columns decide; the revision only names it (facts §1). */
export interface Shape {
  schema: string;
  revision: string;
  /** For people: `3.3`, `2.10.3 to 2.11`, or `3.3 or near (revision …)`. */
  version: string;
  /** True when the revision is in none of the releases we know. */
  unknownRevision: boolean;
  major: 2 | 3;
  /** From 2.10 a try is numbered when it is scheduled; before, when it starts to run (facts §2.4). */
  triesCountFromScheduling: boolean;
  /** True when the table exists and each named column may be read. */
  has(table: string, ...columns: string[]): boolean;
  /** Tables that exist and may not be read, wholly or in a column that we use. */
  denied: { table: string; columns: string[] }[];
}

/** Columns that we read, by table: the probe and the grants in docs/airflow-role.sql speak of these only. */
export const columnsRead: Record<string, string[]> = {
  alembic_version: ['version_num'],
  dag: [
    'dag_id',
    'is_paused',
    'is_active',
    'is_stale',
    'owners',
    'schedule_interval',
    'timetable_summary',
    'timetable_description',
    'next_dagrun',
    'next_dagrun_create_after',
    'has_import_errors',
    'last_parsed_time',
    'fileloc',
    'relative_fileloc',
    'bundle_name',
    'max_active_runs',
  ],
  dag_tag: ['name', 'dag_id'],
  dag_run: [
    'id',
    'dag_id',
    'run_id',
    'run_type',
    'state',
    'queued_at',
    'start_date',
    'end_date',
    'execution_date',
    'logical_date',
    'run_after',
    'data_interval_end',
    'clear_number',
    'updated_at',
    'log_template_id',
    'dag_hash',
  ],
  log_template: ['id', 'filename'],
  task_instance: [
    'id',
    'dag_id',
    'run_id',
    'task_id',
    'map_index',
    'state',
    'try_number',
    'max_tries',
    'start_date',
    'end_date',
    'duration',
    'queued_dttm',
    'scheduled_dttm',
    'queue',
    'pool',
    'pool_slots',
    'operator',
    'hostname',
    'updated_at',
    'executor',
    'last_heartbeat_at',
    'dag_version_id',
  ],
  task_instance_note: ['ti_id', 'dag_id', 'run_id', 'task_id', 'map_index', 'content'],
  task_instance_history: [
    'dag_id',
    'run_id',
    'task_id',
    'map_index',
    'state',
    'try_number',
    'max_tries',
    'start_date',
    'end_date',
    'duration',
    'queued_dttm',
    'queue',
    'pool',
    'operator',
    'hostname',
    'updated_at',
  ],
  task_fail: ['dag_id', 'run_id', 'task_id', 'map_index', 'start_date', 'end_date', 'duration'],
  log: [
    'id',
    'dttm',
    'event',
    'dag_id',
    'task_id',
    'run_id',
    'execution_date',
    'map_index',
    'try_number',
    'owner',
    'owner_display_name',
  ],
  job: ['id', 'job_type', 'state', 'latest_heartbeat', 'hostname'],
  slot_pool: ['pool', 'slots', 'include_deferred'],
  import_error: ['id', 'timestamp', 'filename', 'stacktrace', 'bundle_name'],
  serialized_dag: ['dag_id', 'dag_hash', 'data', 'data_compressed', 'dag_version_id', 'last_updated'],
  dag_version: ['id', 'dag_id', 'version_number', 'bundle_version', 'created_at'],
  deadline: ['id', 'dagrun_id', 'deadline_time', 'missed', 'callback_state'],
  sla_miss: ['dag_id', 'task_id', 'execution_date', 'timestamp'],
  dataset: ['id', 'uri', 'is_orphaned'],
  dataset_event: ['dataset_id', 'timestamp'],
  asset: ['id', 'name', 'uri'],
  asset_active: ['name', 'uri'],
  asset_event: ['asset_id', 'timestamp'],
};

const releases: Record<string, string> = {
  '405de8318b3a': '2.7',
  '10b52ebd31f7': '2.8.0',
  '88344c1d9134': '2.8',
  '1949afb29106': '2.9.0 to 2.9.1',
  '686269002441': '2.9',
  '22ed7efa9da2': '2.10.0 to 2.10.2',
  '5f2621c13b39': '2.10.3 to 2.11',
  '29ce7909c52b': '3.0.0 to 3.0.2',
  fe199e1abd77: '3.0',
  cc92b33c6709: '3.1.0 to 3.1.7',
  '509b94a1042d': '3.1',
  '1d6611b6ab7c': '3.2',
  d2f4e1b3c5a7: '3.3',
};

interface ColumnRow {
  table: string;
  column: string;
  readable: boolean;
}

// pg_catalog and not information_schema, which hides what the role may not read: we want to name it.
const columnsSql = `
  SELECT c.relname AS "table", a.attname AS "column", has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relnamespace = $1::regnamespace AND c.relname = ANY($2) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;

/** Reads the catalogue once. Throws CONFIG when this is no Airflow, UNSUPPORTED when it is older than 2.7. */
export async function probe(read: AirflowRead): Promise<Shape> {
  const [home] = await read.query<{ schema: string | null }>(
    `SELECT quote_ident(n.nspname) AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass('dag_run')`,
  );
  if (!home?.schema) {
    throw new AppError(
      'CONFIG',
      'This database holds no Airflow (there is no table dag_run); check the database in airflow.database_url, or set airflow.schema',
    );
  }
  const rows = await read.query<ColumnRow>(columnsSql, [home.schema, Object.keys(columnsRead)]);
  const shape = shapeOf(home.schema, rows, '');
  if (
    !shape.has('dag_run', 'id', 'dag_id', 'run_id', 'state') ||
    !shape.has('task_instance', 'dag_id', 'run_id', 'task_id', 'state')
  ) {
    const denied = shape.denied.find(({ table }) => table === 'dag_run' || table === 'task_instance');
    if (denied)
      throw new AppError(
        'DENIED',
        `The role may not read ${denied.table} (${denied.columns.join(', ')}); grant it with docs/airflow-role.sql`,
      );
    throw new AppError('UNSUPPORTED', 'This Airflow is too old: Windsock reads 2.7 and later');
  }
  if (!shape.has('task_instance', 'updated_at'))
    throw new AppError('UNSUPPORTED', 'This Airflow is too old: Windsock reads 2.7 and later');
  const revision = shape.has('alembic_version', 'version_num') ? await readRevision(read) : '';
  return shapeOf(home.schema, rows, revision);
}

/** The schema's revision: a cheap way to see that Airflow was upgraded under us. */
export async function readRevision(read: AirflowRead): Promise<string> {
  const [row] = await read.query<{ version_num: string }>('SELECT version_num FROM alembic_version');
  return row?.version_num ?? '';
}

/** The shape that catalogue rows describe; pure. */
function shapeOf(schema: string, rows: readonly ColumnRow[], revision: string): Shape {
  const readable = new Map<string, Set<string>>();
  const denied = new Map<string, string[]>();
  for (const { table, column, readable: may } of rows) {
    if (!readable.has(table)) readable.set(table, new Set());
    if (may) readable.get(table)?.add(column);
    else if (columnsRead[table]?.includes(column)) denied.set(table, [...(denied.get(table) ?? []), column]);
  }
  const has = (table: string, ...columns: string[]) =>
    columns.every((column) => readable.get(table)?.has(column)) && (readable.get(table)?.size ?? 0) > 0;
  // Existence decides the version, whether we may read the column or not.
  const exists = (table: string, column?: string) =>
    rows.some((row) => row.table === table && (column === undefined || row.column === column));
  const major = exists('task_instance', 'id') ? 3 : 2;
  return {
    schema,
    revision,
    version: releases[revision] ?? guessVersion(exists, major, revision),
    unknownRevision: revision !== '' && !(revision in releases),
    major,
    triesCountFromScheduling: exists('task_instance_history'),
    has,
    denied: [...denied].map(([table, columns]) => ({ table, columns })),
  };
}

/** The minor version by what it brought (facts §1.1), where the revision is none that we know. */
function guessVersion(exists: (table: string, column?: string) => boolean, major: 2 | 3, revision: string): string {
  const name = (version: string) => (revision ? `${version} or near (revision ${revision})` : version);
  if (major === 2) {
    if (exists('task_instance_history')) return name('2.10');
    if (exists('dag', 'dag_display_name')) return name('2.9');
    return name(exists('dag_run', 'clear_number') ? '2.8' : '2.7');
  }
  if (exists('task_instance', 'retry_reason')) return name('3.3');
  if (exists('deadline', 'missed')) return name('3.2');
  return name(exists('dag_run', 'triggering_user_name') ? '3.1' : '3.0');
}
