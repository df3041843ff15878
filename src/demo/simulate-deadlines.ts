import { iso, type Row } from './change.ts';
import { newUuid, type Engine } from './engine.ts';
import type { Run } from './model.ts';

/** How long Airflow 2 takes to find that an SLA is missed. */
const slaCheckMs = 5000;

/** 3.x: a run of a DAG with a deadline gets its row when it is created. 2.x checks the SLA of a scheduled one, from when it was due. */
export function openDeadline(engine: Engine, run: Run): void {
  const { deadlineSeconds } = run.dag.spec;
  if (deadlineSeconds === undefined) return;
  if (engine.airflow === '2.11') {
    const atMs = run.runAfterMs + deadlineSeconds * 1000 + slaCheckMs;
    if (run.type === 'scheduled') engine.queue.push(Math.max(atMs, engine.nowMs), { kind: 'deadline', run });
    return;
  }
  const deadline = {
    id: newUuid(engine),
    callbackId: newUuid(engine),
    atMs: engine.nowMs + deadlineSeconds * 1000,
    createdMs: engine.nowMs,
    missed: false,
  };
  run.deadline = deadline;
  const callback = callbackRow(run, null);
  const row = deadlineRow(engine, run);
  engine.sink.insert('callback', deadline.callbackId, () => callback);
  engine.sink.insert('deadline', deadline.id, () => row);
  engine.queue.push(deadline.atMs, { kind: 'deadline', run });
}

function callbackRow(run: Run, state: string | null): Row {
  return {
    id: run.deadline?.callbackId ?? '',
    type: 'triggerer',
    fetch_method: 'import_path',
    data: {
      path: 'shop.alerts.notify_late',
      kwargs: {},
      prefix: 'deadline_alerts',
      dag_id: run.dag.spec.dagId,
      dag_run_id: run.runId,
    },
    bundle_name: null,
    state,
    output: null,
    priority_weight: 1,
    created_at: iso(run.deadline?.createdMs ?? 0),
    trigger_id: null,
  };
}

function deadlineRow(engine: Engine, run: Run): Row {
  const { id, callbackId, atMs, createdMs, missed } = run.deadline ?? {
    id: '',
    callbackId: '',
    atMs: 0,
    createdMs: 0,
    missed: false,
  };
  return {
    id,
    callback_id: callbackId,
    dagrun_id: run.id,
    deadline_time: iso(atMs),
    missed,
    created_at: iso(createdMs),
    last_updated_at: iso(engine.nowMs),
    deadline_alert_id: run.dag.alertId,
  };
}

/** The time is up: the scheduler marks the miss and hands its callback on. */
export function missDeadline(engine: Engine, run: Run): void {
  if (engine.airflow === '2.11') return writeSlaMiss(engine, run);
  const { deadline } = run;
  if (deadline === undefined || deadline.missed) return;
  deadline.missed = true;
  const row = deadlineRow(engine, run);
  const callback = callbackRow(run, 'success');
  engine.sink.update('deadline', deadline.id, () => row);
  engine.sink.update('callback', deadline.callbackId, () => callback);
}

/** A run in time leaves no trace of its deadline. */
export function closeDeadline(engine: Engine, run: Run): void {
  const { deadline } = run;
  if (deadline === undefined || deadline.missed) return;
  delete run.deadline;
  engine.sink.remove('deadline', deadline.id, () => ({ id: deadline.id }));
  engine.sink.remove('callback', deadline.callbackId, () => ({ id: deadline.callbackId }));
}

/** 2.x: the SLA of a run's last task is missed when it is not done in time; the row comes whether it ends or not. */
function writeSlaMiss(engine: Engine, run: Run): void {
  const { tasks, dagId } = run.dag.spec;
  const last = tasks.at(-1);
  if (last === undefined || run.state === 'success' || run.state === 'failed') return;
  const row = {
    task_id: last.taskId,
    dag_id: dagId,
    execution_date: iso(run.logicalMs ?? run.runAfterMs),
    email_sent: false,
    timestamp: iso(engine.nowMs),
    description: null,
    notification_sent: true,
  };
  engine.sink.insert('sla_miss', `${dagId}|${run.runId}`, () => row);
}
