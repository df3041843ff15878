import { consumeAssets } from './simulate-assets.ts';
import { advanceSoon, nextId, saveRun, saveTask, writeLog, type Engine } from './engine.ts';
import { nextTick } from './dag.ts';
import { faultOn, schedulerBackMs } from './faults.ts';
import { instancesOf, isTerminal, keyOf, type DagState, type Run, type RunType } from './model.ts';
import { closeDeadline, openDeadline } from './simulate-deadlines.ts';
import { tellTry } from './tell-try.ts';
import { decideTasks } from './simulate-rules.ts';
import { dropTrigger, enter, newTask } from './simulate-tasks.ts';
import { writeTaskJob } from './task-jobs.ts';
import { freeMoment, runIdOf, type NewRun } from './run-ids.ts';

/** Finished runs kept for what a person may do to them. */
const recentRuns = 25;

/** A schedule's tick: the scheduler creates the run, unless it is down, held up, or the DAG is at its limit. */
export function tick(engine: Engine, dag: DagState, atMs: number): void {
  const { schedule, dagId, maxActiveRuns } = dag.spec;
  if (schedule.kind !== 'time') return;
  const backMs = Math.max(schedulerBackMs(engine), faultOn(engine, 'late', dagId)?.untilMs ?? 0);
  if (backMs > engine.nowMs) {
    engine.queue.push(backMs + 500, { kind: 'tick', dag, atMs });
    return;
  }
  if (dag.open.size >= maxActiveRuns) {
    dag.overdueMs = atMs;
    return;
  }
  const logicalMs = engine.airflow === '3' ? atMs : atMs - schedule.periodSeconds * 1000;
  createRun(engine, dag, { type: 'scheduled', user: null, logicalMs, runAfterMs: atMs });
  // Without catch-up: ticks that were missed meanwhile are left out but for the latest.
  const next = Math.max(nextTick(schedule, atMs), nextTick(schedule, engine.nowMs) - schedule.periodSeconds * 1000);
  planTick(engine, dag, next);
}

/** Writes when the next run is due, and waits for it. */
export function planTick(engine: Engine, dag: DagState, atMs: number): void {
  dag.nextMs = atMs;
  dag.overdueMs = null;
  engine.sink.update('dag', dag.spec.dagId, () =>
    engine.shape.dag(dag, dag.spec.broken || faultOn(engine, 'import', dag.spec.dagId) !== undefined, dag.nextMs),
  );
  if (dag.spec.paused || dag.spec.broken) return;
  engine.queue.push(Math.max(engine.nowMs, atMs) + 400 + Math.floor(engine.uuids.next() * 2500), { kind: 'tick', dag, atMs });
}

/** Creates a run in state queued, with all its task instances. */
function createRun(engine: Engine, dag: DagState, made: NewRun): Run {
  const { nowMs } = engine;
  const { logicalMs, runAfterMs, type } = made;
  const period = dag.spec.schedule.kind === 'time' && engine.airflow === '2.11' ? dag.spec.schedule.periodSeconds * 1000 : 0;
  const run: Run = {
    dag,
    type,
    logicalMs,
    runAfterMs,
    id: nextId(engine, 'dag_run'),
    runId: runIdOf(engine, dag, made),
    state: 'queued',
    intervalStartMs: logicalMs,
    intervalEndMs: logicalMs === null ? null : logicalMs + period,
    queuedMs: nowMs,
    startMs: null,
    endMs: null,
    lastDecisionMs: null,
    updatedMs: nowMs,
    clearNumber: 0,
    user: made.user,
    tasks: new Map(),
    awaited: false,
  };
  dag.open.add(run);
  saveRun(engine, run, 'insert');
  for (const task of dag.spec.tasks) {
    const of = newTask(engine, run, task, -1);
    run.tasks.set(task.taskId, [of]);
    saveTask(engine, of, 'insert');
  }
  openDeadline(engine, run);
  if (type === 'asset') consumeAssets(engine, run);
  engine.queue.push(nowMs + 200 + Math.floor(engine.uuids.next() * 900), { kind: 'start_run', run });
  return run;
}

/** A person or another DAG starts a run. */
export function createExtraRun(engine: Engine, dag: DagState, type: RunType, user: string | null): void {
  const { nowMs } = engine;
  if (type === 'asset' && dag.waiting.size === 0) return;
  if (type === 'manual') {
    const api = engine.airflow === '3' ? 'trigger_dag_run' : 'api.post_dag_run';
    writeLog(engine, api, dag.spec.dagId, { owner: user, person: user, extra: '{}' });
  }
  const logicalMs = type === 'asset' && engine.airflow === '3' ? null : freeMoment(dag, nowMs);
  createRun(engine, dag, { type, user, logicalMs, runAfterMs: nowMs });
}

export function startRun(engine: Engine, run: Run): void {
  if (run.state !== 'queued') return;
  const backMs = schedulerBackMs(engine);
  if (backMs > engine.nowMs || run.dag.running >= run.dag.spec.maxActiveRuns) {
    engine.queue.push(Math.max(backMs, engine.nowMs + 2000), { kind: 'start_run', run });
    return;
  }
  run.state = 'running';
  run.startMs = engine.nowMs;
  run.dag.running += 1;
  saveRun(engine, run);
  const { runTimeoutSeconds } = run.dag.spec;
  if (runTimeoutSeconds !== undefined) engine.queue.push(engine.nowMs + runTimeoutSeconds * 1000, { kind: 'run_timeout', run });
  advanceSoon(engine, run);
}

/** The scheduler's look at a running run. */
export function advance(engine: Engine, run: Run): void {
  run.awaited = false;
  if (run.state !== 'running') return;
  const backMs = schedulerBackMs(engine);
  if (backMs > engine.nowMs) {
    run.awaited = true;
    engine.queue.push(backMs + 300, { kind: 'advance', run });
    return;
  }
  run.lastDecisionMs = engine.nowMs;
  const changed = decideTasks(engine, run);
  const all = instancesOf(run);
  if (!changed && all.every((of) => isTerminal(of.state))) {
    const leaves = all.filter((of) => !run.dag.spec.tasks.some((task) => task.upstream.includes(of.task.taskId)));
    endRun(engine, run, leaves.some((of) => of.state === 'failed' || of.state === 'upstream_failed') ? 'failed' : 'success');
    return;
  }
  saveRun(engine, run);
  if (changed) advanceSoon(engine, run);
}

/** A run ends by itself. */
function endRun(engine: Engine, run: Run, state: 'success' | 'failed'): void {
  engine.truth.run(run.dag.spec.dagId, state === 'success' ? 'run_success' : 'run_failure');
  leaveRun(engine, run, state);
}

/** Takes a run out of the active ones, whoever ended it. */
export function leaveRun(engine: Engine, run: Run, state: 'success' | 'failed'): void {
  const { dag } = run;
  if (run.state === 'running') dag.running -= 1;
  if (run.state === 'running' || run.state === 'queued') run.endMs = engine.nowMs;
  run.state = state;
  saveRun(engine, run);
  closeDeadline(engine, run);
  dag.open.delete(run);
  if (!dag.recent.includes(run)) dag.recent.push(run);
  if (dag.recent.length > recentRuns) dag.recent.shift();
  if (dag.overdueMs !== null) engine.queue.push(engine.nowMs + 300, { kind: 'tick', dag, atMs: dag.overdueMs });
}

/** dagrun_timeout: the run fails; unfinished tasks are skipped, those without a state only by Airflow 3. */
export function timeOutRun(engine: Engine, run: Run): void {
  if (run.state !== 'running' || engine.nowMs - (run.startMs ?? engine.nowMs) < (run.dag.spec.runTimeoutSeconds ?? 0) * 1000)
    return;
  for (const of of instancesOf(run)) {
    if (isTerminal(of.state) || (of.state === null && engine.airflow === '2.11')) continue;
    of.epoch += 1;
    if (of.state === 'running') {
      tellTry(engine, of, 'stopped');
      writeTaskJob(engine, of, 'success');
    }
    of.endMs = null;
    of.durationSeconds = null;
    dropTrigger(engine, of);
    enter(engine, of, 'skipped');
    engine.sink.update('task_instance', keyOf(of), () => engine.shape.task(of));
    engine.truth.task(run.dag.spec.dagId, of.task.taskId, 'skipped');
  }
  endRun(engine, run, 'failed');
}
