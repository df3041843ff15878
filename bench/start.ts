import { createSimulation } from '../src/demo/simulation.ts';
import { shop } from '../src/demo/world.ts';
import { median, type BenchRun } from './line.ts';
import { startBenchPostgres, temporaryFolder } from './postgres.ts';
import { startWindsock } from './windsock-process.ts';

const rounds = 5;
const startWithinMs = 60_000;

/** From starting the process to the first scrape with Airflow's families: into an empty folder, and again with its store there. */
export async function benchStart({ emit, say }: BenchRun): Promise<void> {
  await using postgres = await startBenchPostgres();
  const databaseUrl = await postgres.databaseUrl('airflow');
  say('simulating an Airflow with 30 days of history');
  await using simulation = await createSimulation({
    databaseUrl,
    airflow: '3',
    seed: 3,
    start: new Date(),
    historyDays: 30,
    world: shop,
  });
  const times: Record<string, number[]> = { first_scrape_cold: [], all_tasks_shown_cold: [], first_scrape_again: [] };
  for (let round = 1; round <= rounds; round += 1) {
    await simulation.step(new Date());
    await using folder = await temporaryFolder();
    const env = { WINDSOCK_AIRFLOW_DATABASE_URL: databaseUrl, WINDSOCK_STORE_DATA_DIR: folder.path };
    for (const store of ['cold', 'again']) {
      await using windsock = await startWindsock(['serve'], env);
      times[`first_scrape_${store}`]?.push(await windsock.firstScrapeWith('airflow_up 1', startWithinMs));
      if (store === 'cold')
        times['all_tasks_shown_cold']?.push(await windsock.firstScrapeWith('windsock_backfill_progress_ratio 1', startWithinMs));
    }
    say(
      `round ${round} of ${rounds}: ${Object.entries(times)
        .map(([name, list]) => `${name} ${list.at(-1)?.toFixed(0)} ms`)
        .join(', ')}`,
    );
  }
  for (const [figure, list] of Object.entries(times)) {
    const target = figure === 'first_scrape_cold' ? { target: { of: 'value' as const, atMost: 3 } } : {};
    emit({ bench: 'start', figure, value: median(list) / 1000, unit: 's', ...target });
    emit({ bench: 'start', figure: `${figure}_worst`, value: Math.max(...list) / 1000, unit: 's' });
  }
}
