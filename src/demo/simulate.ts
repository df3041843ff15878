import { writeCatalogue } from './catalogue.ts';
import type { Sink } from './change.ts';
import type { World } from './dag.ts';
import { advanceSoon, newUuid, saveTask, type Engine, type Happening } from './engine.ts';
import { endFault, schedulerBackMs } from './faults.ts';
import type { AirflowRelease } from './model.ts';
import { createTimeQueue } from './queue.ts';
import { randomOf } from './random.ts';
import { shape2 } from './rows-2.ts';
import { shape3 } from './rows-3.ts';
import { hashOf } from './serialize-dag.ts';
import { beginPlatform, heartbeat, parse, planManual } from './simulate-platform.ts';
import { missDeadline } from './simulate-deadlines.ts';
import { advance, createExtraRun, startRun, tick, timeOutRun } from './simulate-runs.ts';
import { requeue } from './simulate-stuck.ts';
import { drain, enter, scheduleTask } from './simulate-tasks.ts';
import { beat, defer, endPoke, endTry, fire, startTry } from './simulate-tries.ts';
import { createTruth } from './truth.ts';
import type { TryEvent } from './try-event.ts';

export interface EngineOptions {
  world: World;
  airflow: AirflowRelease;
  seed: number;
  startMs: number;
  /** Where the history ends: what was deployed some days ago counts from here. */
  presentMs: number;
  anomalyProbability: number;
  sink: Sink;
  onTry: (event: TryEvent) => void;
}

/** A simulated Airflow that has just been installed at `startMs`: its catalogue is written, nothing has run. */
export function createEngine(options: EngineOptions): Engine {
  const { world, airflow, seed, startMs, presentMs, anomalyProbability, sink, onTry } = options;
  const engine: Engine = {
    world,
    airflow,
    seed,
    anomalyProbability,
    sink,
    onTry,
    shape: airflow === '3' ? shape3 : shape2,
    queue: createTimeQueue<Happening>(),
    dags: new Map(),
    pools: new Map(),
    truth: createTruth(),
    faults: [],
    assetIds: new Map(),
    nowMs: startMs,
    live: false,
    running: 0,
    jobs: [],
    sequences: new Map(),
    uuids: randomOf(seed, 'uuid'),
  };
  for (const spec of world.pools) engine.pools.set(spec.pool, { spec, used: 0, waiting: [], awaited: false });
  for (const spec of world.dags) {
    engine.dags.set(spec.dagId, {
      spec,
      versionId: newUuid(engine),
      serializedId: newUuid(engine),
      alertId: newUuid(engine),
      hash: hashOf(engine, spec),
      createdMs: Math.max(startMs, presentMs - (spec.deployedDaysAgo ?? Number.POSITIVE_INFINITY) * 86_400_000),
      parsedMs: startMs,
      nextMs: null,
      overdueMs: null,
      open: new Set(),
      recent: [],
      running: 0,
      waiting: new Map(),
    });
  }
  writeCatalogue(engine);
  beginPlatform(engine);
  return engine;
}

/** Lets everything happen that is due until `untilMs`, in order. */
export function simulate(engine: Engine, untilMs: number): void {
  for (;;) {
    const due = engine.queue.take(untilMs);
    if (due === undefined) break;
    // What was put off may be due before now.
    engine.nowMs = Math.max(engine.nowMs, due.atMs);
    happen(engine, due.item);
  }
  engine.nowMs = Math.max(engine.nowMs, untilMs);
}

/** From a history to the present: heartbeats and parses are of now, and running tasks beat from now on. */
export function goLive(engine: Engine): void {
  engine.live = true;
  heartbeat(engine);
  parse(engine);
  for (const dag of engine.dags.values()) {
    for (const run of dag.open) {
      for (const of of [...run.tasks.values()].flat()) if (of.state === 'running') beat(engine, of);
    }
  }
}

function happen(engine: Engine, happening: Happening): void {
  if ('epoch' in happening && happening.of.epoch !== happening.epoch) return;
  switch (happening.kind) {
    case 'tick':
      return tick(engine, happening.dag, happening.atMs);
    case 'create':
      return createExtraRun(engine, happening.dag, happening.type, happening.user);
    case 'manual':
      createExtraRun(engine, happening.dag, 'manual', 'admin');
      return planManual(engine, happening.dag.spec.dagId);
    case 'start_run':
      return startRun(engine, happening.run);
    case 'advance':
      return advance(engine, happening.run);
    case 'run_timeout':
      return timeOutRun(engine, happening.run);
    case 'deadline':
      return missDeadline(engine, happening.run);
    case 'drain':
      return putOff(engine, happening) ? undefined : drain(engine, happening.pool);
    case 'start_try':
      return startTry(engine, happening.of);
    case 'stuck':
      return putOff(engine, happening) ? undefined : requeue(engine, happening.of);
    case 'again':
      return putOff(engine, happening) ? undefined : scheduleTask(engine, happening.of);
    case 'defer':
      return defer(engine, happening.of);
    case 'fire':
      return fire(engine, happening.of);
    case 'beat':
      return beat(engine, happening.of);
    case 'restarted':
      enter(engine, happening.of, null);
      saveTask(engine, happening.of);
      return advanceSoon(engine, happening.of.run);
    case 'end_try':
      return endTry(engine, happening.of, happening.ending);
    case 'poke':
      return endPoke(engine, happening.of, happening.found);
    case 'heartbeat':
      return heartbeat(engine);
    case 'parse':
      return parse(engine);
    case 'fault_over':
      return endFault(engine, happening.fault);
  }
}

/** A scheduler that is down does it when it is back. */
function putOff(engine: Engine, happening: Happening): boolean {
  const backMs = schedulerBackMs(engine);
  if (backMs <= engine.nowMs) return false;
  engine.queue.push(backMs + 400, happening);
  return true;
}
