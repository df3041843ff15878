import { incidentConfig } from '../src/incident/config.ts';
import { slaConfig } from '../src/sla/config.ts';
import { detectConfig } from '../src/detect/config.ts';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { connectAirflow, type AirflowDatabase } from '../src/airflow/connect.ts';
import { createSimulation, type Simulation } from '../src/demo/simulation.ts';
import { createLeader } from '../src/lead.ts';
import { sleep, systemClock } from '../src/lib/clock.ts';
import { acquire, type Lease } from '../src/store/lease.ts';
import { migrate } from '../src/store/migrate.ts';
import { openStore } from '../src/store/open.ts';
import type { Store } from '../src/store/store.ts';
import { scrapeLikeAirflowExporter } from './airflow-exporter.ts';
import { withRealExporter } from './airflow-exporter-endpoint.ts';
import { dagCount, filledDatabase, tasksPerDag } from './fill.ts';
import { formatSize, median, type BenchRun } from './line.ts';
import {
  costBetween,
  createCostReader,
  createRole,
  queryOnce,
  startBenchPostgres,
  type BenchPostgres,
  type Cost,
} from './postgres.ts';
import { benchWorld } from './world.ts';

const peer = 'airflow-exporter 2.1.0';
const reader = 'reader';
const rounds = 7;
/** Longer than the sweep's own pause, so that every cycle sweeps, as at the default interval of 15 s. */
const pauseMs = 10_500;
const leaseMs = 3_600_000;
const dayMs = 86_400_000;

/** Half an hour a run, a run an hour and DAG: about 100 runs and as many tasks are under way at any moment. */
const world = benchWorld({ dags: dagCount, tasksPerDag, periodSeconds: 3600, medianSeconds: 170 });

type Costs = Pick<Cost, 'ms' | 'buffers' | 'statements'>;
const medianCost = (costs: readonly Cost[]): Costs => ({
  ms: median(costs.map(({ ms }) => ms)),
  buffers: median(costs.map(({ buffers }) => buffers)),
  statements: median(costs.map(({ statements }) => statements)),
});

/** What a steady cycle of ours and a scrape of the peer cost a database of `instances` task instances. */
export async function benchCollect(run: BenchRun): Promise<void> {
  await using postgres = await startBenchPostgres(run.keep);
  await createRole(postgres, 'exporter', 'SUPERUSER');
  const ours: { size: number; cost: Costs }[] = [];
  for (const size of run.sizes) ours.push({ size, cost: await benchSize(postgres, size, run) });
  const [small, large] = [ours[0], ours.at(-1)];
  if (small === undefined || large === undefined || small === large) return;
  run.emit({
    bench: 'collect',
    figure: `growth_${formatSize(small.size)}_to_${formatSize(large.size)}`,
    value: large.cost.ms / small.cost.ms,
    unit: 'times',
    target: { of: 'value', atMost: 1.3 },
  });
}

async function benchSize(postgres: BenchPostgres, instances: number, run: BenchRun): Promise<Costs> {
  const now = new Date();
  const database = await filledDatabase(postgres, {
    instances,
    kept: run.keep !== undefined,
    end: new Date(now.getTime() - dayMs),
    say: run.say,
  });
  const cost = await benchDatabase(postgres, database, now, instances, run);
  await postgres.admin(`DROP DATABASE ${database} WITH (FORCE)`);
  return cost;
}

async function benchDatabase(
  postgres: BenchPostgres,
  database: string,
  now: Date,
  instances: number,
  run: BenchRun,
): Promise<Costs> {
  const url = postgres.urlOf(database);
  run.say('simulating the last day');
  await using simulation = await createSimulation({ databaseUrl: url, airflow: '3', seed: 1, start: now, historyDays: 1, world });
  // The embedded server's superuser has the name that the script gives to its role.
  const roleScript = await readFile(new URL('../docs/airflow-role.sql', import.meta.url), 'utf8');
  await queryOnce(url, roleScript.replaceAll(/\bwindsock\b/g, reader));
  await createRole(postgres, reader, '');
  await queryOnce(url, 'VACUUM (ANALYZE)');
  return await measureSize(postgres, { database, simulation }, instances, run);
}

interface Filled {
  database: string;
  simulation: Simulation;
}

async function measureSize(
  postgres: BenchPostgres,
  { database, simulation }: Filled,
  instances: number,
  run: BenchRun,
): Promise<Costs> {
  const url = postgres.urlOf(database);
  const size = formatSize(instances);
  const [counted] = await queryOnce<{ rows: number; bytes: number }>(
    url,
    "SELECT count(*)::float8 AS rows, pg_total_relation_size('task_instance')::float8 AS bytes FROM task_instance",
  );
  run.say(`${counted?.rows} task instances, ${((counted?.bytes ?? 0) / 1024 ** 3).toFixed(1)} GiB with indexes`);
  const airflow = connectAirflow({
    url: postgres.urlOf(database, reader),
    connectTimeoutMs: 5000,
    transactionTimeoutMs: 1000,
    clock: systemClock,
  });
  await postgres.admin(`DROP DATABASE IF EXISTS store_${size} WITH (FORCE)`);
  const store = await openStore({ url: await postgres.databaseUrl(`store_${size}`), applicationName: 'windsock', max: 4 });
  const client = new pg.Client({ connectionString: postgres.urlOf(database, 'exporter') });
  await client.connect();
  try {
    const leader = await startLeader(airflow, store, run);
    await scrapeLikeAirflowExporter(client);
    await using costs = await createCostReader(url);
    // What the first look cost is no part of a steady cycle.
    await queryOnce(url, 'SELECT pg_stat_statements_reset()');
    const [ours, theirs]: [Cost[], Cost[]] = [[], []];
    const waitedMs: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const beganMs = performance.now();
      await simulation.step(new Date());
      const [before, waitedBefore] = [await costs.read(reader), airflow.databaseMs()];
      await leader.cycle();
      ours.push(costBetween(before, await costs.read(reader)));
      waitedMs.push(airflow.databaseMs() - waitedBefore);
      const peerBefore = await costs.read('exporter');
      await scrapeLikeAirflowExporter(client);
      theirs.push(costBetween(peerBefore, await costs.read('exporter')));
      run.say(
        `${size}, round ${round} of ${rounds}: ${ours.at(-1)?.ms.toFixed(1)} ms against ${theirs.at(-1)?.ms.toFixed(0)} ms`,
      );
      if (round < rounds) await sleep(Math.max(0, pauseMs - (performance.now() - beganMs)));
    }
    for (const { ms, buffers, statements, text } of await costs.dearest(reader, 5))
      run.say(`${statements} calls of ${ms.toFixed(2)} ms, ${buffers} buffers: ${text.slice(0, 110)}…`);
    const [own, other] = [medianCost(ours), medianCost(theirs)];
    emitCosts(run, size, own, other);
    run.emit({ bench: 'collect', figure: `waited_${size}`, value: median(waitedMs), unit: 'ms' });
    await withRealExporter(postgres.urlOf(database, 'exporter'), run.say, async (scrape) => {
      const scraped: Cost[] = [];
      const seconds: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        const before = await costs.read('exporter');
        seconds.push(await scrape());
        scraped.push(costBetween(before, await costs.read('exporter')));
      }
      run.emit({ bench: 'collect', figure: `real_exporter_scrape_${size}`, value: median(seconds) * 1000, unit: 'ms' });
      emitCosts(run, `${size}_real_exporter`, own, medianCost(scraped));
    });
    return own;
  } finally {
    await client.end();
    await airflow.close();
    await store.close();
  }
}

function emitCosts(run: BenchRun, name: string, own: Costs, other: Costs): void {
  const bench = 'collect';
  const atLeast = name.startsWith('10m') ? { target: { of: 'ratio' as const, atLeast: 50 } } : {};
  run.emit({
    bench,
    figure: `database_time_${name}`,
    value: own.ms,
    unit: 'ms',
    peer,
    peerValue: other.ms,
    ratio: other.ms / own.ms,
    ...atLeast,
  });
  for (const figure of ['buffers', 'statements'] as const)
    run.emit({
      bench,
      figure: `${figure}_${name}`,
      value: own[figure],
      unit: figure,
      peer,
      peerValue: other[figure],
      ratio: other[figure] / own[figure],
    });
}

/** A leader as the cycle thread runs it, past its first look and the way back of its history. */
async function startLeader(airflow: AirflowDatabase, store: Store, run: BenchRun): Promise<{ cycle(): Promise<void> }> {
  await migrate(store);
  const leader = createLeader({
    airflow,
    store,
    clock: systemClock,
    deployment: 'bench',
    thresholds: { schedulerMs: 30_000, triggererMs: 30_000, dagProcessorMs: 30_000 },
    intervalMs: 15_000,
    historyMs: dayMs,
    seriesBudget: 200_000,
    taskExpiryMs: 30 * dayMs,
    detect: detectConfig.parse({}),
    incident: incidentConfig.parse({}),
    sla: slaConfig.parse({}),
    timeZone: 'UTC',
  });
  const lease = await acquire(store, 'bench', `bench ${process.pid}`, { ttlMs: leaseMs });
  if (lease === undefined) throw new Error('the lease of the benchmark is taken');
  const cycle = () => cycleOnce(leader, lease);
  run.say('first look and the way back in history');
  await cycle();
  await cycle();
  return { cycle };
}

async function cycleOnce(leader: ReturnType<typeof createLeader>, lease: Lease): Promise<void> {
  const { error } = await leader.turn(lease);
  if (error !== undefined) throw new Error(`the cycle failed: ${error}`);
  // The way back, graphs and retention, as the thread does them between two cycles.
  while (await leader.idle(lease, () => false));
}
