import type { Tx } from '../store/store.ts';
import { labelSet } from './family.ts';
import { emptyTallies, tallyKey, type DagTally, type Histogram, type Tallies, type TaskTally } from './tally.ts';

const histogram = (buckets: readonly (number | string)[], sum: number): Histogram => ({
  buckets: buckets.map(Number),
  sum,
  exemplars: [],
});

type TaskRecord = Omit<TaskTally, 'labels' | 'duration'> & { buckets: string[]; sum: number };
type DagRecord = Omit<DagTally, 'labels' | 'duration' | 'delay' | 'lastRun'> & {
  durationBuckets: string[];
  durationSum: number;
  delayBuckets: string[];
  delaySum: number;
  orderMs: number | null;
  lastState: string | null;
};

/** The tallies of a deployment as the last committed cycle left them. */
export async function loadTallies(store: Tx, airflow: string): Promise<Tallies> {
  const tallies = emptyTallies();
  const tasks = await store.query<TaskRecord>(
    `SELECT dag_id AS "dagId", task_id AS "taskId", success, failure, retry, upstream_failed AS "upstreamFailed", skipped, marked, duration_buckets AS buckets, duration_sum AS sum,
       last_duration AS "lastDurationSeconds", last_success_at AS "lastSuccessAt", last_seen_at AS "lastSeenAt" FROM task_tally WHERE airflow = $1`,
    [airflow],
  );
  for (const { buckets, sum, ...task } of tasks) {
    const labels = labelSet({ dag_id: task.dagId, task_id: task.taskId });
    tallies.tasks.set(tallyKey(task.dagId, task.taskId), { ...task, labels, duration: histogram(buckets, sum) });
  }
  const dags = await store.query<DagRecord>(
    `SELECT dag_id AS "dagId", success, failure, duration_buckets AS "durationBuckets", duration_sum AS "durationSum", delay_buckets AS "delayBuckets", delay_sum AS "delaySum",
       last_run_order AS "orderMs", last_run_state AS "lastState", last_success_at AS "lastSuccessAt", consecutive_failures AS "consecutiveFailures", last_seen_at AS "lastSeenAt"
     FROM dag_tally WHERE airflow = $1`,
    [airflow],
  );
  for (const { durationBuckets, durationSum, delayBuckets, delaySum, orderMs, lastState, ...dag } of dags) {
    tallies.dags.set(dag.dagId, {
      ...dag,
      labels: labelSet({ dag_id: dag.dagId }),
      duration: histogram(durationBuckets, durationSum),
      delay: histogram(delayBuckets, delaySum),
      lastRun: orderMs === null || lastState === null ? null : { orderMs, state: lastState },
    });
  }
  const queues = await store.query<{ queue: string; buckets: string[]; sum: number }>(
    'SELECT queue, wait_buckets AS buckets, wait_sum AS sum FROM queue_tally WHERE airflow = $1',
    [airflow],
  );
  for (const { queue, buckets, sum } of queues)
    tallies.queues.set(queue, { queue, labels: labelSet({ queue }), wait: histogram(buckets, sum) });
  return tallies;
}
