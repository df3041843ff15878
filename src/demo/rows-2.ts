import { iso, isoOrNull, type Row } from './change.ts';
import type { RunType } from './model.ts';
import { dagColumns, emptyPickle, importTrace, logColumns, runColumns, taskColumns, type Shape } from './rows.ts';

const runTypes: Record<RunType, string> = {
  scheduled: 'scheduled',
  manual: 'manual',
  asset: 'dataset_triggered',
  operator: 'manual',
};

/** Rows of Airflow 2.11. */
export const shape2: Shape = {
  assetTables: {
    asset: 'dataset',
    event: 'dataset_event',
    queue: 'dataset_dag_run_queue',
    ofRun: 'dagrun_dataset_event',
    key: 'dataset_id',
  },
  run: (run) => ({
    ...runColumns(run, runTypes[run.type]),
    execution_date: iso(run.logicalMs ?? run.runAfterMs),
    external_trigger: run.type === 'manual' || run.type === 'operator',
    conf: emptyPickle,
    dag_hash: run.dag.hash,
    log_template_id: 1,
  }),
  task: (of) => ({ ...taskColumns(of, 1), job_id: of.jobId }),
  history: (of, closed) => ({
    ...taskColumns(of, 1),
    id: closed.id,
    job_id: of.jobId,
    state: closed.state,
    end_date: isoOrNull(closed.endMs),
    duration: closed.durationSeconds,
    updated_at: iso(closed.updatedMs),
  }),
  log: (entry) => ({ ...logColumns(entry), execution_date: isoOrNull(entry.run?.logicalMs ?? null) }),
  trigger: (id, createdMs, triggererId, untilMs) => ({
    id,
    classpath: 'airflow.triggers.temporal.DateTimeTrigger',
    kwargs: JSON.stringify({ __type: 'dict', __var: { moment: iso(untilMs) } }),
    created_date: iso(createdMs),
    triggerer_id: triggererId,
  }),
  reschedule: (id, of, startMs, endMs, againMs) => ({
    id,
    dag_id: of.run.dag.spec.dagId,
    run_id: of.run.runId,
    task_id: of.task.taskId,
    map_index: of.mapIndex,
    try_number: of.tryNumber,
    start_date: iso(startMs),
    end_date: iso(endMs),
    duration: Math.round((endMs - startMs) / 1000),
    reschedule_date: iso(againMs),
  }),
  dag(dag, importErrors, nextMs): Row {
    const { schedule } = dag.spec;
    const period = schedule.kind === 'time' ? schedule.periodSeconds * 1000 : 0;
    return {
      ...dagColumns(dag, importErrors, nextMs),
      root_dag_id: null,
      is_subdag: false,
      is_active: true,
      last_pickled: null,
      scheduler_lock: null,
      pickle_id: null,
      processor_subdir: '/opt/airflow/dags',
      default_view: 'grid',
      schedule_interval:
        schedule.kind === 'time' ? JSON.stringify(schedule.cron) : schedule.kind === 'assets' ? '"Dataset"' : 'null',
      timetable_description:
        schedule.kind === 'time'
          ? schedule.description
          : schedule.kind === 'assets'
            ? 'Triggered by datasets'
            : 'Never, external triggers only',
      dataset_expression: schedule.kind === 'assets' ? { all: [...schedule.assets] } : null,
      next_dagrun: nextMs === null ? null : iso(nextMs - period),
      next_dagrun_data_interval_start: nextMs === null ? null : iso(nextMs - period),
      next_dagrun_data_interval_end: isoOrNull(nextMs),
    };
  },
  importError: (id, dag, atMs) => ({
    id,
    timestamp: iso(atMs),
    filename: `/opt/airflow/dags/${dag.spec.file}`,
    stacktrace: importTrace(dag),
    processor_subdir: '/opt/airflow/dags',
  }),
};
