import { dag, every, task, type World } from '../../src/demo/dag.ts';
import { createSimulation } from '../../src/demo/simulation.ts';
import type { TestDatabase } from '../kit/database.ts';

const sure = { failRate: 0, skipRate: 0, retries: 0 };

/** Few DAGs that run often, and in which nothing goes wrong by chance. */
const brisk: World = {
  parallelism: 32,
  hosts: ['worker-0', 'worker-1'],
  pools: [
    { pool: 'default_pool', slots: 128, description: '', includeDeferred: false },
    { pool: 'tight', slots: 1, description: '', includeDeferred: false },
  ],
  assets: [],
  dags: [
    dag('micro', every(5, 0, '* * * * *', 'Every 5 seconds'), [
      task('fetch', [], { ...sure, medianSeconds: 1 }),
      task('load', ['fetch'], { ...sure, medianSeconds: 1 }),
    ]),
    dag(
      'exports',
      every(86_400, 5, '0 0 * * *', 'Every day'),
      ['orders', 'users'].map((taskId) => task(taskId, [], { ...sure, pool: 'tight', medianSeconds: 1.5 })),
    ),
  ],
};

/** A simulated Airflow, `brisk` unless it is said, that lives in real time until it is disposed of. */
export async function startBriskAirflow(database: TestDatabase, { world = brisk, historyDays = 0.05 } = {}) {
  const simulation = await createSimulation({
    databaseUrl: database.url,
    airflow: '3',
    seed: 4,
    start: new Date(),
    historyDays,
    world,
  });
  const over = new AbortController();
  const loop = (async () => {
    while (!over.signal.aborted) {
      await simulation.step(new Date());
      await new Promise((done) => setTimeout(done, 100));
    }
  })();
  return {
    simulation,
    async [Symbol.asyncDispose]() {
      over.abort();
      await loop.catch(() => {});
      await simulation[Symbol.asyncDispose]();
    },
  };
}
