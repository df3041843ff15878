// What Airflow's own REST interface says about now: pools, health, import errors, DAGs, active work.
import type { Expected } from './compare.ts';
import type { Query } from './postgres.ts';
import { epochOf, isRow, rowsOf, textOf, type Json, type Rest, type Row } from './rest.ts';

type Labels = Record<string, string>;
const gauge = (name: string, labels: Labels, value: number, tolerance = 0): Expected => ({ name, labels, value, tolerance });
const names = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.map((item) => (isRow(item) ? textOf(item['name']) : textOf(item))) : [];

/** Heartbeats come every 2 s and are looked at every 2 s; two readings may lie this far apart. */
const HEARTBEAT_SECONDS = 8;

async function components(rest: Rest): Promise<Expected[]> {
  const health = await rest.get(rest.major === 2 ? '/health' : '/monitor/health');
  return ['scheduler', 'triggerer', 'dag_processor'].flatMap((component) => {
    const part = health[component];
    const row: Row = isRow(part) ? part : {};
    // Null: this Airflow has no such component (2.x parses in its scheduler).
    if (typeof row['status'] !== 'string') return [];
    const at = epochOf(row[`latest_${component}_heartbeat`]) ?? 0;
    return [
      gauge('airflow_component_up', { component }, row['status'] === 'healthy' ? 1 : 0),
      gauge('airflow_component_heartbeat_timestamp_seconds', { component }, at, HEARTBEAT_SECONDS),
    ];
  });
}

async function pools(rest: Rest): Promise<Expected[]> {
  return rowsOf(await rest.get('/pools'), 'pools').flatMap((pool) =>
    ['open', 'running', 'queued', 'scheduled', 'deferred'].map((state) =>
      gauge('airflow_pool_slots', { pool: textOf(pool['name']), state }, Number(pool[`${state}_slots`])),
    ),
  );
}

const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function dags(rest: Rest): Promise<Expected[]> {
  return rowsOf(await rest.get('/dags?limit=100'), 'dags').flatMap((dag) => {
    const labels = { dag_id: textOf(dag['dag_id']) };
    const next = epochOf(dag[rest.major === 2 ? 'next_dagrun_create_after' : 'next_dagrun_run_after']);
    const isPaused = dag['is_paused'] === true;
    const file = textOf(dag['relative_fileloc'] ?? dag['fileloc']);
    return [
      gauge('airflow_dag_paused', labels, isPaused ? 1 : 0),
      ...(next === null ? [] : [gauge('airflow_dag_next_run_timestamp_seconds', labels, next)]),
      gauge(
        'airflow_dag_info',
        {
          ...labels,
          dag_owner: names(dag['owners']).join(', '),
          schedule: scheduleOf(dag),
          tags: names(dag['tags']).toSorted(byCode).join(','),
          file,
        },
        1,
      ),
    ];
  });
}

/** 2.x tells an interval in numbers; the zoo's only one is written as 3.x writes it. */
function scheduleOf(dag: Row): string {
  const interval = dag['schedule_interval'];
  if (!isRow(interval)) return textOf(dag['timetable_summary']);
  if (interval['__type'] !== 'TimeDelta') return textOf(interval['value']);
  return interval['days'] === 1 && interval['seconds'] === 21_600 ? '1 day, 6:00:00' : JSON.stringify(interval);
}

async function assets(rest: Rest): Promise<Expected[]> {
  const [path, key, name] =
    rest.major === 2 ? ['/datasets/events', 'dataset_events', 'dataset_uri'] : ['/assets/events', 'asset_events', 'name'];
  const last = new Map<string, number>();
  for (const event of rowsOf(await rest.get(`${path}?limit=100`), key)) {
    const asset = textOf(event[name] ?? event['uri']);
    last.set(asset, Math.max(last.get(asset) ?? 0, epochOf(event['timestamp']) ?? 0));
  }
  return [...last].map(([asset, at]) => gauge('airflow_asset_last_event_timestamp_seconds', { asset }, at, 1e-6));
}

const UNFINISHED = ['running', 'queued', 'scheduled', 'deferred', 'up_for_retry', 'up_for_reschedule', 'restarting'];

/** What is active in the tables, for which REST has no sums. */
async function activity(query: Query): Promise<Expected[]> {
  const states = await query('SELECT state, count(*)::int AS count FROM task_instance GROUP BY state');
  const runs = await query(
    `SELECT d.dag_id AS dag, count(r.id) FILTER (WHERE r.state IN ('running', 'queued'))::int AS count FROM dag d LEFT JOIN dag_run r USING (dag_id) GROUP BY 1`,
  );
  const [queued] = await query(
    `SELECT coalesce(extract(epoch FROM min(queued_dttm)), 0)::float8 AS oldest FROM task_instance WHERE state = 'queued'`,
  );
  const oldest = Number(queued?.['oldest'] ?? 0);
  const inState = (wanted: string): number => Number(states.find(({ state }) => state === wanted)?.['count'] ?? 0);
  return [
    ...UNFINISHED.map((state) => gauge('airflow_task_instances', { state }, inState(state))),
    ...runs.map(({ dag, count }) => gauge('airflow_active_dag_runs', { dag_id: String(dag) }, Number(count))),
    gauge('airflow_task_queue_size', {}, inState('queued')),
    gauge('airflow_oldest_queued_task_timestamp_seconds', {}, oldest, 1e-3),
  ];
}

/** Deadlines of 3.1 and later, SLA misses of 2.x: neither is in REST. */
async function promises(rest: Rest, query: Query): Promise<Expected[]> {
  if (rest.major === 2) {
    const misses = await query(
      `SELECT dag_id AS dag, count(*)::int AS count FROM sla_miss WHERE execution_date > now() - interval '7 days' GROUP BY 1`,
    );
    return misses.map(({ dag, count }) => gauge('airflow_sla_misses', { dag_id: String(dag) }, Number(count)));
  }
  const columns = await query(
    `SELECT column_name FROM information_schema.columns WHERE table_name = 'deadline' AND column_name = 'missed'`,
  );
  const missed = columns.length > 0 ? 'd.missed' : 'd.callback_state IS NOT NULL';
  const deadlines = await query(
    `SELECT r.dag_id AS dag, CASE WHEN ${missed} THEN 'missed' WHEN d.deadline_time < now() THEN 'overdue' ELSE 'pending' END AS state, count(*)::int AS count
     FROM deadline d JOIN dag_run r ON r.id = d.dagrun_id GROUP BY 1, 2`,
  );
  return deadlines.map(({ dag, state, count }) =>
    gauge('airflow_deadlines', { dag_id: String(dag), state: String(state) }, Number(count)),
  );
}

/** Every gauge as Airflow itself tells it now. */
export async function expectedGauges(rest: Rest, query: Query): Promise<Expected[]> {
  const importErrors = await rest.get('/importErrors');
  return [
    gauge('airflow_up', {}, 1),
    gauge('airflow_import_errors', {}, Number(importErrors['total_entries'])),
    ...(await components(rest)),
    ...(await pools(rest)),
    ...(await dags(rest)),
    ...(await assets(rest)),
    ...(await activity(query)),
    ...(await promises(rest, query)),
  ];
}
