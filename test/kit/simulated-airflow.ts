import { randomUUID } from 'node:crypto';
import { connectAirflow, type AirflowDatabase } from '../../src/airflow/connect.ts';
import { probe, type Shape } from '../../src/airflow/probe.ts';
import { collect, type Collected } from '../../src/collect/collect.ts';
import type { Known } from '../../src/collect/known.ts';
import { newMemory, type CollectMemory } from '../../src/collect/memory.ts';
import type { Transition } from '../../src/collect/transition.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { TestDatabase } from './database.ts';

export type Row = Record<string, unknown>;

interface Column {
  name: string;
  type: string;
  required: boolean;
}

/** What a required column gets when the test does not care. */
function filler(type: string): unknown {
  if (type === 'uuid') return randomUUID();
  if (type === 'boolean') return false;
  if (type.startsWith('timestamp')) return new Date().toISOString();
  if (type.startsWith('json')) return {};
  return /^(integer|bigint|double precision)$/.test(type) ? 0 : '';
}

const columnsOf = (database: Pick<TestDatabase, 'query'>, table: string): Promise<Column[]> =>
  database.query<Column>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type, attnotnull AND NOT atthasdef AS required
     FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [table],
  );

/** Writes rows into a simulated Airflow. Columns that this release has not are left out, so both names of a renamed one may be given. */
export async function insertRows(database: Pick<TestDatabase, 'query'>, table: string, rows: readonly Row[]): Promise<void> {
  const columns = await columnsOf(database, table);
  const used = columns.filter(({ name, required }) => required || rows.some((row) => name in row));
  const names = used.map(({ name }) => `"${name}"`).join(', ');
  const filled = rows.map((row) =>
    Object.fromEntries(used.map(({ name, type, required }) => [name, row[name] ?? (required ? filler(type) : null)])),
  );
  await database.query(`INSERT INTO ${table} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::${table}, $1)`, [
    JSON.stringify(filled),
  ]);
}

const fillerSql = (type: string): string => {
  if (type === 'uuid') return 'gen_random_uuid()';
  if (type === 'boolean') return 'false';
  if (type.startsWith('timestamp')) return 'now()';
  if (type.startsWith('json')) return `'{}'`;
  return /^(integer|bigint|double precision)$/.test(type) ? '0' : `''`;
};

/** Fills a table with many rows in the database itself: SQL by column, in which `i` counts from 1. */
export async function fillRows(
  database: TestDatabase,
  table: string,
  count: number,
  values: Record<string, string>,
): Promise<void> {
  const columns = (await columnsOf(database, table)).filter(({ name, required }) => required || name in values);
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const expressions = columns.map(({ name, type }) => values[name] ?? fillerSql(type)).join(', ');
  await database.query(`INSERT INTO ${table} (${names}) SELECT ${expressions} FROM generate_series(1, ${count}) i`);
  await database.query(`ANALYZE ${table}`);
}

/** A DAG that Airflow has. */
export async function insertDag(database: Pick<TestDatabase, 'query'>, dagId: string): Promise<void> {
  const [bundles] = await database.query<{ there: boolean }>(`SELECT to_regclass('dag_bundle') IS NOT NULL AS there`);
  if (bundles?.there === true)
    await database.query(`INSERT INTO dag_bundle (name, active) VALUES ('dags', true) ON CONFLICT DO NOTHING`);
  await insertRows(database, 'dag', [
    {
      dag_id: dagId,
      is_active: true,
      is_stale: false,
      is_paused: false,
      fileloc: `${dagId}.py`,
      bundle_name: 'dags',
      max_active_tasks: 16,
    },
  ]);
}

/** Empties what tests write to: cheaper than another database. */
export async function emptyAirflow(database: TestDatabase): Promise<void> {
  const tables = await database.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
     AND relname IN ('dag_run', 'log', 'serialized_dag', 'dag_version', 'deadline', 'sla_miss', 'import_error', 'dag', 'slot_pool', 'job') ORDER BY relname = 'dag'`,
  );
  for (const { name } of tables) await database.query(`DELETE FROM ${name}`);
}

const iso = (date: unknown): unknown => (date instanceof Date ? date.toISOString() : date);

/** A run of DAG `etl` that was due an hour ago and is running. */
export function runRow(id: number, over: Row = {}): Row {
  const due = new Date(Date.now() - 3_600_000 + id * 1000).toISOString();
  return {
    id,
    dag_id: 'etl',
    run_id: `run_${id}`,
    run_type: 'manual',
    state: 'running',
    execution_date: due,
    logical_date: due,
    run_after: due,
    data_interval_end: due,
    queued_at: due,
    start_date: due,
    clear_number: 0,
    ...over,
  };
}

/** A task instance of `runRow(id)`: task `load`, first try, running. */
export function taskRow(runId: number, over: Row = {}): Row {
  return {
    dag_id: 'etl',
    run_id: `run_${runId}`,
    task_id: 'load',
    map_index: -1,
    state: 'running',
    try_number: 1,
    max_tries: 0,
    start_date: new Date(Date.now() - 60_000).toISOString(),
    pool: 'default_pool',
    pool_slots: 1,
    queue: 'default',
    operator: 'PythonOperator',
    updated_at: new Date().toISOString(),
    ...Object.fromEntries(Object.entries(over).map(([name, value]) => [name, iso(value)])),
  };
}

/** The same, ended a moment ago. */
export const endedTask = (runId: number, state: string, over: Row = {}): Row =>
  taskRow(runId, { state, end_date: new Date(), duration: 60, ...over });

export interface Observer extends AsyncDisposable {
  airflow: AirflowDatabase;
  shape: Shape;
  known: Known;
  memory: CollectMemory;
  /** One cycle's look. */
  look(): Promise<Collected>;
}

/** Looks at a simulated Airflow as a leader does, with nothing of a store. */
export async function observe(
  url: string,
  { budgetMs = 5000, transactionTimeoutMs = 5000, wrap = (airflow: AirflowDatabase) => airflow } = {},
): Promise<Observer> {
  const airflow = wrap(connectAirflow({ url, connectTimeoutMs: 5000, transactionTimeoutMs, clock: systemClock }));
  const shape = await airflow.read(probe);
  const known: Known = { watermarks: null, runs: new Map(), dags: new Map() };
  const memory = newMemory();
  const thresholds = { schedulerMs: 30_000, triggererMs: 30_000, dagProcessorMs: 30_000 };
  return {
    airflow,
    shape,
    known,
    memory,
    look: () => collect(airflow, known, { shape, thresholds, memory, clock: systemClock, budgetMs }),
    [Symbol.asyncDispose]: () => airflow.close(),
  };
}

/** Transitions in short: `success load#1`, `run failed`, `marked success load`. */
export const told = (transitions: readonly Transition[]): string[] =>
  transitions.map((transition) => {
    switch (transition.kind) {
      case 'attempt':
        return `${transition.outcome} ${transition.taskId}#${transition.tryNumber}`;
      case 'entered':
        return `${transition.state} ${transition.taskId}`;
      case 'marked':
        return `marked ${transition.state} ${transition.taskId}`;
      case 'run_started':
        return 'run started';
      case 'run_ended':
        return `run ${transition.state}${transition.byPerson ? ' by a person' : ''}`;
    }
  });
