import type { DagRow } from '../../src/airflow/read-dags.ts';
import type { MappedRun } from '../../src/collect/mapped.ts';
import type { ComponentHealth, PoolSlots, Snapshot, UnfinishedTask } from '../../src/collect/snapshot.ts';
import type { Attempt, RunEnded, Transition } from '../../src/collect/transition.ts';
import { runDueMs, type Fault } from './faults.ts';
import type { LabRun, LabTry } from './timeline.ts';
import { defaultPool, mappedTaskId, scarcePool, type World } from './world.ts';

const common = ({ dag, runPk, runId, dueMs, startMs }: LabRun) => ({
  dagId: dag.dagId,
  runPk,
  runId,
  runType: 'scheduled',
  dueAt: new Date(dueMs),
  runStartedAt: new Date(startMs),
});

const taskIdOf = ({ dag }: LabRun, task: number): string => dag.tasks[task]?.taskId ?? '';

function attemptOf(run: LabRun, each: LabTry): Attempt {
  return {
    ...common(run),
    kind: 'attempt',
    outcome: each.failed ? 'failure' : 'success',
    taskId: taskIdOf(run, each.task),
    mapIndex: -1,
    tryNumber: 1,
    startedAt: new Date(each.startMs),
    endedAt: new Date(each.endMs),
    durationSeconds: each.seconds,
    queueWaitSeconds: (each.startMs - each.queuedMs) / 1000,
    queue: 'default',
    pool: run.dag.pool,
    operator: 'PythonOperator',
    hostname: each.host,
    clearNumber: 0,
  };
}

export function runEndedOf(run: LabRun): RunEnded {
  const { dag, runPk, runId, dueMs, startMs, endMs, failed } = run;
  return {
    kind: 'run_ended',
    state: failed ? 'failed' : 'success',
    byPerson: false,
    failedTasks: failed ? 1 : 0,
    dagId: dag.dagId,
    runPk,
    runId,
    runType: 'scheduled',
    logicalDate: new Date(dueMs - dag.periodMs),
    dueAt: new Date(dueMs),
    startedAt: new Date(startMs),
    endedAt: new Date(endMs),
  };
}

/** How many instances the mapped task of an ended run had; null without one. */
export function mappedRunOf(run: LabRun): MappedRun | null {
  if (run.count === null) return null;
  const { endMs, count } = run;
  return { ...common(run), endedAt: new Date(endMs), clearNumber: 0, counts: new Map([[mappedTaskId, count.instances]]) };
}

/** What ended after `fromMs` and not after `toMs`, of these runs. */
export function transitionsOf(open: readonly LabRun[], fromMs: number, toMs: number): Transition[] {
  const found: Transition[] = [];
  const within = (ms: number): boolean => ms > fromMs && ms <= toMs;
  for (const run of open) {
    for (const each of run.tries) if (within(each.endMs)) found.push(attemptOf(run, each));
    if (within(run.endMs)) found.push(runEndedOf(run));
  }
  return found;
}

function unfinishedOf(run: LabRun, each: LabTry, nowMs: number): UnfinishedTask | null {
  if (nowMs < each.scheduledMs || nowMs >= each.endMs) return null;
  const state = nowMs < each.queuedMs ? 'scheduled' : nowMs < each.startMs ? 'queued' : 'running';
  return {
    dagId: run.dag.dagId,
    runId: run.runId,
    runPk: run.runPk,
    runType: 'scheduled',
    taskId: taskIdOf(run, each.task),
    mapIndex: -1,
    state,
    tryNumber: 1,
    startDate: state === 'running' ? new Date(each.startMs) : null,
    queuedAt: state === 'scheduled' ? null : new Date(each.queuedMs),
    scheduledAt: new Date(each.scheduledMs),
    pool: run.dag.pool,
    poolSlots: 1,
    queue: 'default',
    operator: 'PythonOperator',
    hostname: state === 'running' ? each.host : null,
  };
}

function openRunOf(run: LabRun, nowMs: number): Snapshot['openRuns'][number] {
  return {
    ...common(run),
    id: run.runPk,
    state: nowMs < run.startMs ? 'queued' : 'running',
    logicalDate: new Date(run.dueMs - run.dag.periodMs),
    queuedAt: new Date(run.createdMs),
    startDate: nowMs < run.startMs ? null : new Date(run.startMs),
    endDate: null,
    clearNumber: 0,
    updatedAt: null,
  };
}

/** Airflow's own limit for its scheduler. */
const heartbeatLimitMs = 30_000;

function componentsOf(faults: readonly Fault[], nowMs: number): ComponentHealth[] {
  const dead = faults.find(({ kind, fromMs, toMs }) => kind === 'scheduler_death' && nowMs >= fromMs && nowMs < toMs);
  const beat = dead?.fromMs ?? nowMs;
  const health = (component: ComponentHealth['component'], heartbeatMs: number): ComponentHealth => ({
    component,
    up: nowMs - heartbeatMs < heartbeatLimitMs,
    heartbeatAt: new Date(heartbeatMs),
    limitMs: heartbeatLimitMs,
  });
  return [health('scheduler', beat), health('triggerer', nowMs), health('dag_processor', nowMs)];
}

function poolsOf(faults: readonly Fault[], nowMs: number): PoolSlots[] {
  const starved = faults.some(({ kind, fromMs, toMs }) => kind === 'pool_starvation' && nowMs >= fromMs && nowMs < toMs);
  const slots = { queued: 0, scheduled: 0, deferred: 0 };
  return [
    { pool: defaultPool, open: 100, running: 28, ...slots },
    { pool: scarcePool, open: starved ? 0 : 8, running: starved ? 16 : 8, ...slots },
  ];
}

/** The catalogue; its rows are changed in place when a run is made. */
export const catalogueOf = (world: World): DagRow[] =>
  world.dags.map((dag) => ({
    dagId: dag.dagId,
    paused: false,
    owners: 'lab',
    schedule: `${dag.periodMs / 60_000} min`,
    file: `${dag.dagId}.py`,
    nextRunAt: new Date(runDueMs(world, dag, 0)),
    importErrors: false,
    maxActiveRuns: 16,
    tags: [],
  }));

/** What Airflow's tables would show at `nowMs`, with these runs open. */
export function snapshotOf(open: readonly LabRun[], dags: DagRow[], faults: readonly Fault[], nowMs: number): Snapshot {
  const tasks = open.flatMap((run) => run.tries.flatMap((each) => unfinishedOf(run, each, nowMs) ?? []));
  return {
    at: new Date(nowMs),
    version: '3.3',
    revision: 'lab',
    activeRuns: new Map(),
    openRuns: open.map((run) => openRunOf(run, nowMs)),
    unfinished: { tasks, complete: true },
    components: componentsOf(faults, nowMs),
    pools: poolsOf(faults, nowMs),
    dags,
  };
}
