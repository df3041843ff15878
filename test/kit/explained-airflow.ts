import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { airflowConfig } from '../../src/airflow/config.ts';
import { connectAirflow } from '../../src/airflow/connect.ts';
import { asLeader } from '../../src/cycle.ts';
import { dag, every, task, type World } from '../../src/demo/dag.ts';
import { createSimulation, type Simulation } from '../../src/demo/simulation.ts';
import { openTaskLogs } from '../../src/demo/task-logs.ts';
import { loadExplanations, type KeptExplanation } from '../../src/explain/rows.ts';
import type { ExplainReport, Worker } from '../../src/explain/worker.ts';
import { explainConfig } from '../../src/explain/config.ts';
import { createExplaining } from '../../src/explaining.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { redactConfig } from '../../src/redact/config.ts';
import { slaConfig } from '../../src/sla/config.ts';
import { acquire, type Lease } from '../../src/store/lease.ts';
import type { Store } from '../../src/store/store.ts';
import { createDatabase, createStore, type TestDatabase } from './database.ts';
import { keptLog } from './http.ts';
import { leaderWith } from './leader.ts';
import { simulateClock } from './simulated-clock.ts';

const start = new Date('2026-03-02T10:02:00Z');
const sure = { failRate: 0, skipRate: 0 };

/** Two DAGs in which nothing goes wrong by chance. */
const world: World = {
  parallelism: 32,
  hosts: ['worker-0', 'worker-1'],
  pools: [{ pool: 'default_pool', slots: 128, description: '', includeDeferred: false }],
  assets: [],
  dags: ['micro', 'macro'].map((dagId) =>
    dag(dagId, every(600, 0, '*/10 * * * *', 'Every 10 minutes'), [
      task('fetch', [], { ...sure, medianSeconds: 60, retryDelaySeconds: 20 }),
      task('load', ['fetch'], { ...sure, medianSeconds: 15 }),
    ]),
  ),
};

export interface ExplainedAirflow extends AsyncDisposable {
  database: TestDatabase;
  store: Store;
  simulation: Simulation;
  /** Where its task logs are. */
  logs: string;
  reports: ExplainReport[];
  /** Transactions on Airflow's database that the worker has made. */
  reads(): number;
  /** What the worker logged. */
  lines: string[];
  /** Cycles, one a minute of the simulation. */
  pass(minutes: number): Promise<void>;
  worker: Worker;
  /** A worker that knows nothing yet, as after a restart; `settings` are its own. */
  restart(settings?: { folder?: string; asksModels?: boolean }): Promise<void>;
  /** The newest explanations of the incident of this subject, newest first. */
  explanations(subjectKey: string): Promise<KeptExplanation[]>;
  /** Lets another Windsock lead. */
  depose(): Promise<void>;
}

/** A simulated Airflow with task logs, a leader, and the worker that explains its incidents, in this process. */
export async function createExplainedAirflow({
  airflow: release = '3',
}: { airflow?: '3' | '2.11' } = {}): Promise<ExplainedAirflow> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createDatabase());
  const store = stack.use(await createStore());
  const logs = await mkdtemp(join(tmpdir(), 'windsock-explained-'));
  stack.defer(() => rm(logs, { recursive: true, force: true }));
  const files = openTaskLogs(logs, 5);
  let live = false;
  const simulation = stack.use(
    await createSimulation({
      databaseUrl: database.url,
      airflow: release,
      seed: 5,
      start,
      historyDays: 1,
      world,
      onTry: (event) => (live ? files.write(event) : files.remember(event)),
    }),
  );
  files.writeRemembered();
  live = true;
  const clockOfDatabase = await simulateClock(database, start);
  const airflow = connectAirflow({ url: database.url, connectTimeoutMs: 5000, transactionTimeoutMs: 5000, clock: systemClock });
  stack.defer(() => airflow.close());
  const clock = { now: () => simulation.now(), monotonicMs: () => systemClock.monotonicMs() };
  const leader = leaderWith({ airflow, store, clock });
  let lease = (await acquire(store, 'test', 'one')) as Lease;
  const { logger, lines } = keptLog();
  const reports: ExplainReport[] = [];
  let reads = 0;
  const counted: typeof airflow = {
    ...airflow,
    read(work) {
      reads += 1;
      return airflow.read(work);
    },
  };
  const workerWith = ({ folder = logs, asksModels = false }: { folder?: string; asksModels?: boolean } = {}): Worker =>
    createExplaining({
      settings: {
        airflow: airflowConfig.parse({ name: 'test', database_url: database.url, logs: { folder } }),
        redact: redactConfig.parse({}),
        explain: explainConfig.parse({}),
        sla: slaConfig.parse({}),
        asksModels,
      },
      airflow: counted,
      store,
      clock,
      logger,
      look: leader.seen,
      asLeader: (work) => asLeader(store, lease, work),
      report: (report) => reports.push(report),
    });
  const made = {
    database,
    store,
    simulation,
    logs,
    reports,
    lines,
    reads: () => reads,
    worker: workerWith(),
    async pass(minutes: number) {
      for (let minute = 0; minute < minutes; minute += 1) {
        const to = new Date(simulation.now().getTime() + 60_000);
        await simulation.step(to);
        await clockOfDatabase.set(to);
        const { error } = await leader.turn(lease);
        if (error !== undefined) throw new Error(error);
        while (await leader.idle(lease, () => false));
      }
    },
    async restart(settings?: { folder?: string; asksModels?: boolean }) {
      await made.worker.stop();
      made.worker = workerWith(settings);
    },
    async explanations(subjectKey: string) {
      const rows = await store.query<{ id: string }>(
        'SELECT id FROM incident WHERE subject_key = $1 ORDER BY opened_at DESC LIMIT 1',
        [subjectKey],
      );
      return loadExplanations(store, 'test', rows[0]?.id ?? '');
    },
    async depose() {
      await store.query(`UPDATE lease SET holder = 'two', epoch = epoch + 1`);
      lease = { ...lease };
    },
    async [Symbol.asyncDispose]() {
      await made.worker.stop();
      await stack.disposeAsync();
    },
  };
  return made;
}
