import { updateAssets } from './simulate-assets.ts';
import { nextId, randomOfTry, saveTask, writeLog, writeOwnLog, type Engine } from './engine.ts';
import { faultOfTry, isStuck, workWith } from './faults.ts';
import type { Attempted } from './model.ts';
import { tellTry } from './tell-try.ts';
import type { Ending } from './try-event.ts';
import { watchStuck } from './simulate-stuck.ts';
import { closeTry, dropTrigger, enter, scheduleTask, settle } from './simulate-tasks.ts';
import { writeTaskFail, writeTaskJob } from './task-jobs.ts';

const beatMs = 5000;
/** Airflow itself takes about a second to get to a task's own code. */
const shortestMs = 1000;
const weekdayOf = (ms: number): number => new Date(ms).getUTCDay();

/** A worker picks a queued task up. */
export function startTry(engine: Engine, of: Attempted): void {
  if (of.state !== 'queued') return;
  if (isStuck(engine, of)) return watchStuck(engine, of);
  if (engine.running >= engine.world.parallelism) {
    engine.queue.push(engine.nowMs + 1000, { kind: 'start_try', of, epoch: of.epoch });
    return;
  }
  const random = randomOfTry(engine, of);
  const resumed = of.resuming;
  if (!resumed) of.startMs = engine.nowMs;
  of.spellMs = engine.nowMs;
  of.endMs = null;
  of.durationSeconds = null;
  of.host = random.pick(engine.world.hosts);
  of.pid = 1000 + Math.floor(random.next() * 60_000);
  of.heartbeatMs = engine.nowMs;
  of.jobId = null;
  enter(engine, of, 'running');
  writeTaskJob(engine, of, 'running');
  saveTask(engine, of);
  logStart(engine, of);
  if (engine.live) engine.queue.push(engine.nowMs + beatMs, { kind: 'beat', of, epoch: of.epoch });

  const { task, run } = of;
  const fault = faultOfTry(engine, of, random.next());
  of.fault = fault.kind;
  tellTry(engine, of, resumed ? 'resumed' : 'began');
  const weekday = run.dag.spec.weekday[weekdayOf(run.runAfterMs)] ?? 1;
  const workMs = workWith(fault, random.logNormal(task.medianSeconds, task.spread) * weekday * 1000);
  const fails = random.next() < task.failRate || fault.fails;
  const ending: Ending = fails ? 'failed' : random.next() < task.skipRate ? 'skipped' : 'success';
  const end = (afterMs: number) =>
    engine.queue.push(engine.nowMs + Math.max(shortestMs, Math.round(afterMs)), { kind: 'end_try', of, epoch: of.epoch, ending });
  switch (task.kind) {
    case 'deferrable':
      if (resumed) end(random.between(shortestMs, 2 * shortestMs));
      else
        engine.queue.push(engine.nowMs + Math.round(random.between(shortestMs, 2 * shortestMs)), {
          kind: 'defer',
          of,
          epoch: of.epoch,
        });
      return;
    case 'sensor': {
      of.firstPokeMs ??= engine.nowMs;
      const found = engine.nowMs - of.firstPokeMs >= workMs;
      if (fails) end(random.between(shortestMs, 2 * shortestMs));
      else
        engine.queue.push(engine.nowMs + Math.round(random.between(shortestMs, 2 * shortestMs)), {
          kind: 'poke',
          of,
          epoch: of.epoch,
          found,
        });
      return;
    }
    case 'work':
    case 'branch':
    case 'trigger':
    case 'empty':
      // What fails, fails anywhere on its way.
      end(fails ? workMs * random.between(0.1, 1) : workMs);
  }
}

function logStart(engine: Engine, of: Attempted): void {
  const { dagId, owner } = of.run.dag.spec;
  if (engine.airflow === '2.11') {
    const extra = JSON.stringify({
      host_name: of.host,
      full_command: `['airflow', 'tasks', 'run', '${dagId}', '${of.task.taskId}', '${of.run.runId}', '--local']`,
    });
    for (let times = 0; times < 2; times += 1) writeLog(engine, 'cli_task_run', dagId, { taskId: of.task.taskId, owner, extra });
  }
  writeOwnLog(engine, of, 'running');
}

/** 3.x: the worker's sign of life moves the row; 2.x: that of its job. */
export function beat(engine: Engine, of: Attempted): void {
  if (of.state !== 'running') return;
  if (engine.airflow === '3') {
    of.heartbeatMs = engine.nowMs;
    of.updatedMs = engine.nowMs;
    saveTask(engine, of);
  } else writeTaskJob(engine, of, 'running');
  engine.queue.push(engine.nowMs + beatMs, { kind: 'beat', of, epoch: of.epoch });
}

/** When the row of a running try was last written: by its last heartbeat (3.x), or when it started. */
export function lastWriteMs(engine: Engine, of: Attempted): number {
  if (engine.airflow === '2.11' || of.state !== 'running') return of.updatedMs;
  const since = of.updatedMs;
  return engine.live ? since : since + Math.floor((engine.nowMs - since) / beatMs) * beatMs;
}

/** A try is over, as its worker tells. */
export function endTry(engine: Engine, of: Attempted, ending: Ending): void {
  const { run, task } = of;
  const { dagId } = run.dag.spec;
  const writtenMs = lastWriteMs(engine, of);
  if (engine.airflow === '3') of.heartbeatMs = writtenMs;
  of.endMs = engine.nowMs;
  of.durationSeconds = (engine.nowMs - (of.startMs ?? engine.nowMs)) / 1000;
  of.resuming = false;
  writeTaskJob(engine, of, 'success');
  const willRetry = ending === 'failed' && of.tryNumber <= of.maxTries;
  tellTry(engine, of, 'ended', { ending, willRetry });
  if (ending === 'failed') writeTaskFail(engine, of);
  if (willRetry) {
    // Tells of the try that ended, so before the row is made ready for the next one.
    writeOwnLog(engine, of, engine.airflow === '3' ? 'up_for_retry' : 'failed');
    closeTry(engine, of, { state: 'failed', endMs: of.endMs, updatedMs: Math.min(writtenMs, engine.nowMs - 1) });
    enter(engine, of, 'up_for_retry');
    saveTask(engine, of);
    engine.truth.task(dagId, task.taskId, 'retry');
    engine.queue.push(engine.nowMs + task.retryDelaySeconds * 1000 + 500, { kind: 'again', of, epoch: of.epoch });
    return;
  }
  enter(engine, of, ending);
  engine.truth.task(dagId, task.taskId, ending === 'failed' ? 'failure' : ending);
  settle(engine, of, ending);
  if (ending !== 'success') return;
  if (task.outlets.length > 0) updateAssets(engine, of);
  const target = task.triggers === undefined ? undefined : engine.dags.get(task.triggers);
  if (target !== undefined) engine.queue.push(engine.nowMs, { kind: 'create', dag: target, type: 'operator', user: null });
}

/** A poke of a sensor in reschedule mode is over. */
export function endPoke(engine: Engine, of: Attempted, found: boolean): void {
  if (found) return endTry(engine, of, 'success');
  const againMs = engine.nowMs + of.task.pokeSeconds * 1000;
  of.endMs = engine.nowMs;
  of.durationSeconds = (engine.nowMs - (of.startMs ?? engine.nowMs)) / 1000;
  const id = nextId(engine, 'task_reschedule');
  const row = engine.shape.reschedule(id, of, of.startMs ?? engine.nowMs, engine.nowMs, againMs);
  engine.sink.insert('task_reschedule', String(id), () => row);
  of.rescheduleIds.push(id);
  tellTry(engine, of, 'poked');
  writeTaskJob(engine, of, 'success');
  enter(engine, of, 'up_for_reschedule');
  saveTask(engine, of);
  if (engine.airflow === '3') writeOwnLog(engine, of, 'up_for_reschedule');
  engine.queue.push(againMs, { kind: 'again', of, epoch: of.epoch });
}

/** A deferrable task hands itself over to the triggerer. */
export function defer(engine: Engine, of: Attempted): void {
  const random = randomOfTry(engine, of);
  const usualMs = random.logNormal(of.task.medianSeconds, of.task.spread) * 1000;
  const untilMs = engine.nowMs + Math.round(workWith(faultOfTry(engine, of, random.next()), usualMs));
  const triggerer = engine.jobs.find((job) => job.type === 'TriggererJob');
  const id = nextId(engine, 'trigger');
  const row = engine.shape.trigger(id, engine.nowMs, triggerer?.id ?? 2, untilMs);
  engine.sink.insert('trigger', String(id), () => row);
  of.triggerId = id;
  of.resuming = true;
  tellTry(engine, of, 'deferred');
  writeTaskJob(engine, of, 'success');
  enter(engine, of, 'deferred');
  saveTask(engine, of);
  if (engine.airflow === '3') writeOwnLog(engine, of, 'deferred');
  engine.queue.push(untilMs, { kind: 'fire', of, epoch: of.epoch });
}

/** The trigger fired: back to the scheduler, in the same try. */
export function fire(engine: Engine, of: Attempted): void {
  tellTry(engine, of, 'fired');
  dropTrigger(engine, of);
  scheduleTask(engine, of);
}
