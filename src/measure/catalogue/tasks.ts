import { counter, gauge, histogram } from '../define.ts';
import { durationBounds } from '../tally.ts';

const task = ['dag_id', 'task_id'] as const;
const attempts = 'task_instance, task_instance_history (2.x: task_fail)';

/** Families with one series per task. */
export const taskFamilies = {
  taskDuration: histogram(
    'airflow_task_duration_seconds',
    task,
    durationBounds,
    'How long successful attempts ran, from start to end; waiting in the queue is not in it.',
    'task_instance.start_date, end_date, duration',
  ),
  taskSuccess: counter('airflow_task_success_total', task, 'Attempts that succeeded.', attempts),
  taskFailure: counter('airflow_task_failure_total', task, 'Attempts that failed for good: no retry follows.', attempts),
  taskRetry: counter('airflow_task_retry_total', task, 'Attempts that failed and are tried again.', attempts),
  taskUpstreamFailed: counter(
    'airflow_task_upstream_failed_total',
    task,
    'Task instances that did not run because a task before them failed.',
    'task_instance.state',
  ),
  taskSkipped: counter('airflow_task_skipped_total', task, 'Task instances that were skipped.', 'task_instance.state'),
  taskMarked: counter(
    'airflow_task_marked_total',
    ['dag_id', 'task_id', 'state'],
    'Task instances whose state a person set, by that state; they move no other counter.',
    'log.event',
    { states: ['success', 'failed', 'skipped'] },
  ),
  taskLastDuration: gauge(
    'airflow_task_last_duration_seconds',
    task,
    'How long the last successful attempt ran.',
    'task_instance.duration',
  ),
  taskExpectedDuration: gauge(
    'airflow_task_expected_duration_seconds',
    ['dag_id', 'task_id', 'bound'],
    'How long the next run of the task is expected to take, by its own history: the middle, and the bounds beyond which it would be reported as slow (upper) or fast (lower).',
    'task_instance.duration',
  ),
  taskAnomalyScore: gauge(
    'airflow_task_anomaly_score',
    task,
    'How unusually long the last successful attempt ran for its own history: 0 not at all, 0.5 at the upper bound of what is expected (at the default budget of false alerts), towards 1 beyond.',
    'task_instance.duration',
  ),
  taskLastSuccess: gauge(
    'airflow_task_last_success_timestamp_seconds',
    task,
    'When the last successful attempt ended, in Unix time.',
    'task_instance.end_date',
  ),
} as const;
