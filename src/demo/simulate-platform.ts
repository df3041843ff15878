import { iso, type Row } from './change.ts';
import { nextId, type Engine } from './engine.ts';
import { faultOn, writeImportError } from './faults.ts';
import { nextTick } from './dag.ts';
import { planTick } from './simulate-runs.ts';
import type { PoolSpec } from './dag.ts';

const heartbeatMs = 5000;
const parseMs = 30_000;

function jobRow(engine: Engine, job: Engine['jobs'][number]): Row {
  return {
    id: job.id,
    dag_id: null,
    state: 'running',
    job_type: job.type,
    start_date: iso(job.startMs),
    end_date: null,
    latest_heartbeat: iso(engine.nowMs),
    executor_class: job.type === 'SchedulerJob' ? 'LocalExecutor' : null,
    hostname: `airflow-${job.type.replace('Job', '').toLowerCase()}-0`,
    unixname: 'airflow',
  };
}

export function poolRow(engine: Engine, pool: PoolSpec): Row {
  return {
    pool: pool.pool,
    slots: pool.slots,
    description: pool.description,
    include_deferred: pool.includeDeferred,
    ...(engine.airflow === '3' ? { team_name: null } : {}),
  };
}

/** Starts the components and plans everything that comes by itself. 2.x parses inside the scheduler: it has no job for it. */
export function beginPlatform(engine: Engine): void {
  const types = engine.airflow === '3' ? ['SchedulerJob', 'TriggererJob', 'DagProcessorJob'] : ['SchedulerJob', 'TriggererJob'];
  for (const type of types) {
    const job = { id: nextId(engine, 'job'), type, startMs: engine.nowMs };
    engine.jobs.push(job);
    const row = jobRow(engine, job);
    engine.sink.insert('job', String(job.id), () => row);
  }
  for (const dag of engine.dags.values()) {
    const { schedule, broken, paused } = dag.spec;
    if (broken) writeImportError(engine, dag);
    if (schedule.kind === 'time') planTick(engine, dag, nextTick(schedule, dag.createdMs));
    if (schedule.kind === 'none' && !paused) planManual(engine, dag.spec.dagId);
  }
}

/** A person comes by every now and then. */
export function planManual(engine: Engine, dagId: string): void {
  const dag = engine.dags.get(dagId);
  if (dag?.spec.schedule.kind !== 'none' || dag.spec.schedule.manualEverySeconds === undefined) return;
  const afterMs = Math.round(engine.uuids.next() * 2 * dag.spec.schedule.manualEverySeconds * 1000);
  engine.queue.push(engine.nowMs + afterMs, { kind: 'manual', dag });
}

/** Every component's sign of life, from now on. */
export function heartbeat(engine: Engine): void {
  const down = faultOn(engine, 'scheduler') !== undefined;
  for (const job of engine.jobs) {
    if (down && job.type === 'SchedulerJob') continue;
    const row = jobRow(engine, job);
    engine.sink.update('job', String(job.id), () => row);
  }
  engine.queue.push(engine.nowMs + heartbeatMs, { kind: 'heartbeat' });
}

/** DAG files are parsed, from now on again and again. */
export function parse(engine: Engine): void {
  for (const dag of engine.dags.values()) {
    const failing = faultOn(engine, 'import', dag.spec.dagId) !== undefined;
    if (dag.spec.broken || failing) continue;
    dag.parsedMs = engine.nowMs;
    engine.sink.update('dag', dag.spec.dagId, () => engine.shape.dag(dag, false, dag.nextMs));
  }
  engine.queue.push(engine.nowMs + parseMs, { kind: 'parse' });
}
