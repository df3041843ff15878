import { counter, gauge, histogram, info, stateset } from '../define.ts';
import { durationBounds } from '../tally.ts';

const dag = ['dag_id'] as const;

/** Families with one series per DAG. */
export const dagFamilies = {
  dagDuration: histogram(
    'airflow_dag_duration_seconds',
    dag,
    durationBounds,
    'How long successful runs took, from start to end.',
    'dag_run.start_date, end_date',
  ),
  dagRunSuccess: counter('airflow_dag_run_success_total', dag, 'Runs that succeeded.', 'dag_run.state'),
  dagRunFailure: counter('airflow_dag_run_failure_total', dag, 'Runs that failed.', 'dag_run.state'),
  activeDagRuns: gauge('airflow_active_dag_runs', dag, 'Runs that are running or queued now.', 'dag_run.state'),
  dagLastRunState: stateset(
    'airflow_dag_last_run_state',
    ['dag_id', 'state'],
    'State of the latest run by due time: 1 on one state, 0 on the others.',
    'dag_run.state',
    {
      states: ['queued', 'running', 'success', 'failed'],
    },
  ),
  dagLastSuccess: gauge(
    'airflow_dag_last_success_timestamp_seconds',
    dag,
    'When the last successful run ended, in Unix time.',
    'dag_run.end_date',
  ),
  dagNextRun: gauge(
    'airflow_dag_next_run_timestamp_seconds',
    dag,
    'When the scheduler may make the next run, in Unix time; absent without a schedule.',
    'dag.next_dagrun_create_after',
  ),
  dagScheduleDelay: histogram(
    'airflow_dag_schedule_delay_seconds',
    dag,
    durationBounds,
    'How long after they were due scheduled runs started.',
    'dag_run.start_date, run_after (2.x: data_interval_end)',
  ),
  dagConsecutiveFailures: gauge(
    'airflow_dag_consecutive_failures',
    dag,
    'Runs that failed since the last one that succeeded.',
    'dag_run.state',
  ),
  dagPaused: gauge('airflow_dag_paused', dag, '1 when the DAG is paused, else 0.', 'dag.is_paused'),
  dagInfo: info(
    'airflow_dag_info',
    ['dag_id', 'dag_owner', 'schedule', 'tags', 'file'],
    'What the DAG says of itself; tags are sorted and joined by commas.',
    'dag, dag_tag',
  ),
} as const;
