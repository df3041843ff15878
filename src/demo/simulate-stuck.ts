import { saveTask, writeOwnLog, advanceSoon, type Engine } from './engine.ts';
import type { Attempted } from './model.ts';
import { awaitSlot, enter } from './simulate-tasks.ts';

// Airflow's own settings: task_queued_timeout, how often that is checked, and num_stuck_in_queued_retries.
const queuedTimeoutMs = 600_000;
const checkEveryMs = 120_000;
const requeuesMax = 2;

/** The executor does not start a queued try: the scheduler will see to it. */
export function watchStuck(engine: Engine, of: Attempted): void {
  const afterMs = queuedTimeoutMs + Math.floor(engine.uuids.next() * checkEveryMs);
  engine.queue.push((of.queuedMs ?? engine.nowMs) + afterMs, { kind: 'stuck', of, epoch: of.epoch });
}

/** The scheduler puts a try back that has been queued for too long, in the same try; after two times it fails it. */
export function requeue(engine: Engine, of: Attempted): void {
  if (of.state !== 'queued' || engine.nowMs - (of.queuedMs ?? engine.nowMs) < queuedTimeoutMs) return;
  if (of.requeues < requeuesMax) {
    of.requeues += 1;
    writeOwnLog(engine, of, 'stuck in queued reschedule');
    of.queuedMs = null;
    awaitSlot(engine, of);
    return;
  }
  writeOwnLog(engine, of, 'stuck in queued tries exceeded');
  of.startMs ??= engine.nowMs;
  of.endMs = engine.nowMs;
  of.durationSeconds = (engine.nowMs - of.startMs) / 1000;
  enter(engine, of, 'failed');
  saveTask(engine, of);
  engine.truth.task(of.run.dag.spec.dagId, of.task.taskId, 'failure');
  advanceSoon(engine, of.run);
}
