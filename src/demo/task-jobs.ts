import { iso } from './change.ts';
import { nextId, type Engine } from './engine.ts';
import type { Attempted } from './model.ts';

/** 2.x: the failure's row, written for every failed try. */
export function writeTaskFail(engine: Engine, of: Attempted): void {
  if (engine.airflow === '3' || of.startMs === null || of.endMs === null) return;
  const id = nextId(engine, 'task_fail');
  const { run, task, mapIndex, startMs, endMs } = of;
  const row = {
    id,
    dag_id: run.dag.spec.dagId,
    run_id: run.runId,
    task_id: task.taskId,
    map_index: mapIndex,
    start_date: iso(startMs),
    end_date: iso(endMs),
    duration: Math.trunc((endMs - startMs) / 1000),
  };
  engine.sink.insert('task_fail', String(id), () => row);
}

/** 2.x: the LocalTaskJob that runs a try. */
export function writeTaskJob(engine: Engine, of: Attempted, state: 'running' | 'success' | 'restarting'): void {
  if (engine.airflow === '3') return;
  const isNew = of.jobId === null;
  const id = (of.jobId ??= nextId(engine, 'job'));
  const row = {
    id,
    dag_id: of.run.dag.spec.dagId,
    state,
    job_type: 'LocalTaskJob',
    start_date: iso(of.startMs ?? engine.nowMs),
    end_date: state === 'success' ? iso(engine.nowMs) : null,
    latest_heartbeat: iso(engine.nowMs),
    executor_class: 'LocalExecutor',
    hostname: of.host,
    unixname: 'airflow',
  };
  if (isNew) engine.sink.insert('job', String(id), () => row);
  else engine.sink.update('job', String(id), () => row);
}
