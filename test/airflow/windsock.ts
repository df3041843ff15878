// Starts Windsock as users do, and reads what it shows.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until200 } from './airflow.ts';
import { parseExposition, type Series } from './exposition.ts';
import { freePort, PATIENCE, start, type Running } from './processes.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export type Windsock = {
  /** What `/metrics` shows now. */
  scrape(): Promise<Series[]>;
  /** Ends it as a power cut would, and starts it again on the same store. */
  restart(): Promise<void>;
};

/** `windsock serve` with an interval of 2 s, once its first cycle is done. */
export async function startWindsock(folder: string, databaseUrl: string): Promise<Windsock> {
  const port = await freePort();
  const env = {
    WINDSOCK_AIRFLOW_DATABASE_URL: databaseUrl,
    WINDSOCK_INTERVAL: '2s',
    WINDSOCK_STORE_DATA_DIR: join(folder, 'windsock'),
    WINDSOCK_HTTP_PORT: String(port),
  };
  let lives = 0;
  const serve = async (): Promise<Running> => {
    lives += 1;
    const running = start('Windsock', [process.execPath, main, 'serve'], join(folder, `out/windsock-${lives}.txt`), env);
    await until200(`http://127.0.0.1:${port}/readyz`, running, 60_000 * PATIENCE);
    return running;
  };
  let running = await serve();
  return {
    async scrape() {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept: 'text/plain' } });
      if (!response.ok) throw new Error(`/metrics answers ${response.status}`);
      return parseExposition(await response.text());
    },
    async restart() {
      const gone = new Promise((done) => running.process.once('exit', done));
      running.process.kill('SIGKILL');
      await gone;
      running = await serve();
    },
  };
}

const snapshotAt = (series: readonly Series[]): number =>
  series.find(({ name }) => name === 'windsock_snapshot_timestamp_seconds')?.value ?? 0;

/** What Windsock shows once it has looked at Airflow after this call; an error when it has not within `limitMs`. */
export async function fresh(windsock: Windsock, limitMs: number): Promise<Series[]> {
  const called = Date.now() / 1000;
  const end = Date.now() + limitMs;
  for (;;) {
    const series = await windsock.scrape();
    if (snapshotAt(series) > called) return series;
    if (Date.now() > end) throw new Error(`Windsock has not looked at Airflow for ${limitMs / 1000} s`);
    await sleep(300);
  }
}
