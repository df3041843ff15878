import type { Fault, FaultKind } from '../../src/demo/config.ts';
import { dag, every, task, type TimeSchedule, type World } from '../../src/demo/dag.ts';
import type { TestDatabase } from '../kit/database.ts';

const sure = { failRate: 0, skipRate: 0, retries: 0, medianSeconds: 1 };

/** Ran a minute ago, and does so again when the test is over: in between only what people start. */
function seldom(): TimeSchedule {
  const periodSeconds = 1800;
  const offsetSeconds = (Math.floor(Date.now() / 1000) - 60) % periodSeconds;
  return every(periodSeconds, offsetSeconds, '*/30 * * * *', 'Every 30 minutes');
}

/** A DAG for each fault, so that each can be told by whom it hits, and enough of them for a surge. Nothing goes wrong by chance. */
export function faultyWorld(): World {
  const often = every(15, 0, '* * * * *', 'Every 15 seconds');
  const one = (dagId: string, taskId: string) => dag(dagId, seldom(), [task(taskId, [], sure)]);
  return {
    parallelism: 32,
    hosts: ['worker-0', 'worker-1'],
    pools: [
      { pool: 'default_pool', slots: 128, description: '', includeDeferred: false },
      { pool: 'tight', slots: 1, description: '', includeDeferred: false },
    ],
    assets: [],
    dags: [
      dag('micro', often, [task('fetch', [], sure), task('load', ['fetch'], sure)]),
      dag('pulse', often, [task('beat', [], sure)]),
      one('reports', 'build'),
      one('loads', 'copy'),
      one('parsed', 'read'),
      dag(
        'exports',
        seldom(),
        ['orders', 'users', 'stock'].map((taskId) => task(taskId, [], { ...sure, pool: 'tight' })),
      ),
      one('mails', 'send'),
      one('tiles', 'render'),
    ],
  };
}

/** Limits, in seconds, that the faults go beyond soon. What failed once is no late DAG: its next run succeeds before that. */
export const limits = { stuck: 6, poolStarved: 8, late: 27, scheduler: 8 };

export interface Case {
  fault: Fault;
  alertname: string;
  /** The subject's labels. */
  labels: Record<string, string>;
  /** The first instant at which the condition holds by the rows, limits included; $1 is when the fault began. */
  instant: string;
}

const after = (seconds: number): string => `interval '${seconds} seconds'`;

export const cases = {
  fail: {
    fault: { kind: 'fail', dagId: 'micro', taskId: 'fetch', forSeconds: 8 },
    alertname: 'AirflowTaskFailed',
    labels: { dag_id: 'micro', task_id: 'fetch' },
    instant: `SELECT min(end_date) AS at FROM task_instance WHERE dag_id = 'micro' AND task_id = 'fetch' AND state = 'failed' AND end_date > $1`,
  },
  import: {
    fault: { kind: 'import', dagId: 'parsed', forSeconds: 8 },
    alertname: 'AirflowImportError',
    labels: { file: 'parsed.py' },
    instant: `SELECT min(timestamp) AS at FROM import_error WHERE timestamp >= $1`,
  },
  stuck: {
    fault: { kind: 'stuck', dagId: 'loads', taskId: 'copy', forSeconds: 14 },
    alertname: 'AirflowTaskStuckQueued',
    labels: { dag_id: 'loads', task_id: 'copy' },
    instant: `SELECT min(queued_dttm) + ${after(limits.stuck)} AS at FROM task_instance WHERE dag_id = 'loads' AND queued_dttm > $1`,
  },
  // The first of its three tasks holds the one slot for 20 s.
  pool: {
    fault: { kind: 'pool', dagId: 'exports', forSeconds: 10 },
    alertname: 'AirflowPoolStarved',
    labels: { pool: 'tight' },
    instant: `SELECT min(scheduled_dttm) + ${after(limits.poolStarved)} AS at FROM task_instance WHERE pool = 'tight' AND state = 'scheduled' AND scheduled_dttm > $1`,
  },
  late: {
    fault: { kind: 'late', dagId: 'pulse', forSeconds: 55 },
    alertname: 'AirflowDagLate',
    labels: { dag_id: 'pulse' },
    instant: `SELECT next_dagrun_create_after + ${after(limits.late)} AS at FROM dag WHERE dag_id = 'pulse' AND $1::timestamptz IS NOT NULL`,
  },
  slow: {
    fault: { kind: 'slow', dagId: 'reports', taskId: 'build', forSeconds: 30 },
    alertname: 'AirflowTaskSlow',
    labels: { dag_id: 'reports', task_id: 'build' },
    instant: `SELECT min(end_date) AS at FROM task_instance WHERE dag_id = 'reports' AND state = 'success' AND duration > 31 AND end_date > $1`,
  },
  scheduler: {
    fault: { kind: 'scheduler', forSeconds: 18 },
    alertname: 'AirflowComponentDown',
    labels: { component: 'scheduler' },
    instant: `SELECT max(latest_heartbeat) + ${after(limits.scheduler)} AS at FROM job WHERE job_type = 'SchedulerJob' AND $1::timestamptz IS NOT NULL`,
  },
  // With the third DAG that has a failed run: one is its own trouble, and so are two.
  surge: {
    fault: { kind: 'surge', forSeconds: 8 },
    alertname: 'AirflowFailureRateHigh',
    labels: {},
    instant: `SELECT min(end_date) AS at FROM dag_run WHERE dag_id NOT IN ('micro', 'pulse') AND state = 'failed' AND end_date > $1 GROUP BY dag_id ORDER BY 1 OFFSET 2 LIMIT 1`,
  },
} as const satisfies Record<FaultKind, Case>;

/** When the condition of a case began to hold, in ms since 1970. */
export async function heldSince(airflow: TestDatabase, { instant }: Case, beganAt: Date): Promise<number> {
  const [row] = await airflow.query<{ at: Date | null }>(instant, [beganAt]);
  if (row?.at === null || row === undefined) throw new Error(`the rows do not show it: ${instant}`);
  return row.at.getTime();
}
