/** A row as PostgreSQL takes it from JSON: times are ISO texts, bytea is `\x…`. */
export type Row = Record<string, string | number | boolean | null | object>;

/** Where simulated rows go. `row` may be asked later, once for several changes of the same key. */
export interface Sink {
  insert(table: Table, key: string, row: () => Row): void;
  update(table: Table, key: string, row: () => Row): void;
  /** `row` needs the key columns only. */
  remove(table: Table, key: string, row: () => Row): void;
  /** What came before is committed before what comes after. */
  cut(): void;
}

/** Columns that identify a row, by table; parents come before children. */
export const tables = {
  dag_bundle: ['name'],
  dag: ['dag_id'],
  dag_tag: ['name', 'dag_id'],
  dag_owner_attributes: ['dag_id', 'owner'],
  dag_version: ['id'],
  serialized_dag: ['dag_id', 'dag_hash'],
  dag_code: ['fileloc'],
  asset: ['id'],
  asset_active: ['name', 'uri'],
  dag_schedule_asset_reference: ['asset_id', 'dag_id'],
  task_outlet_asset_reference: ['asset_id', 'dag_id', 'task_id'],
  dataset: ['id'],
  dag_schedule_dataset_reference: ['dataset_id', 'dag_id'],
  task_outlet_dataset_reference: ['dataset_id', 'dag_id', 'task_id'],
  deadline_alert: ['id'],
  slot_pool: ['pool'],
  import_error: ['id'],
  job: ['id'],
  dag_run: ['dag_id', 'run_id'],
  trigger: ['id'],
  task_instance: ['dag_id', 'run_id', 'task_id', 'map_index'],
  task_instance_history: ['dag_id', 'run_id', 'task_id', 'map_index', 'try_number'],
  task_fail: ['id'],
  task_reschedule: ['id'],
  log: ['id'],
  asset_event: ['id'],
  asset_dag_run_queue: ['asset_id', 'target_dag_id'],
  dagrun_asset_event: ['dag_run_id', 'event_id'],
  dataset_event: ['id'],
  dataset_dag_run_queue: ['dataset_id', 'target_dag_id'],
  dagrun_dataset_event: ['dag_run_id', 'event_id'],
  callback: ['id'],
  deadline: ['id'],
  sla_miss: ['task_id', 'dag_id', 'execution_date'],
} as const satisfies Record<string, readonly string[]>;

export type Table = keyof typeof tables;
export const tableOrder = Object.keys(tables) as Table[];

/** Tables whose rows are overwritten without a state worth seeing in between. */
export const restless: ReadonlySet<Table> = new Set<Table>(['dag', 'job', 'slot_pool', 'import_error']);

/** A time as Airflow's driver would write it. */
export const iso = (ms: number): string => new Date(ms).toISOString();
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
/** A time as Python's isoformat() writes it in run ids: no fraction when there is none. */
export const pythonIso = (ms: number): string =>
  new Date(ms)
    .toISOString()
    .replace(/\.(\d{3})Z$/, (_, fraction: string) => (fraction === '000' ? '+00:00' : `.${fraction}000+00:00`));
