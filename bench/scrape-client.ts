// A scraper in a thread of its own: one kept-alive connection, a request at fixed times, as Prometheus asks.
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { sleep } from '../src/lib/clock.ts';

export interface ScrapeOrder {
  url: string;
  headers: Record<string, string>;
  everyMs: number;
  count: number;
}

export interface ScrapeResult {
  /** From the request to the last byte of the answer. */
  tookMs: number[];
  bytes: number;
}

const { url, headers, everyMs, count } = workerData as ScrapeOrder;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const scrape = (): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () =>
        response.statusCode === 200 ? resolve(bytes) : reject(new Error(`${url} answered ${response.statusCode}`)),
      );
      response.on('error', reject);
    }).on('error', reject);
  });

const result: ScrapeResult = { tookMs: [], bytes: 0 };
const beganMs = performance.now();
// The first two make the connection and warm the server's code.
for (let index = -2; index < count; index += 1) {
  const atMs = performance.now();
  result.bytes = await scrape();
  if (index >= 0) result.tookMs.push(performance.now() - atMs);
  await sleep(Math.max(0, beganMs + (index + 3) * everyMs - performance.now()));
}
parentPort?.postMessage(result);
