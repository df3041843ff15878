import { iso, isoOrNull, type Row } from './change.ts';
import type { Run, RunType } from './model.ts';
import { dagColumns, importTrace, logColumns, runColumns, taskColumns, type Shape } from './rows.ts';

const runTypes: Record<RunType, string> = {
  scheduled: 'scheduled',
  manual: 'manual',
  asset: 'asset_triggered',
  operator: 'operator_triggered',
};
const triggeredBy: Record<RunType, string> = { scheduled: 'TIMETABLE', manual: 'REST_API', asset: 'ASSET', operator: 'OPERATOR' };
const noCarrier = {};

const timetable = (run: Run['dag']['spec']['schedule']): { type: string; summary: string; description: string } =>
  run.kind === 'time'
    ? { type: 'airflow.timetables.trigger.CronTriggerTimetable', summary: run.cron, description: run.description }
    : run.kind === 'assets'
      ? { type: 'airflow.timetables.assets.AssetTriggeredTimetable', summary: 'Asset', description: 'Triggered by assets' }
      : { type: 'airflow.timetables.simple.NullTimetable', summary: 'None', description: 'Never, external triggers only' };

/** Rows of Airflow 3.3. */
export const shape3: Shape = {
  assetTables: {
    asset: 'asset',
    event: 'asset_event',
    queue: 'asset_dag_run_queue',
    ofRun: 'dagrun_asset_event',
    key: 'asset_id',
  },
  run: (run) => ({
    ...runColumns(run, runTypes[run.type]),
    logical_date: isoOrNull(run.logicalMs),
    triggered_by: triggeredBy[run.type],
    triggering_user_name: run.user,
    conf: {},
    run_after: iso(run.runAfterMs),
    log_template_id: 2,
    created_at: iso(run.queuedMs),
    backfill_id: null,
    bundle_version: null,
    scheduled_by_job_id: run.startMs === null ? null : 1,
    context_carrier: noCarrier,
    span_status: 'not_started',
    created_dag_version_id: run.dag.versionId,
    partition_key: null,
    partition_date: null,
  }),
  task: (of) => ({
    ...taskColumns(of, 1),
    id: of.id,
    scheduled_dttm: isoOrNull(of.scheduledMs),
    last_heartbeat_at: isoOrNull(of.heartbeatMs),
    context_carrier: noCarrier,
    span_status: 'not_started',
    dag_version_id: of.run.dag.versionId,
    retry_delay_override: null,
    retry_reason: null,
  }),
  history: (of, closed) => ({
    ...taskColumns(of, 1),
    task_instance_id: of.id,
    state: closed.state,
    end_date: isoOrNull(closed.endMs),
    duration: closed.durationSeconds,
    updated_at: iso(closed.updatedMs),
    scheduled_dttm: isoOrNull(of.scheduledMs),
    context_carrier: noCarrier,
    span_status: 'not_started',
    dag_version_id: of.run.dag.versionId,
    retry_delay_override: null,
    retry_reason: null,
  }),
  log: (entry) => ({ ...logColumns(entry), logical_date: isoOrNull(entry.run?.logicalMs ?? null) }),
  trigger: (id, createdMs, triggererId, untilMs) => ({
    id,
    classpath: 'airflow.providers.standard.triggers.temporal.DateTimeTrigger',
    kwargs: JSON.stringify({ __type: 'dict', __var: { moment: iso(untilMs) } }),
    created_date: iso(createdMs),
    triggerer_id: triggererId,
    queue: null,
    team_name: null,
  }),
  reschedule: (id, of, startMs, endMs, againMs) => ({
    id,
    ti_id: of.id,
    start_date: iso(startMs),
    end_date: iso(endMs),
    duration: Math.round((endMs - startMs) / 1000),
    reschedule_date: iso(againMs),
  }),
  dag(dag, importErrors, nextMs): Row {
    const { schedule, file } = dag.spec;
    const { type, summary, description } = timetable(schedule);
    return {
      ...dagColumns(dag, importErrors, nextMs),
      is_stale: false,
      exceeds_max_non_backfill: dag.overdueMs !== null,
      last_parse_duration: 0.12,
      relative_fileloc: file,
      bundle_name: 'dags-folder',
      bundle_version: null,
      timetable_type: type,
      timetable_summary: summary,
      timetable_description: description,
      timetable_partitioned: false,
      timetable_periodic: schedule.kind === 'time',
      partition_mapper_info: {},
      asset_expression: schedule.kind === 'assets' ? { all: schedule.assets.map((name) => ({ asset: { name } })) } : null,
      deadline: dag.spec.deadlineSeconds === undefined ? null : [dag.alertId],
      fail_fast: false,
      allowed_run_types: null,
      next_dagrun: isoOrNull(nextMs),
      next_dagrun_data_interval_start: isoOrNull(nextMs),
      next_dagrun_data_interval_end: isoOrNull(nextMs),
      next_dagrun_partition_key: null,
      next_dagrun_partition_date: null,
    };
  },
  importError: (id, dag, atMs) => ({
    id,
    timestamp: iso(atMs),
    filename: dag.spec.file,
    bundle_name: 'dags-folder',
    stacktrace: importTrace(dag),
  }),
};
