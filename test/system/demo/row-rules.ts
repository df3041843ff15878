/** A rule that Airflow's rows keep: `sql` selects what breaks it. */
export interface RowRule {
  name: string;
  sql: string;
  /** Of this release alone. */
  only?: '3' | '2.11';
}

const instance = `concat_ws('/', ti.dag_id, ti.run_id, ti.task_id, ti.map_index, 'try', ti.try_number, ti.state)`;
/** A worker had it: what rules end never gets a host. */
const ran = `ti.hostname <> ''`;
/** Nobody has cleared, marked or stopped it: what a person does leaves fields of the try before. */
const untouched = `NOT EXISTS (SELECT FROM touched t WHERE t.dag_id = ti.dag_id AND t.run_id = ti.run_id)`;

/** Facts §2.3 to §2.7, §3, §4 and §6, as far as rows show them. A view `touched(dag_id, run_id)` names runs that people acted on. */
export const rowRules: readonly RowRule[] = [
  {
    name: 'a run that has ended has a start and an end after it, an open one has no end',
    sql: `SELECT concat_ws('/', dag_id, run_id, state) FROM dag_run r
          WHERE (state IN ('success', 'failed') AND (end_date IS NULL OR end_date < start_date))
             OR (state IN ('queued', 'running') AND end_date IS NOT NULL) OR (state = 'running' AND start_date < queued_at)
             OR (state = 'queued' AND start_date IS NOT NULL)`,
  },
  {
    name: 'a run that has ended holds no task that goes on',
    sql: `SELECT ${instance} FROM task_instance ti JOIN dag_run r USING (dag_id, run_id)
          WHERE r.state IN ('success', 'failed') AND ${untouched} AND r.dag_id <> 'nightly_scrape'
            AND (ti.state IS NULL OR ti.state NOT IN ('success', 'failed', 'skipped', 'upstream_failed'))`,
  },
  {
    name: 'the try number is 0 until a task is scheduled, and never above what it may be',
    sql: `SELECT ${instance} FROM task_instance ti
          WHERE try_number > max_tries + 1 OR (state IN ('scheduled', 'queued', 'running', 'deferred', 'up_for_retry', 'up_for_reschedule') AND try_number < 1)
             OR (state IN ('upstream_failed', 'skipped') AND NOT (${ran}) AND try_number <> 0 AND ${untouched})`,
  },
  {
    name: 'a task that failed for good had no try left, unless a person marked it',
    sql: `SELECT ${instance} FROM task_instance ti WHERE state = 'failed' AND try_number <> max_tries + 1 AND ${untouched}`,
  },
  {
    name: 'the history holds every earlier try once, and no later one',
    sql: `SELECT ${instance} FROM task_instance ti
          LEFT JOIN LATERAL (SELECT array_agg(h.try_number ORDER BY h.try_number) AS tries FROM task_instance_history h
            WHERE (h.dag_id, h.run_id, h.task_id, h.map_index) = (ti.dag_id, ti.run_id, ti.task_id, ti.map_index)) h ON true
          WHERE coalesce(h.tries, '{}') <> ARRAY(SELECT generate_series(1, CASE WHEN ti.state = 'up_for_retry' THEN ti.try_number ELSE ti.try_number - 1 END))
            AND ${untouched}`,
  },
  {
    name: 'the history calls every try failed that a retry followed, with an end and a duration',
    sql: `SELECT ${instance} FROM task_instance_history ti WHERE ${untouched} AND (state <> 'failed' OR end_date IS NULL OR abs(duration - extract(epoch FROM end_date - start_date)) > 0.01)`,
  },
  {
    name: 'every new try has a new UUID, made later than that of the try before',
    only: '3',
    sql: `SELECT ${instance} FROM task_instance ti JOIN task_instance_history h
            ON (h.dag_id, h.run_id, h.task_id, h.map_index) = (ti.dag_id, ti.run_id, ti.task_id, ti.map_index)
          WHERE h.task_instance_id::text >= ti.id::text OR substring(ti.id::text, 15, 1) <> '7'`,
  },
  {
    name: 'a worker writes start, host and process, and the end when it is done',
    sql: `SELECT ${instance} FROM task_instance ti
          WHERE (state = 'running' AND (start_date IS NULL OR end_date IS NOT NULL OR NOT (${ran}) OR pid IS NULL))
             OR (state IN ('success', 'failed') AND (end_date IS NULL OR end_date < start_date OR abs(duration - extract(epoch FROM end_date - start_date)) > 0.01))`,
  },
  {
    name: 'an EmptyOperator never reaches a worker: no host, no audit row, no time between start and end',
    sql: `SELECT ${instance} FROM task_instance ti WHERE operator = 'EmptyOperator' AND state = 'success'
            AND (${ran} OR start_date <> end_date OR duration <> 0 OR EXISTS (SELECT FROM log l WHERE l.run_id = ti.run_id AND l.dag_id = ti.dag_id AND l.task_id = ti.task_id AND l.event IN ('running', 'success')))
            AND ${untouched}`,
  },
  {
    name: 'what a rule ended has no audit row of a try',
    sql: `SELECT ${instance} FROM task_instance ti JOIN log l ON l.dag_id = ti.dag_id AND l.run_id = ti.run_id AND l.task_id = ti.task_id AND l.map_index = ti.map_index
          WHERE ti.state IN ('upstream_failed', 'skipped') AND NOT (${ran}) AND ${untouched}`,
  },
  {
    name: 'the audit table has a row for the start of every try',
    sql: `SELECT ${instance} FROM (SELECT dag_id, run_id, task_id, map_index, try_number, hostname, state FROM task_instance WHERE state <> 'queued' AND state <> 'scheduled'
            UNION ALL SELECT dag_id, run_id, task_id, map_index, try_number, hostname, state FROM task_instance_history) ti
          WHERE ${ran} AND ${untouched} AND NOT EXISTS (SELECT FROM log l WHERE l.dag_id = ti.dag_id AND l.run_id = ti.run_id AND l.task_id = ti.task_id
            AND l.map_index = ti.map_index AND l.try_number = ti.try_number AND l.event = 'running')`,
  },
  {
    name: 'the audit table has one row for the end of every try that ended by itself',
    sql: `SELECT ${instance} FROM task_instance ti WHERE state IN ('success', 'failed') AND ${ran} AND ${untouched} AND (SELECT count(*) FROM log l WHERE l.dag_id = ti.dag_id
            AND l.run_id = ti.run_id AND l.task_id = ti.task_id AND l.map_index = ti.map_index AND l.try_number = ti.try_number AND l.event IN ('success', 'failed', 'skipped')) <> 1`,
  },
  {
    name: 'a deferred task has its trigger, every trigger its deferred task',
    sql: `SELECT ${instance} FROM task_instance ti LEFT JOIN trigger t ON t.id = ti.trigger_id WHERE ti.state = 'deferred' AND (t.id IS NULL OR ti.next_method IS NULL)
          UNION ALL SELECT 'trigger ' || t.id FROM trigger t LEFT JOIN task_instance ti ON ti.trigger_id = t.id AND ti.state = 'deferred' WHERE ti.task_id IS NULL`,
  },
  {
    name: 'a sensor that waits again has the poke that said so, and pokes follow each other',
    only: '3',
    sql: `SELECT ${instance} FROM task_instance ti WHERE state = 'up_for_reschedule' AND NOT EXISTS (SELECT FROM task_reschedule p WHERE p.ti_id = ti.id AND p.end_date = ti.end_date)
          UNION ALL SELECT 'poke ' || id FROM task_reschedule WHERE NOT (start_date < end_date AND end_date < reschedule_date)
          UNION ALL SELECT 'poke of nothing ' || p.id FROM task_reschedule p LEFT JOIN task_instance ti ON ti.id = p.ti_id WHERE ti.id IS NULL`,
  },
  {
    name: 'a sensor that waits again has the poke that said so',
    only: '2.11',
    sql: `SELECT ${instance} FROM task_instance ti WHERE state = 'up_for_reschedule' AND NOT EXISTS (SELECT FROM task_reschedule p
            WHERE p.dag_id = ti.dag_id AND p.run_id = ti.run_id AND p.task_id = ti.task_id AND p.map_index = ti.map_index AND p.try_number = ti.try_number AND p.end_date = ti.end_date)`,
  },
  {
    name: 'a mapped task is expanded from 0 on without a gap, or not yet',
    sql: `SELECT dag_id || run_id || task_id FROM task_instance GROUP BY dag_id, run_id, task_id HAVING min(map_index) < 0 AND count(*) > 1 OR min(map_index) >= 0 AND max(map_index) <> count(*) - 1`,
  },
  {
    name: 'every failed try has its row of its own',
    only: '2.11',
    sql: `SELECT concat_ws('/', ti.dag_id, ti.run_id, ti.task_id, ti.map_index) FROM (
            SELECT dag_id, run_id, task_id, map_index, count(*) AS n FROM (
              SELECT dag_id, run_id, task_id, map_index FROM task_instance_history WHERE state = 'failed'
              UNION ALL SELECT dag_id, run_id, task_id, map_index FROM task_instance WHERE state = 'failed') f GROUP BY 1, 2, 3, 4) ti
          WHERE ${untouched} AND n <> (SELECT count(*) FROM task_fail f WHERE f.dag_id = ti.dag_id AND f.run_id = ti.run_id AND f.task_id = ti.task_id AND f.map_index = ti.map_index)`,
  },
  {
    name: 'the job of a running task runs, and of every other it has ended',
    only: '2.11',
    sql: `SELECT ${instance} FROM task_instance ti LEFT JOIN job j ON j.id = ti.job_id WHERE (ti.state = 'running') <> (coalesce(j.state, '') = 'running') AND ${untouched}`,
  },
  {
    name: 'a deadline that was met leaves no row, one that is pending lies ahead',
    only: '3',
    sql: `SELECT r.run_id FROM deadline d JOIN dag_run r ON r.id = d.dagrun_id
          WHERE NOT d.missed AND (r.state IN ('success', 'failed') OR d.deadline_time < (SELECT max(latest_heartbeat) - interval '1 minute' FROM job))
             OR d.missed AND r.end_date < d.deadline_time`,
  },
  {
    name: 'no pool holds more than its slots',
    sql: `SELECT p.pool FROM slot_pool p JOIN task_instance ti ON ti.pool = p.pool
          WHERE ti.state IN ('running', 'queued') OR ti.state = 'deferred' AND p.include_deferred GROUP BY p.pool, p.slots HAVING sum(ti.pool_slots) > p.slots`,
  },
  {
    name: 'no DAG runs more often at once than it may',
    sql: `SELECT r.dag_id FROM dag_run r JOIN dag d USING (dag_id) WHERE r.state = 'running' GROUP BY r.dag_id, d.max_active_runs HAVING count(*) > d.max_active_runs`,
  },
  {
    name: 'a scheduled run starts after it was due',
    sql: `SELECT run_id FROM dag_run WHERE run_type = 'scheduled' AND queued_at < data_interval_end AND run_id NOT IN (SELECT run_id FROM touched)`,
  },
];
