import { iso, isoOrNull, type Row, type Table } from './change.ts';
import type { Attempted, DagState, Run } from './model.ts';

/** An entry of the audit table. */
export interface LogEntry {
  id: number;
  atMs: number;
  event: string;
  run: Run | null;
  dagId: string;
  taskId: string | null;
  mapIndex: number | null;
  tryNumber: number | null;
  owner: string | null;
  person: string | null;
  extra: string | null;
}

/** A try that is over, as the history keeps it. */
export interface Closed {
  /** 2.x: the history row's number. */
  id: number;
  state: string;
  endMs: number | null;
  durationSeconds: number | null;
  updatedMs: number;
}

/** Names and rows of one Airflow release. */
export interface Shape {
  assetTables: { asset: Table; event: Table; queue: Table; ofRun: Table; key: string };
  run(run: Run): Row;
  task(of: Attempted): Row;
  history(of: Attempted, closed: Closed): Row;
  log(entry: LogEntry): Row;
  trigger(id: number, createdMs: number, triggererId: number, untilMs: number): Row;
  reschedule(id: number, of: Attempted, startMs: number, endMs: number, againMs: number): Row;
  dag(dag: DagState, importErrors: boolean, nextMs: number | null): Row;
  importError(id: number, dag: DagState, atMs: number): Row;
}

/** An empty Python dict, pickled. */
export const emptyPickle = '\\x80057d942e';

/** Columns that every release has in task_instance and its history. */
export function taskColumns(of: Attempted, queuedByJobId: number | null): Row {
  const { task, run } = of;
  return {
    dag_id: run.dag.spec.dagId,
    run_id: run.runId,
    task_id: task.taskId,
    map_index: of.mapIndex,
    start_date: isoOrNull(of.startMs),
    end_date: isoOrNull(of.endMs),
    duration: of.durationSeconds,
    state: of.state,
    try_number: of.tryNumber,
    max_tries: of.maxTries,
    hostname: of.host,
    unixname: 'airflow',
    pool: task.pool,
    pool_slots: task.poolSlots,
    queue: task.queue,
    priority_weight: 1,
    operator: task.operator,
    custom_operator_name: null,
    queued_dttm: isoOrNull(of.queuedMs),
    queued_by_job_id: of.queuedMs === null ? null : queuedByJobId,
    pid: of.pid,
    executor: null,
    executor_config: emptyPickle,
    updated_at: iso(of.updatedMs),
    rendered_map_index: null,
    external_executor_id: null,
    trigger_id: of.triggerId,
    trigger_timeout: null,
    next_method: of.resuming ? 'execute_complete' : null,
    next_kwargs: null,
    task_display_name: task.taskId,
  };
}

/** Columns that every release has in dag_run. */
export function runColumns(run: Run, runType: string): Row {
  return {
    id: run.id,
    dag_id: run.dag.spec.dagId,
    run_id: run.runId,
    run_type: runType,
    state: run.state,
    queued_at: iso(run.queuedMs),
    start_date: isoOrNull(run.startMs),
    end_date: isoOrNull(run.endMs),
    data_interval_start: isoOrNull(run.intervalStartMs),
    data_interval_end: isoOrNull(run.intervalEndMs),
    last_scheduling_decision: isoOrNull(run.lastDecisionMs),
    updated_at: iso(run.updatedMs),
    clear_number: run.clearNumber,
    creating_job_id: run.type === 'scheduled' || run.type === 'asset' ? 1 : null,
  };
}

export function logColumns(entry: LogEntry): Row {
  return {
    id: entry.id,
    dttm: iso(entry.atMs),
    dag_id: entry.dagId,
    task_id: entry.taskId,
    map_index: entry.mapIndex,
    event: entry.event,
    run_id: entry.run?.runId ?? null,
    owner: entry.owner,
    owner_display_name: entry.person,
    extra: entry.extra,
    try_number: entry.tryNumber,
  };
}

/** Columns that every release has in dag. */
export function dagColumns(dag: DagState, importErrors: boolean, nextMs: number | null): Row {
  const { spec } = dag;
  return {
    dag_id: spec.dagId,
    dag_display_name: spec.dagId,
    is_paused: spec.paused,
    last_parsed_time: iso(dag.parsedMs),
    last_expired: null,
    fileloc: `/opt/airflow/dags/${spec.file}`,
    owners: spec.owner,
    description: spec.description === '' ? null : spec.description,
    max_active_tasks: spec.maxActiveTasks,
    max_active_runs: spec.maxActiveRuns,
    max_consecutive_failed_dag_runs: 0,
    has_task_concurrency_limits: false,
    has_import_errors: importErrors,
    next_dagrun_create_after: isoOrNull(nextMs),
  };
}

/** The end of a traceback that a DAG file of today gives. */
export function importTrace(dag: DagState): string {
  const file = `/opt/airflow/dags/${dag.spec.file}`;
  return `Traceback (most recent call last):\n  File "${file}", line 7, in <module>\n    from shop.segments import load_segments\nModuleNotFoundError: No module named 'shop.segments'\n`;
}
