import { advanceSoon, newUuid, nextId, saveTask, writeOwnLog, type Engine } from './engine.ts';
import { holdsSlots, keyOf, type Attempted, type PoolState, type Run, type TaskState } from './model.ts';
import type { TaskSpec } from './dag.ts';

/** A task instance as it is created with its run. */
export function newTask(engine: Engine, run: Run, task: TaskSpec, mapIndex: number): Attempted {
  return {
    run,
    task,
    mapIndex,
    id: engine.airflow === '3' ? newUuid(engine) : '',
    state: null,
    tryNumber: 0,
    maxTries: task.retries,
    scheduledMs: null,
    queuedMs: null,
    startMs: null,
    endMs: null,
    durationSeconds: null,
    heartbeatMs: null,
    updatedMs: engine.nowMs,
    host: '',
    pid: null,
    jobId: null,
    triggerId: null,
    resuming: false,
    spellMs: null,
    requeues: 0,
    fault: null,
    epoch: 0,
    firstPokeMs: null,
    rescheduleIds: [],
    closed: new Set(),
  };
}

function poolOf(engine: Engine, of: Attempted): PoolState {
  const pool = engine.pools.get(of.task.pool);
  if (pool === undefined) throw new RangeError(`no pool ${of.task.pool}`);
  return pool;
}

/** Has the scheduler fill the free slots of a pool soon. */
function drainSoon(engine: Engine, pool: PoolState): void {
  if (pool.awaited || pool.waiting.length === 0) return;
  pool.awaited = true;
  engine.queue.push(engine.nowMs + 80 + Math.floor(engine.uuids.next() * 400), { kind: 'drain', pool });
}

/** Moves a task to a state, and keeps the books of its pool and the executor. */
export function enter(engine: Engine, of: Attempted, state: TaskState | null): void {
  const pool = poolOf(engine, of);
  const before = holdsSlots(of.state, pool.spec);
  const after = holdsSlots(state, pool.spec);
  if (of.state === 'running' && state !== 'running') engine.running -= 1;
  if (of.state !== 'running' && state === 'running') engine.running += 1;
  if (of.state === 'scheduled' && state !== 'scheduled' && state !== 'queued')
    pool.waiting = pool.waiting.filter((other) => other !== of);
  of.state = state;
  of.updatedMs = engine.nowMs;
  if (before && !after) {
    pool.used -= of.task.poolSlots;
    for (const other of engine.pools.values()) drainSoon(engine, other);
  }
  if (!before && after) pool.used += of.task.poolSlots;
}

/** To `scheduled`; a new try unless a sensor pokes again or a deferred task comes back. */
export function scheduleTask(engine: Engine, of: Attempted): void {
  const sameTry = of.state === 'up_for_reschedule' || of.state === 'deferred';
  if (!sameTry) {
    of.tryNumber += 1;
    of.firstPokeMs = null;
    of.requeues = 0;
  }
  awaitSlot(engine, of);
}

/** To `scheduled`, and into the line before its pool. */
export function awaitSlot(engine: Engine, of: Attempted): void {
  of.scheduledMs = engine.nowMs;
  enter(engine, of, 'scheduled');
  saveTask(engine, of);
  const pool = poolOf(engine, of);
  pool.waiting.push(of);
  drainSoon(engine, pool);
}

/** The scheduler's critical section: waiting tasks to `queued` as far as slots go. */
export function drain(engine: Engine, pool: PoolState): void {
  pool.awaited = false;
  const queued = [...engine.pools.values()].reduce((sum, each) => sum + each.used, 0);
  let free = engine.world.parallelism * 2 - queued;
  const waiting = pool.waiting;
  pool.waiting = [];
  for (const of of waiting) {
    if (free <= 0 || pool.used + of.task.poolSlots > pool.spec.slots) {
      pool.waiting.push(of);
      continue;
    }
    free -= 1;
    of.queuedMs = engine.nowMs;
    enter(engine, of, 'queued');
    saveTask(engine, of);
    engine.queue.push(engine.nowMs + 250 + Math.floor(engine.uuids.next() * 900), { kind: 'start_try', of, epoch: of.epoch });
  }
}

/** EmptyOperators never reach a worker: the scheduler itself ends them. */
export function endEmpty(engine: Engine, of: Attempted): void {
  of.tryNumber += 1;
  of.scheduledMs = null;
  of.startMs = engine.nowMs;
  of.endMs = engine.nowMs;
  of.durationSeconds = 0;
  enter(engine, of, 'success');
  saveTask(engine, of);
  engine.truth.task(of.run.dag.spec.dagId, of.task.taskId, 'success');
}

/** Ended by a rule, without a try: upstream failed, or a branch not taken. A task that ran before keeps its dates (a clear's second round). */
export function endByRule(engine: Engine, of: Attempted, state: 'skipped' | 'upstream_failed', dated = true): void {
  if (dated) {
    of.startMs ??= engine.nowMs;
    of.endMs ??= engine.nowMs;
    if (state === 'upstream_failed') of.durationSeconds ??= 0;
  }
  enter(engine, of, state);
  saveTask(engine, of);
  engine.truth.task(of.run.dag.spec.dagId, of.task.taskId, state);
}

/** Keeps the try that is over in the history, under the id that the row had so far. */
export function closeTry(
  engine: Engine,
  of: Attempted,
  closed: { state: string; endMs: number | null; updatedMs: number },
): void {
  // One row a try: a second clear of the same one adds none.
  if (of.closed.has(of.tryNumber)) return;
  of.closed.add(of.tryNumber);
  const durationSeconds =
    of.startMs === null || closed.endMs === null
      ? null
      : closed.state === of.state
        ? of.durationSeconds
        : (closed.endMs - of.startMs) / 1000;
  const id = engine.airflow === '3' ? 0 : nextId(engine, 'task_instance_history');
  const row = engine.shape.history(of, { ...closed, id, durationSeconds });
  engine.sink.insert('task_instance_history', `${keyOf(of)}\u0000${of.tryNumber}`, () => row);
  dropReschedules(engine, of);
  if (engine.airflow === '3') of.id = newUuid(engine);
}

function dropReschedules(engine: Engine, of: Attempted): void {
  for (const id of of.rescheduleIds) engine.sink.remove('task_reschedule', String(id), () => ({ id }));
  of.rescheduleIds = [];
}

/** The trigger of a deferred task goes once nothing refers to it. */
export function dropTrigger(engine: Engine, of: Attempted): void {
  const id = of.triggerId;
  if (id === null) return;
  of.triggerId = null;
  engine.sink.remove('trigger', String(id), () => ({ id }));
}

/** A change of the executor's word about a try, then the scheduler's look at the run. */
export function settle(engine: Engine, of: Attempted, event: string | null): void {
  saveTask(engine, of);
  if (event !== null) writeOwnLog(engine, of, event);
  advanceSoon(engine, of.run);
}
