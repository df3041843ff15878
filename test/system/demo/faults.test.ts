import { expect, test } from 'vitest';
import type { FaultKind } from '../../../src/demo/config.ts';
import { createSimulation, type Simulation } from '../../../src/demo/simulation.ts';
import { createDatabase, type TestDatabase } from '../../kit/database.ts';

const start = new Date('2026-03-02T10:00:00Z');
const faultMinutes = 8;

const step = (simulation: Simulation, minutes: number): Promise<void> =>
  simulation.step(new Date(simulation.now().getTime() + minutes * 60_000));

/** What a fault shows in the rows shortly before its end ($1 is its begin, $2 that moment): each answers true. */
const signs: Record<FaultKind, string> = {
  slow: `SELECT min(duration) > 20 FROM task_instance WHERE dag_id = 'price_feed' AND task_id = 'publish_prices' AND state = 'success' AND start_date BETWEEN $1 AND $2`,
  fail: `SELECT count(*) > 5 AND bool_and(state IN ('failed', 'up_for_retry', 'running', 'queued', 'scheduled')) FROM task_instance WHERE dag_id = 'stock_levels' AND task_id = 'read_tills' AND queued_dttm BETWEEN $1 AND $2`,
  stuck: `SELECT count(*) > 0 AND min(queued_dttm) < $2::timestamptz - interval '5 minutes' FROM task_instance WHERE dag_id = 'price_feed' AND state = 'queued' AND queued_dttm >= $1`,
  late: `SELECT next_dagrun_create_after < $2::timestamptz - interval '5 minutes' AND NOT EXISTS (SELECT FROM dag_run WHERE dag_id = 'stock_levels' AND queued_at > $1::timestamptz + interval '5 seconds') FROM dag WHERE dag_id = 'stock_levels'`,
  surge: `SELECT count(DISTINCT dag_id) > 2 FROM (SELECT dag_id, end_date FROM task_instance WHERE state = 'failed' UNION ALL SELECT dag_id, end_date FROM task_instance_history) t WHERE end_date BETWEEN $1 AND $2`,
  pool: `SELECT count(*) FILTER (WHERE state IN ('running', 'queued')) = 3 AND count(*) FILTER (WHERE state = 'scheduled') > 0 FROM task_instance WHERE pool = 'warehouse' AND $1::timestamptz < $2`,
  scheduler: `SELECT max(latest_heartbeat) FILTER (WHERE job_type = 'SchedulerJob') <= $1 AND max(latest_heartbeat) FILTER (WHERE job_type = 'TriggererJob') > $2::timestamptz - interval '10 seconds'
    AND NOT EXISTS (SELECT FROM dag_run WHERE queued_at > $1) FROM job`,
  import: `SELECT has_import_errors AND EXISTS (SELECT FROM import_error WHERE filename LIKE '%stock_levels.py' AND timestamp >= $1) AND last_parsed_time < $2::timestamptz - interval '5 minutes' FROM dag WHERE dag_id = 'stock_levels'`,
};

/** What is over with a fault ($1: a while later). */
const cures: Partial<Record<FaultKind, string>> = {
  late: `SELECT next_dagrun_create_after > $1::timestamptz - interval '5 seconds' FROM dag WHERE dag_id = 'stock_levels'`,
  scheduler: `SELECT max(latest_heartbeat) > $1::timestamptz - interval '10 seconds' FROM job WHERE job_type = 'SchedulerJob'`,
  import: `SELECT NOT has_import_errors AND NOT EXISTS (SELECT FROM import_error WHERE filename LIKE '%stock_levels.py') AND last_parsed_time > $1::timestamptz - interval '5 minutes' FROM dag WHERE dag_id = 'stock_levels'`,
  fail: `SELECT state = 'success' FROM dag_run WHERE dag_id = 'stock_levels' AND end_date < $1 ORDER BY end_date DESC LIMIT 1`,
};

async function ask(database: TestDatabase, sql: string, values: readonly Date[]): Promise<unknown> {
  const [row] = await database.query(sql, [...values]);
  return Object.values(row ?? {})[0];
}

test.each(['3', '2.11'] as const)(
  'Airflow %s: every kind of fault shows in the rows, and is over when its time is',
  async (airflow) => {
    await using database = await createDatabase();
    await using simulation = await createSimulation({ databaseUrl: database.url, airflow, seed: 3, start });
    await step(simulation, 3);
    for (const kind of Object.keys(signs) as FaultKind[]) {
      const begin = simulation.now();
      const fault = simulation.inject({ kind, forSeconds: faultMinutes * 60 });
      expect(fault.until.getTime() - begin.getTime()).toBe(faultMinutes * 60_000);
      await step(simulation, faultMinutes - 1);
      expect(simulation.faults().map((each) => each.kind)).toEqual([kind]);
      expect(await ask(database, signs[kind], [begin, simulation.now()]), kind).toBe(true);
      await step(simulation, 4);
      expect(simulation.faults()).toEqual([]);
      const cure = cures[kind];
      if (cure !== undefined) expect(await ask(database, cure, [simulation.now()]), `after ${kind}`).toBe(true);
    }
  },
);
