import { expect, test } from 'vitest';
import { connectAirflow } from '../../../src/airflow/connect.ts';
import { dag, every, task, type World } from '../../../src/demo/dag.ts';
import { createSimulation, type Simulation } from '../../../src/demo/simulation.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { acquire, type Lease } from '../../../src/store/lease.ts';
import type { Store } from '../../../src/store/store.ts';
import { createDatabase, createStore } from '../../kit/database.ts';
import { leaderWith } from '../../kit/leader.ts';
import { simulateClock } from '../../kit/simulated-clock.ts';

const start = new Date('2026-03-02T10:02:00Z');
const sure = { failRate: 0, skipRate: 0 };

/** A DAG in which nothing goes wrong by chance. */
const world: World = {
  parallelism: 32,
  hosts: ['worker-0', 'worker-1'],
  pools: [{ pool: 'default_pool', slots: 128, description: '', includeDeferred: false }],
  assets: [],
  dags: [
    dag('micro', every(600, 0, '*/10 * * * *', 'Every 10 minutes'), [
      task('fetch', [], { ...sure, medianSeconds: 120, retryDelaySeconds: 20 }),
      task('load', ['fetch'], { ...sure, medianSeconds: 15 }),
    ]),
  ],
};

interface Row {
  kind: string;
  subject: string;
  state: string;
  recurrences: number;
  root: boolean;
  reason: string | null;
}

/** Every incident, oldest first. */
const incidents = (store: Store): Promise<Row[]> =>
  store.query<Row>(
    `SELECT kind, subject_key AS subject, state, recurrences, root_id IS NULL AS root, end_reason AS reason FROM incident ORDER BY opened_at, id`,
  );

async function leading(work: (pass: (minutes: number) => Promise<void>, simulation: Simulation, store: Store) => Promise<void>) {
  await using database = await createDatabase();
  await using store = await createStore();
  await using simulation = await createSimulation({
    databaseUrl: database.url,
    airflow: '3',
    seed: 5,
    start,
    historyDays: 1,
    world,
  });
  const clock = await simulateClock(database, start);
  const airflow = connectAirflow({ url: database.url, connectTimeoutMs: 5000, transactionTimeoutMs: 5000, clock: systemClock });
  const made = () =>
    leaderWith({
      airflow,
      store,
      clock: { now: () => simulation.now(), monotonicMs: () => systemClock.monotonicMs() },
    });
  let leader = made();
  let lease = (await acquire(store, 'test', 'one')) as Lease;
  let cycles = 0;
  const pass = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute += 1) {
      const to = new Date(simulation.now().getTime() + 60_000);
      await simulation.step(to);
      await clock.set(to);
      cycles += 1;
      // Another takes over: it must know from rows all that the first one knew.
      if (cycles % 4 === 0) {
        leader = made();
        lease = (await acquire(store, 'test', 'one')) as Lease;
      }
      const turn = await leader.turn(lease);
      expect(turn.error).toBeUndefined();
      expect(turn.status.warnings.filter((each) => each.includes('detector'))).toEqual([]);
      while (await leader.idle(lease, () => false));
    }
  };
  try {
    await work(pass, simulation, store);
  } finally {
    await airflow.close();
  }
}

test('a fault becomes one incident, told once, and ends with its evidence, whoever leads meanwhile', async () => {
  await leading(async (pass, simulation, store) => {
    await pass(6);
    expect(await incidents(store)).toEqual([]);

    simulation.inject({ kind: 'fail', dagId: 'micro', taskId: 'fetch', forSeconds: 400 });
    await pass(22);
    const [root, ...members] = await incidents(store);
    expect(root).toMatchObject({
      kind: 'task_failed',
      subject: 'task:micro/fetch',
      state: 'resolved',
      root: true,
      reason: 'cleared',
    });
    // The failures are many for so quiet a DAG: a symptom, which joins the failure and says nothing of its own.
    expect(members).toEqual([expect.objectContaining({ kind: 'failure_rate_high', subject: 'dag:micro', root: false })]);
    const events = await store.query<{ kind: string }>(
      `SELECT kind FROM incident_event WHERE incident_id IN (SELECT id FROM incident WHERE root_id IS NULL) OR kind = 'told' ORDER BY id`,
    );
    expect(events.map(({ kind }) => kind).filter((kind) => kind !== 'recurred')).toEqual(['opened', 'told', 'resolved']);
  });
});

test('a slow task is one incident, while it runs and when it has ended, and over with the next usual run', async () => {
  await leading(async (pass, simulation, store) => {
    await pass(8);
    simulation.inject({ kind: 'slow', dagId: 'micro', taskId: 'fetch', forSeconds: 600 });
    await pass(12);
    const during = await incidents(store);
    expect(during).toContainEqual(
      expect.objectContaining({ kind: 'task_running_long', subject: 'task:micro/fetch', root: true }),
    );
    expect(during.filter(({ root }) => root)).toHaveLength(1);
    await pass(18);
    const after = await incidents(store);
    expect(after.filter(({ state }) => state !== 'resolved')).toEqual([]);
    expect(after).toContainEqual(expect.objectContaining({ kind: 'task_slow', subject: 'task:micro/fetch', reason: 'cleared' }));
    const [score] = await store.query<{ score: number }>('SELECT max(score) AS score FROM sample');
    expect(score?.score).toBeGreaterThan(0.5);
    const [learned] = await store.query<{ alphas: Record<string, number> }>('SELECT alphas FROM learned');
    expect(learned?.alphas).toHaveProperty('z_score');
  });
});
