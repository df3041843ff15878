import { Worker } from 'node:worker_threads';
import { createSimulation, type Simulation } from '../src/demo/simulation.ts';
import { sleep } from '../src/lib/clock.ts';
import { formatSize, quantile, type BenchRun } from './line.ts';
import { startBenchPostgres, temporaryFolder } from './postgres.ts';
import type { ScrapeOrder, ScrapeResult } from './scrape-client.ts';
import { startWindsock, type WindsockProcess } from './windsock-process.ts';
import { benchWorld } from './world.ts';

const bench = 'scrape';
const tasksPerDag = 10;
/** Of a DAG of this shape, counted: 10 × 29 of its tasks, bands included, 44 of its own. Scores come with the tries that are judged. */
const seriesPerDag = 334;
const scrapes = 600;
const everyMs = 50;
const readyWithinMs = 180_000;

const asked = {
  // As Prometheus asks.
  gzip: {
    accept: 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'accept-encoding': 'gzip',
  },
  plain: { accept: 'text/plain' },
} satisfies Record<string, Record<string, string>>;

function runClient(order: ScrapeOrder): Promise<ScrapeResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./scrape-client.ts', import.meta.url), { workerData: order });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** Scrapes of a real Windsock over HTTP while it runs a cycle a second on a simulated Airflow. */
export async function benchScrape(run: BenchRun): Promise<void> {
  await using postgres = await startBenchPostgres();
  for (const series of [10_000, 100_000]) {
    const dags = Math.ceil(series / seriesPerDag);
    run.say(`simulating ${dags} DAGs for ${formatSize(series)} series`);
    const databaseUrl = await postgres.databaseUrl(`airflow_${series}`);
    const world = benchWorld({ dags, tasksPerDag, periodSeconds: 7200, medianSeconds: 60 });
    await using simulation = await createSimulation({
      databaseUrl,
      airflow: '3',
      seed: 2,
      start: new Date(),
      historyDays: 1,
      world,
    });
    await using folder = await temporaryFolder();
    await using windsock = await startWindsock(['serve'], {
      WINDSOCK_AIRFLOW_DATABASE_URL: databaseUrl,
      WINDSOCK_STORE_DATA_DIR: folder.path,
      WINDSOCK_INTERVAL: '1s',
      WINDSOCK_HISTORY: '1d',
    });
    await windsock.firstScrapeWith('windsock_backfill_progress_ratio 1\n', readyWithinMs);
    await measure(run, formatSize(series), { windsock, simulation });
  }
}

async function measure(
  { emit, say }: BenchRun,
  size: string,
  { windsock, simulation }: { windsock: WindsockProcess; simulation: Simulation },
): Promise<void> {
  const text = await (await fetch(`${windsock.url}/metrics`)).text();
  emit({
    bench,
    figure: `series_${size}`,
    value: text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
    unit: 'series',
  });
  const stopping = new AbortController();
  let rssMax = 0;
  const background = (async () => {
    while (!stopping.signal.aborted) {
      await simulation.step(new Date());
      rssMax = Math.max(rssMax, (await windsock.state('read')).rssBytes);
      await sleep(500, stopping.signal);
    }
  })();
  try {
    for (const [name, headers] of Object.entries(asked)) {
      say(`${size} series, ${scrapes} scrapes, ${name}`);
      await sleep(2000);
      const before = await windsock.state('reset');
      const { tookMs, bytes } = await runClient({ url: `${windsock.url}/metrics`, headers, everyMs, count: scrapes });
      const { loopMaxMs, loopP99Ms, longestRunMs, ranMs, waitedMs } = await windsock.state('read');
      // Prometheus asks for gzip; what it does not ask for has no target.
      const atMost = (limit: number) =>
        name === 'gzip' && size === '100k' ? { target: { of: 'value' as const, atMost: limit } } : {};
      emit({ bench, figure: `p50_${name}_${size}`, value: quantile(tookMs, 0.5), unit: 'ms' });
      emit({ bench, figure: `p99_${name}_${size}`, value: quantile(tookMs, 0.99), unit: 'ms', ...atMost(10) });
      emit({ bench, figure: `max_${name}_${size}`, value: Math.max(...tookMs), unit: 'ms' });
      emit({ bench, figure: `event_loop_delay_max_${name}_${size}`, value: loopMaxMs, unit: 'ms', ...atMost(20) });
      emit({ bench, figure: `event_loop_delay_p99_${name}_${size}`, value: loopP99Ms, unit: 'ms' });
      emit({ bench, figure: `main_thread_longest_run_${name}_${size}`, value: longestRunMs, unit: 'ms', ...atMost(20) });
      // Delays that are the machine's: it had other work.
      emit({ bench, figure: `main_thread_ran_${name}_${size}`, value: ranMs - before.ranMs, unit: 'ms' });
      emit({ bench, figure: `main_thread_waited_for_cpu_${name}_${size}`, value: waitedMs - before.waitedMs, unit: 'ms' });
      emit({ bench, figure: `body_${name}_${size}`, value: bytes, unit: 'bytes' });
    }
  } finally {
    stopping.abort();
    await background;
  }
  const cycle = /^windsock_cycle_duration_seconds_sum (\S+)\n(?:.*\n)?windsock_cycle_duration_seconds_count (\S+)/m.exec(
    await (await fetch(`${windsock.url}/metrics`)).text(),
  );
  if (cycle) emit({ bench, figure: `cycle_mean_${size}`, value: (1000 * Number(cycle[1])) / Number(cycle[2]), unit: 'ms' });
  const memory = size === '100k' ? { target: { of: 'value' as const, atMost: 400 } } : {};
  emit({ bench, figure: `memory_max_${size}`, value: rssMax / 1e6, unit: 'MB', ...memory });
}
