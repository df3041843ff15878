import { connectAirflow } from '../../src/airflow/connect.ts';
import { probe, type Shape } from '../../src/airflow/probe.ts';
import { collect } from '../../src/collect/collect.ts';
import { loadKnown } from '../../src/collect/load-known.ts';
import { newMemory } from '../../src/collect/memory.ts';
import type { Snapshot } from '../../src/collect/snapshot.ts';
import type { World } from '../../src/demo/dag.ts';
import type { AirflowRelease } from '../../src/demo/model.ts';
import { createSimulation, type Simulation } from '../../src/demo/simulation.ts';
import { gatherCircumstances } from '../../src/explain/evidence/gather.ts';
import type { Circumstances } from '../../src/explain/evidence/circumstances.ts';
import { listIncidents } from '../../src/incident/list.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { acquire, type Lease } from '../../src/store/lease.ts';
import type { Store } from '../../src/store/store.ts';
import { createDatabase, createStore, type TestDatabase } from './database.ts';
import { leaderWith } from './leader.ts';
import { simulateClock } from './simulated-clock.ts';

/** A simulated Airflow with a leader that watches it, in simulated minutes. */
export interface Watched {
  simulation: Simulation;
  database: TestDatabase;
  store: Store;
  shape: Shape;
  pass(minutes: number): Promise<void>;
  /** Every incident, newest first. */
  incidents(): Promise<Incident[]>;
  /** What is known now round an incident. */
  gather(incident: Incident): Promise<Circumstances>;
}

export async function watchAirflow<Result>(
  { release, world, start, historyDays }: { release: AirflowRelease; world?: World; start: Date; historyDays: number },
  work: (watched: Watched) => Promise<Result>,
): Promise<Result> {
  await using database = await createDatabase();
  await using store = await createStore();
  await using simulation = await createSimulation({
    databaseUrl: database.url,
    airflow: release,
    seed: 5,
    start,
    historyDays,
    ...(world === undefined ? {} : { world }),
  });
  const clock = await simulateClock(database, start);
  const airflow = connectAirflow({ url: database.url, connectTimeoutMs: 5000, transactionTimeoutMs: 5000, clock: systemClock });
  const leader = leaderWith({
    airflow,
    store,
    clock: { now: () => simulation.now(), monotonicMs: () => systemClock.monotonicMs() },
  });
  const lease = (await acquire(store, 'test', 'one')) as Lease;
  try {
    const shape = await airflow.read(probe);
    const look = async (): Promise<Snapshot> => {
      const thresholds = { schedulerMs: 30_000, triggererMs: 30_000, dagProcessorMs: 30_000 };
      const options = { shape, thresholds, memory: newMemory(), clock: systemClock, budgetMs: 5000 };
      return (await collect(airflow, await loadKnown(store, 'test'), options)).snapshot;
    };
    return await work({
      simulation,
      database,
      store,
      shape,
      async pass(minutes) {
        for (let minute = 0; minute < minutes; minute += 1) {
          const to = new Date(simulation.now().getTime() + 60_000);
          await simulation.step(to);
          await clock.set(to);
          const { error } = await leader.turn(lease);
          if (error !== undefined) throw new Error(error);
          while (await leader.idle(lease, () => false));
        }
      },
      async incidents() {
        return (await listIncidents(store, 'test', {}, { after: null, limit: 500 })).items;
      },
      async gather(incident) {
        const deps = { airflow, shape, store, deployment: 'test', snapshot: await look() };
        return gatherCircumstances(deps, incident, { now: simulation.now() });
      },
    });
  } finally {
    await airflow.close();
  }
}
