import { connectAirflow } from '../../src/airflow/connect.ts';
import { loadState, runCycle, type CycleDeps, type CycleResult } from '../../src/cycle.ts';
import { detectConfig } from '../../src/detect/config.ts';
import { incidentConfig } from '../../src/incident/config.ts';
import { slaConfig } from '../../src/sla/config.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { acquire } from '../../src/store/lease.ts';
import type { Store } from '../../src/store/store.ts';
import type { Totals } from './totals.ts';

/** The leader's cycles in this process, against real databases. */
export interface Cycles extends AsyncDisposable {
  cycle(): Promise<CycleResult>;
  /** Throws away what the process knows, as a restart does. */
  restart(): Promise<void>;
  /** What is counted, by the store. */
  totals(): Promise<Totals>;
}

export async function createCycles(
  airflowUrl: string,
  store: Store,
  {
    deployment = 'airflow',
    transactionTimeoutMs = 5000,
    clock = systemClock,
  }: { deployment?: string; transactionTimeoutMs?: number; clock?: Clock } = {},
): Promise<Cycles> {
  const airflow = connectAirflow({ url: airflowUrl, connectTimeoutMs: 5000, transactionTimeoutMs, clock });
  const lease = await acquire(store, deployment, 'test');
  if (lease === undefined) throw new Error(`somebody else leads for ${deployment}`);
  const deps: CycleDeps = {
    airflow,
    store,
    clock,
    deployment,
    thresholds: { schedulerMs: 30_000, triggererMs: 30_000, dagProcessorMs: 30_000 },
    intervalMs: 15_000,
    detect: detectConfig.parse(undefined),
    incident: incidentConfig.parse(undefined),
    sla: slaConfig.parse(undefined),
    timeZone: 'UTC',
  };
  let state = await loadState(deps);
  return {
    cycle: () => runCycle(deps, state, lease, { warmingUp: false }),
    async restart() {
      state = await loadState(deps);
    },
    async totals() {
      const rows = await store.query<{ key: string; count: number }>(
        `SELECT key, count FROM (
           SELECT dag_id || '.' || task_id || ' success' AS key, success AS count FROM task_tally WHERE airflow = $1
           UNION ALL SELECT dag_id || '.' || task_id || ' failure', failure FROM task_tally WHERE airflow = $1
           UNION ALL SELECT dag_id || '.' || task_id || ' retry', retry FROM task_tally WHERE airflow = $1
           UNION ALL SELECT dag_id || '.' || task_id || ' skipped', skipped FROM task_tally WHERE airflow = $1
           UNION ALL SELECT dag_id || '.' || task_id || ' upstream_failed', upstream_failed FROM task_tally WHERE airflow = $1
           UNION ALL SELECT dag_id || '.' || task_id || ' marked', (SELECT sum(value::int) FROM jsonb_each_text(marked)) FROM task_tally WHERE airflow = $1
           UNION ALL SELECT dag_id || ' run_success', success FROM dag_tally WHERE airflow = $1
           UNION ALL SELECT dag_id || ' run_failure', failure FROM dag_tally WHERE airflow = $1) t WHERE count <> 0`,
        [deployment],
      );
      return Object.fromEntries(rows.map(({ key, count }) => [key, count]));
    },
    async [Symbol.asyncDispose]() {
      await airflow.close();
    },
  };
}
