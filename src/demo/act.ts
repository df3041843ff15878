import { advanceSoon, saveRun, saveTask, writeLog, type Engine } from './engine.ts';
import { instancesOf, isTerminal, type Attempted, type Run } from './model.ts';
import { tellTry } from './tell-try.ts';
import { createExtraRun, leaveRun } from './simulate-runs.ts';
import { closeTry, dropTrigger, enter } from './simulate-tasks.ts';
import { writeTaskFail, writeTaskJob } from './task-jobs.ts';
import { lastWriteMs } from './simulate-tries.ts';

/** The audit row of a request over the API; it is committed before the request does anything. */
function audit(
  engine: Engine,
  event: { three: string; two: string },
  run: Run,
  fields: { taskId?: string; withRun: boolean },
): void {
  const three = engine.airflow === '3';
  const owner = three ? 'Anonymous' : 'admin';
  writeLog(engine, three ? event.three : `api.${event.two}`, run.dag.spec.dagId, {
    owner,
    person: owner,
    run: fields.withRun ? run : null,
    taskId: fields.taskId ?? null,
    extra: JSON.stringify({ dag_id: run.dag.spec.dagId, dag_run_id: run.runId }),
  });
  engine.sink.cut();
  engine.nowMs += 30;
}

/** A person clears tasks. Facts §2.3: a task that runs restarts, a finished run goes back to queued. */
export function clearTasks(engine: Engine, run: Run, taskIds?: readonly string[]): void {
  audit(engine, { three: 'post_clear_task_instances', two: 'post_clear_task_instances' }, run, {
    withRun: engine.airflow === '3',
  });
  const chosen = instancesOf(run).filter((of) => taskIds === undefined || taskIds.includes(of.task.taskId));
  const wasFinished = run.state === 'success' || run.state === 'failed';
  let cleared = 0;
  for (const of of chosen) if (clearOne(engine, of)) cleared += 1;
  if (cleared === 0) return;
  if (wasFinished || engine.airflow === '3') run.clearNumber += 1;
  if (wasFinished) {
    Object.assign(run, { state: 'queued', startMs: null, endMs: null, lastDecisionMs: null, queuedMs: engine.nowMs });
    run.dag.open.add(run);
    engine.queue.push(engine.nowMs + 700, { kind: 'start_run', run });
  }
  saveRun(engine, run);
  advanceSoon(engine, run);
}

function clearOne(engine: Engine, of: Attempted): boolean {
  if (of.state === null || of.state === 'restarting') return false;
  const { dagId } = of.run.dag.spec;
  const { retries, taskId } = of.task;
  of.epoch += 1;
  dropTrigger(engine, of);
  of.resuming = false;
  const ran = of.state === 'running';
  if (ran) tellTry(engine, of, 'stopped');
  if (isTerminal(of.state)) closeTry(engine, of, { state: of.state ?? '', endMs: of.endMs, updatedMs: of.updatedMs });
  else if (!of.closed.has(of.tryNumber)) {
    // Closed while it was under way: the history calls it failed, and it is tried again (a retry, nobody's failure).
    const writtenMs = Math.min(lastWriteMs(engine, of), engine.nowMs - 1);
    of.endMs = engine.nowMs;
    of.durationSeconds = of.startMs === null ? null : (engine.nowMs - of.startMs) / 1000;
    if (ran) writeTaskFail(engine, of);
    if (ran) writeTaskJob(engine, of, 'restarting');
    closeTry(engine, of, { state: 'failed', endMs: of.endMs, updatedMs: writtenMs });
    engine.truth.task(dagId, taskId, 'retry');
  }
  of.maxTries = of.tryNumber + retries;
  enter(engine, of, ran ? 'restarting' : null);
  saveTask(engine, of);
  if (ran) engine.queue.push(engine.nowMs + 3000, { kind: 'restarted', of, epoch: of.epoch });
  return true;
}

/** A person marks one task. What it did before counts no more, what it was marked as is nobody's attempt. */
export function markTask(
  engine: Engine,
  run: Run,
  which: { taskId: string; mapIndex?: number },
  state: 'success' | 'failed',
): void {
  const { taskId, mapIndex = -1 } = which;
  const of = run.tasks.get(taskId)?.find((each) => each.mapIndex === mapIndex);
  if (of === undefined) throw new RangeError(`no task ${taskId} with map index ${mapIndex} in ${run.runId}`);
  audit(engine, { three: 'patch_task_instance', two: 'patch_task_instance' }, run, { withRun: true, taskId });
  if (of.state === state) return;
  setMarked(engine, of, state);
  if (run.state === 'running') advanceSoon(engine, run);
}

function setMarked(engine: Engine, of: Attempted, state: 'success' | 'failed' | 'skipped'): void {
  of.epoch += 1;
  dropTrigger(engine, of);
  of.resuming = false;
  if (of.state === 'running') tellTry(engine, of, 'stopped');
  if (!isTerminal(of.state)) {
    of.startMs ??= engine.nowMs;
    of.endMs = engine.nowMs;
    of.durationSeconds = (engine.nowMs - of.startMs) / 1000;
    if (of.jobId !== null) writeTaskJob(engine, of, 'success');
  }
  enter(engine, of, state);
  saveTask(engine, of);
  engine.truth.task(of.run.dag.spec.dagId, of.task.taskId, 'marked');
}

/** A person marks a run: what runs ends in that state, what has not begun is skipped; 2.x marks every task a success with its run. */
export function markRun(engine: Engine, run: Run, state: 'success' | 'failed'): void {
  audit(engine, { three: 'patch_dag_run', two: 'update_dag_run_state' }, run, { withRun: true });
  for (const of of instancesOf(run)) {
    const all = state === 'success' && engine.airflow === '2.11';
    if (isTerminal(of.state) && !(all && of.state !== 'success')) continue;
    const under = of.state === 'running' || of.state === 'deferred' || of.state === 'up_for_reschedule';
    setMarked(engine, of, all || under ? state : 'skipped');
  }
  if (run.state === state) return;
  engine.truth.run(run.dag.spec.dagId, 'run_marked');
  leaveRun(engine, run, state);
}

/** A person starts a run. */
export function triggerRun(engine: Engine, dagId: string): void {
  const dag = engine.dags.get(dagId);
  if (dag === undefined) throw new RangeError(`no DAG ${dagId}`);
  createExtraRun(engine, dag, 'manual', 'admin');
}
