import type { TestDatabase } from './database.ts';

const fillers: Record<string, string> = {
  uuid: 'gen_random_uuid()',
  boolean: 'false',
  json: "'{}'",
  jsonb: "'{}'",
  integer: '0',
  bigint: '0',
  'double precision': '0',
  'character varying': "''",
  text: "''",
  bytea: "''",
  'timestamp with time zone': 'now()',
};

export type RowValues = Record<string, string | number | boolean | Date | null>;

/** Writes rows as Airflow would have them on any release: what the release wants and the test does not care for is filled in. */
export async function insertRows(
  database: Pick<TestDatabase, 'query'>,
  table: string,
  rows: readonly RowValues[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = await database.query<{ name: string; type: string; wanted: boolean }>(
    `SELECT column_name AS name, data_type AS type, is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AS wanted
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1`,
    [table],
  );
  const known = new Set(columns.map(({ name }) => name));
  const given = Object.keys(first).filter((name) => known.has(name));
  const filled = columns.filter(({ name, wanted }) => wanted && !given.includes(name));
  const names = [...given, ...filled.map(({ name }) => name)].map((name) => `"${name}"`).join(', ');
  const values = [...given.map((name) => `r."${name}"`), ...filled.map(({ type }) => fillers[type] ?? 'NULL')].join(', ');
  await database.query(`INSERT INTO ${table} (${names}) SELECT ${values} FROM json_populate_recordset(NULL::${table}, $1) r`, [
    JSON.stringify(rows),
  ]);
}

export interface RunSpec {
  id: number;
  dagId: string;
  runId?: string;
  state: string;
  startDate?: Date | null;
  endDate?: Date | null;
}

/** A row of `dag_run`: 3.x and 2.x name the same things differently, and what a release lacks is left out. */
export function runRow({ id, dagId, runId = `manual__${id}`, state, startDate = null, endDate = null }: RunSpec): RowValues {
  const logical = new Date(Date.UTC(2026, 0, 1) + id * 1000);
  const written = endDate ?? startDate ?? new Date();
  return {
    id,
    dag_id: dagId,
    run_id: runId,
    state,
    run_type: 'manual',
    logical_date: logical,
    execution_date: logical,
    run_after: logical,
    queued_at: startDate,
    start_date: startDate,
    end_date: endDate,
    updated_at: written,
    clear_number: 0,
  };
}

export interface TaskSpec {
  dagId: string;
  runId: string;
  taskId: string;
  mapIndex?: number;
  state: string | null;
  tryNumber?: number;
  maxTries?: number;
  startDate?: Date | null;
  endDate?: Date | null;
}

/** A row of `task_instance`. */
export function taskRow({
  dagId,
  runId,
  taskId,
  mapIndex = -1,
  state,
  tryNumber = 1,
  maxTries = 0,
  startDate = null,
  endDate = null,
}: TaskSpec): RowValues {
  return {
    dag_id: dagId,
    run_id: runId,
    task_id: taskId,
    map_index: mapIndex,
    state,
    try_number: tryNumber,
    max_tries: maxTries,
    start_date: startDate,
    end_date: endDate,
    duration: startDate && endDate ? (endDate.getTime() - startDate.getTime()) / 1000 : null,
    queued_dttm: startDate,
    updated_at: endDate ?? startDate ?? new Date(),
    pool: 'default_pool',
    pool_slots: 1,
    queue: 'default',
  };
}

/** DAGs of one bundle, none of them paused. */
export async function insertDags(database: TestDatabase, dagIds: readonly string[]): Promise<void> {
  await insertRows(database, 'dag_bundle', [{ name: 'dags' }]);
  await insertRows(
    database,
    'dag',
    dagIds.map((id) => ({
      dag_id: id,
      bundle_name: 'dags',
      is_paused: false,
      is_stale: false,
      owners: 'data',
      fileloc: `${id}.py`,
    })),
  );
}
