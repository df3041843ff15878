import pg from 'pg';
import { clearTasks, markRun, markTask, triggerRun } from './act.ts';
import type { Fault, FaultKind } from './config.ts';
import type { World } from './dag.ts';
import type { ActiveFault, Engine } from './engine.ts';
import { beginFault } from './faults.ts';
import type { AirflowRelease, DagState, Run } from './model.ts';
import { hasSchema, readSchema } from './schema.ts';
import { createEngine, goLive, simulate } from './simulate.ts';
import type { GroundTruth } from './truth.ts';
import type { TryEvent } from './try-event.ts';
import { shop } from './world.ts';
import { alignSequences, historySink, liveSink, writeBatch } from './write.ts';

const dayMs = 86_400_000;
// PostgreSQL takes every batch for a hundred rows, and would rather read a table of thousands than look up the few there are.
const session = 'SET synchronous_commit = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off';
/** Of a history, written at once: small enough to keep the process small. */
const sliceMs = dayMs / 4;

export interface SimulationOptions {
  databaseUrl: string;
  airflow: AirflowRelease;
  seed: number;
  /** When the simulated clock begins; a history ends there. */
  start: Date;
  /** Days of history before `start`, written at once as they ended; default 0. */
  historyDays?: number;
  world?: World;
  anomalyProbability?: number;
  /** Told what a task's log would tell, at once and before its rows are written. */
  onTry?: (event: TryEvent) => void;
  /** From 0 to 1, while the history is written. */
  onProgress?: (ratio: number) => void;
  signal?: AbortSignal;
}

/** A run, as its DAG's id and its run id name it. */
export interface RunName {
  dagId: string;
  runId: string;
}

/** A fault that has begun: `dagId` is missing when it hits everything. */
export interface FaultInForce {
  kind: FaultKind;
  dagId?: string;
  taskId?: string;
  until: Date;
}

/** A simulated Airflow and its database. Times only ever go forward. */
export interface Simulation extends AsyncDisposable {
  /** Writes everything that happens until `to`, every state as its own change, and returns once it is committed. */
  step(to: Date): Promise<void>;
  /** Begins a fault at the simulated now; what it writes comes with the next step. Returns whom it hits and until when. */
  inject(fault: Fault): FaultInForce;
  /** Faults in force now. */
  faults(): FaultInForce[];
  /** Exact counts of everything that has been written, history included; `truthSince` tells two apart. */
  truth(): GroundTruth;
  /** A person clears tasks of a run over the API: all, or these. */
  clear(run: RunName, taskIds?: readonly string[]): Promise<void>;
  /** A person marks a run, or one task of it, over the API. */
  mark(run: RunName, state: 'success' | 'failed', task?: { taskId: string; mapIndex?: number }): Promise<void>;
  /** A person triggers a run over the API. */
  trigger(dagId: string): Promise<void>;
  /** Runs that a person could act on now: open ones and recently finished ones. */
  runs(): (RunName & { state: string })[];
  now(): Date;
}

/** A simulated Airflow in this database: its schema is loaded unless it is there, its tables must be empty. */
export async function createSimulation(options: SimulationOptions): Promise<Simulation> {
  const { databaseUrl, airflow, seed, start, historyDays = 0, world = shop, anomalyProbability = 0, onTry = () => {} } = options;
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'airflow' });
  // The next statement tells of a connection that is lost.
  client.on('error', () => {});
  await client.connect();
  const history = historySink();
  const presentMs = start.getTime();
  const startMs = presentMs - historyDays * dayMs;
  const engine = createEngine({ world, airflow, seed, startMs, presentMs, anomalyProbability, sink: history.sink, onTry });
  try {
    await writeHistory(client, engine, () => writeBatch(client, history.take()), { ...options, startMs, presentMs });
  } catch (error) {
    await client.end();
    throw error;
  }
  const live = liveSink();
  engine.sink = live.sink;
  return simulationOf(engine, {
    async write() {
      for (const wave of live.take()) await writeBatch(client, wave);
    },
    close: () => client.end(),
  });
}

interface HistoryOptions extends Pick<SimulationOptions, 'airflow' | 'onProgress' | 'signal'> {
  startMs: number;
  presentMs: number;
}

/** Loads the schema and lets everything happen until the present, slice by slice; indexes and references come last. */
async function writeHistory(
  client: pg.Client,
  engine: Engine,
  write: () => Promise<void>,
  { airflow, startMs, presentMs, onProgress = () => {}, signal }: HistoryOptions,
): Promise<void> {
  const schema = (await hasSchema(client)) ? null : await readSchema(airflow);
  if (schema !== null) await client.query(schema.before);
  await client.query(session);
  await write();
  for (let atMs = startMs; atMs < presentMs;) {
    signal?.throwIfAborted();
    atMs = Math.min(atMs + sliceMs, presentMs);
    simulate(engine, atMs);
    await write();
    onProgress((0.9 * (atMs - startMs)) / (presentMs - startMs));
  }
  goLive(engine);
  await write();
  if (schema !== null) await client.query(schema.after);
  await alignSequences(client);
  if (startMs < presentMs) await client.query('ANALYZE');
  onProgress(1);
}

function simulationOf(engine: Engine, { write, close }: { write: () => Promise<void>; close: () => Promise<void> }): Simulation {
  let last: Promise<void> = Promise.resolve();
  // One writer at a time: a person's act waits for the step under way.
  const inTurn = (work: () => void): Promise<void> => {
    const before = last;
    last = (async () => {
      await before.catch(() => {});
      work();
      await write();
    })();
    return last;
  };
  const atHand = (dag: DagState | undefined): Run[] => (dag === undefined ? [] : [...dag.open, ...dag.recent]);
  const find = ({ dagId, runId }: RunName): Run => {
    const run = atHand(engine.dags.get(dagId)).find((each) => each.runId === runId);
    if (run === undefined) throw new RangeError(`no run ${runId} of ${dagId} at hand`);
    return run;
  };
  return {
    step: (to) => inTurn(() => simulate(engine, to.getTime())),
    inject: (fault) => inForce(beginFault(engine, fault)),
    faults: () => engine.faults.map(inForce),
    truth: () => engine.truth.read(),
    clear: (name, taskIds) => inTurn(() => clearTasks(engine, find(name), taskIds)),
    mark: (name, state, task) =>
      inTurn(() => (task === undefined ? markRun(engine, find(name), state) : markTask(engine, find(name), task, state))),
    trigger: (dagId) => inTurn(() => triggerRun(engine, dagId)),
    runs: () =>
      [...engine.dags.values()].flatMap((dag) =>
        atHand(dag).map(({ runId, state }) => ({ dagId: dag.spec.dagId, runId, state })),
      ),
    now: () => new Date(engine.nowMs),
    async [Symbol.asyncDispose]() {
      await last.catch(() => {});
      await close();
    },
  };
}

function inForce({ kind, dagId, taskId, untilMs }: ActiveFault): FaultInForce {
  return {
    kind,
    until: new Date(untilMs),
    ...(dagId === undefined ? {} : { dagId }),
    ...(taskId === undefined ? {} : { taskId }),
  };
}
