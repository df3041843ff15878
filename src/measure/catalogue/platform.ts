import { gauge, histogram, info } from '../define.ts';
import { durationBounds } from '../tally.ts';

/** Families about Airflow as a whole. */
export const platformFamilies = {
  up: gauge('airflow_up', [], '1 when the last cycle could read the metadata database, else 0.', 'the connection'),
  info: info('airflow_info', ['version', 'revision'], 'Version of Airflow and revision of its schema.', 'alembic_version'),
  componentUp: gauge(
    'airflow_component_up',
    ['component'],
    '1 when the component runs and its heartbeat is fresh, else 0; a component that never ran is absent, the scheduler excepted.',
    'job.state, latest_heartbeat',
  ),
  componentHeartbeat: gauge(
    'airflow_component_heartbeat_timestamp_seconds',
    ['component'],
    'The newest heartbeat of the component, in Unix time.',
    'job.latest_heartbeat',
  ),
  taskQueueSize: gauge('airflow_task_queue_size', [], 'Task instances that are queued now.', 'task_instance.state'),
  taskInstances: gauge('airflow_task_instances', ['state'], 'Unfinished task instances now, by state.', 'task_instance.state', {
    states: ['running', 'queued', 'scheduled', 'deferred', 'up_for_retry', 'up_for_reschedule', 'restarting'],
  }),
  taskQueueWait: histogram(
    'airflow_task_queue_wait_seconds',
    ['queue'],
    durationBounds,
    'How long attempts that ended had been queued before they started.',
    'task_instance.queued_dttm, start_date',
  ),
  oldestQueuedTask: gauge(
    'airflow_oldest_queued_task_timestamp_seconds',
    [],
    'Since when the longest queued task instance has been queued, in Unix time; absent when none is.',
    'task_instance.queued_dttm',
  ),
  poolSlots: gauge(
    'airflow_pool_slots',
    ['pool', 'state'],
    'Pool slots by state; scheduled ones wait for a slot and take none. Open is +Inf for a pool without a limit.',
    'slot_pool, task_instance.pool_slots',
    { states: ['open', 'running', 'queued', 'scheduled', 'deferred'] },
  ),
  importErrors: gauge('airflow_import_errors', [], 'DAG files that Airflow cannot import now.', 'import_error'),
  deadlines: gauge(
    'airflow_deadlines',
    ['dag_id', 'state'],
    'Deadline alerts of the last 7 days (Airflow 3.1 and later); Airflow deletes those that were met.',
    'deadline',
    { states: ['pending', 'overdue', 'missed'] },
  ),
  assetLastEvent: gauge(
    'airflow_asset_last_event_timestamp_seconds',
    ['asset'],
    'The last event of the asset, in Unix time (Airflow 2: dataset, by URI).',
    'asset_event.timestamp (2.x: dataset_event)',
  ),
  slaMisses: gauge('airflow_sla_misses', ['dag_id'], 'SLA misses of the last 7 days by logical date (Airflow 2).', 'sla_miss'),
} as const;
