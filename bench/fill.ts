import pg from 'pg';
import { readSchema } from '../src/demo/schema.ts';
import { formatSize } from './line.ts';
import type { BenchPostgres } from './postgres.ts';
import { dagIdOf, taskIdOf } from './world.ts';

/** Hourly runs of 200 DAGs with 10 tasks each: only the length of the history differs. */
export const dagCount = 200;
export const tasksPerDag = 10;
const runsPerChunk = 50;

/** One finished run of each DAG an hour, newest last. Ids count up to 0: the simulator's own begin at 1. */
const runsSql = `
  INSERT INTO dag_run (id, dag_id, queued_at, logical_date, start_date, end_date, state, run_id, creating_job_id, run_type, triggered_by, conf,
    data_interval_start, data_interval_end, run_after, last_scheduling_decision, log_template_id, created_at, updated_at, clear_number, scheduled_by_job_id,
    context_carrier)
  SELECT -((n.hours_ago - 1) * $3 + $3 - d.ordinal), d.dag_id, at, at, at + interval '1 s', at + interval '31 min', CASE WHEN random() < 0.03 THEN 'failed' ELSE 'success' END,
    'scheduled__' || to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS+00:00'), 1, 'scheduled', 'TIMETABLE', '{}', at, at, at, at + interval '31 min', 2, at, at + interval '31 min',
    0, 1, '{}'
  FROM generate_series($4::int, $5::int, -1) n(hours_ago) CROSS JOIN unnest($1::text[]) WITH ORDINALITY d(dag_id, ordinal)
    CROSS JOIN LATERAL (SELECT $2::timestamptz - n.hours_ago * interval '1 hour' + d.ordinal * interval '18 s' AS at) t
  ORDER BY n.hours_ago DESC, d.ordinal`;

/** The task instances of those runs, as a Celery worker leaves them. */
const tasksSql = `
  INSERT INTO task_instance (id, task_id, dag_id, run_id, map_index, start_date, end_date, duration, state, try_number, max_tries, hostname, unixname, pool, pool_slots,
    queue, priority_weight, operator, queued_dttm, scheduled_dttm, queued_by_job_id, last_heartbeat_at, pid, executor_config, updated_at, context_carrier,
    external_executor_id, task_display_name)
  SELECT uuidv7(r.start_date - now()), t.task_id, r.dag_id, r.run_id, -1, x.at, x.at + x.seconds * interval '1 s', x.seconds,
    CASE WHEN x.luck < 0.97 THEN 'success' WHEN x.luck < 0.98 THEN 'failed' WHEN x.luck < 0.995 THEN 'upstream_failed' ELSE 'skipped' END,
    1, 1, 'airflow-worker-' || t.ordinal % 3 || '.airflow-worker', 'airflow', 'default_pool', 1, 'default', 1, 'PythonOperator', x.at - interval '2 s',
    x.at - interval '3 s', 1, x.at + x.seconds * interval '1 s', 1000 + t.ordinal, '\\x80057d942e', x.at + x.seconds * interval '1 s', '{}',
    gen_random_uuid()::text, t.task_id
  FROM dag_run r CROSS JOIN unnest($1::text[]) WITH ORDINALITY t(task_id, ordinal)
    CROSS JOIN LATERAL (SELECT r.start_date + t.ordinal * interval '180 s' AS at, 170 * exp(0.3 * random_normal()) AS seconds, random() AS luck) x
  WHERE r.id BETWEEN $2 AND $3 ORDER BY r.id, t.ordinal`;

/** An audit row of each run. */
const logSql = `
  INSERT INTO log (id, dttm, dag_id, task_id, map_index, event, logical_date, run_id, owner, try_number)
  SELECT id, start_date, dag_id, $1, -1, 'running', logical_date, run_id, 'airflow', 1 FROM dag_run WHERE id BETWEEN $2 AND $3 ORDER BY id`;

/** Loads the schema of Airflow 3 and a history of `instances` finished task instances that ends at `end`. */
async function fill(url: string, instances: number, end: Date, say: (text: string) => void): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const schema = await readSchema('3');
    const hours = Math.max(1, Math.round(instances / (dagCount * tasksPerDag)));
    const dagIds = Array.from({ length: dagCount }, (_, index) => dagIdOf(index));
    const taskIds = Array.from({ length: tasksPerDag }, (_, index) => taskIdOf(index));
    // In one transaction with the tables' creation: then rows need no write-ahead log.
    await client.query('BEGIN');
    await client.query(schema.before);
    await client.query('SELECT setseed(0.42)');
    for (let from = hours; from >= 1; from -= runsPerChunk) {
      const to = Math.max(1, from - runsPerChunk + 1);
      const [low, high] = [-(from * dagCount - 1), -((to - 1) * dagCount)];
      await client.query(runsSql, [dagIds, end, dagCount, from, to]);
      await client.query(tasksSql, [taskIds, low, high]);
      await client.query(logSql, [taskIds[0], low, high]);
      const done = hours - to + 1;
      if (to === 1 || Math.floor((done * 10) / hours) > Math.floor(((done - runsPerChunk) * 10) / hours))
        say(`${Math.round((100 * done) / hours)} % of ${formatSize(instances)} task instances written`);
    }
    say('building the indexes that Airflow has');
    await client.query(schema.after);
    await client.query('COMMIT');
    say('vacuum, analyze');
    await client.query('VACUUM (ANALYZE, FREEZE)');
  } finally {
    await client.end();
  }
}

/**
 * A database with `instances` finished task instances, ready for the simulator to go on in. With `kept` the history is
 * filled once and copied; returns the database's name.
 */
export async function filledDatabase(
  postgres: BenchPostgres,
  { instances, kept, end, say }: { instances: number; kept: boolean; end: Date; say: (text: string) => void },
): Promise<string> {
  const history = `history_${formatSize(instances)}`;
  const found = await postgres.admin(`SELECT 1 FROM pg_database WHERE datname = '${history}'`);
  if (found.length === 0) {
    await postgres.admin('DROP DATABASE IF EXISTS filling WITH (FORCE)');
    await fill(await postgres.databaseUrl('filling'), instances, end, say);
    await postgres.admin(`ALTER DATABASE filling RENAME TO ${history}`);
  }
  if (!kept) return history;
  const copy = `bench_${formatSize(instances)}`;
  say(`copying the kept history of ${formatSize(instances)}`);
  await postgres.admin(`DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`);
  await postgres.admin(`CREATE DATABASE ${copy} TEMPLATE ${history} STRATEGY FILE_COPY`);
  return copy;
}
