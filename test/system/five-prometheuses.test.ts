import { Agent, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { findBinary } from '../kit/binaries.ts';
import { startBusyAirflow } from '../kit/busy-airflow.ts';
import { createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { memoryOf, quantile } from '../kit/measures.ts';
import { parseExposition, valueOf } from '../kit/parse-exposition.ts';
import { startPrometheus } from '../kit/prometheus.ts';
import { countedTotals, differences, sumOf, truthTotals } from '../kit/totals.ts';
import { startWindsock } from '../kit/windsock.ts';

const prometheus = findBinary('prometheus');
const servers = 5;
const seconds = 20;

interface Scrape {
  ms: number;
  type: string;
  text: string;
}

/** One scrape over a kept connection, complete or not at all. */
const scrape = (agent: Agent, url: string, accept: string): Promise<Scrape> =>
  new Promise((done, fail) => {
    const began = performance.now();
    const headers = { accept, 'accept-encoding': 'gzip' };
    request(url, { agent, headers, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        if (response.statusCode !== 200 || body.length !== Number(response.headers['content-length']))
          return fail(new Error(`${response.statusCode}, ${body.length} of ${response.headers['content-length']} bytes`));
        done({ ms: performance.now() - began, type: response.headers['content-type'] ?? '', text: gunzipSync(body).toString() });
      });
    })
      .on('error', fail)
      .end();
  });

test.skipIf(prometheus === undefined)(
  'five Prometheus servers scrape every second while cycles run: all answers are complete, and equal in all totals for each snapshot',
  async () => {
    await using airflow = await createDatabase();
    await using store = await createDatabase('template_store');
    await using busy = await startBusyAirflow(airflow, { pastMinutes: 10 });
    const begin = busy.simulation.truth();
    await using windsock = startWindsock({
      WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
      WINDSOCK_STORE_DATABASE_URL: store.url,
      WINDSOCK_HTTP_HOST: '127.0.0.1',
      WINDSOCK_HISTORY: '1h',
    });
    await eventually('the first cycle', async () => valueOf(await windsock.metrics(), 'airflow_up') === 1);
    const url = await windsock.url();
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [{ job_name: 'windsock', static_configs: [{ targets: [new URL(url).host] }] }],
    };
    await using running = new AsyncDisposableStack();
    const real = await Promise.all(Array.from({ length: servers }, () => startPrometheus(prometheus ?? '', config)));
    for (const each of real) running.use(each);
    const before = memoryOf(windsock.pid);
    let most = before;
    busy.go(() => windsock.lastLook());

    // As many again that keep what they get, each with its own connection, in either format.
    const accepts = ['text/plain;version=0.0.4', 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5'];
    const scrapes: Scrape[] = [];
    const scraper = async (number: number) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      await new Promise((done) => setTimeout(done, (number * 1000) / servers));
      for (let turn = 0; turn < seconds; turn += 1) {
        const next = new Promise((done) => setTimeout(done, 1000));
        scrapes.push(await scrape(agent, `${url}/metrics`, accepts[number % accepts.length] ?? ''));
        most = Math.max(most, memoryOf(windsock.pid));
        await next;
      }
      agent.destroy();
    };
    await Promise.all(Array.from({ length: servers }, (_, number) => scraper(number)));
    await busy.rest();

    expect(scrapes).toHaveLength(servers * seconds);
    const bySnapshot = new Map<number, Set<string>>();
    for (const { text, type } of scrapes) {
      const parsed = parseExposition(text);
      expect(parsed.ended).toBe(type.startsWith('application/openmetrics-text'));
      const at = valueOf(parsed, 'windsock_snapshot_timestamp_seconds') ?? 0;
      const totals = JSON.stringify(Object.entries(countedTotals(parsed)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      bySnapshot.set(at, (bySnapshot.get(at) ?? new Set()).add(totals));
    }
    expect([...bySnapshot.values()].filter(({ size }) => size !== 1)).toEqual([]);
    // Not of one snapshot only: cycles ran meanwhile.
    expect(bySnapshot.size).toBeGreaterThan(5);

    const truth = truthTotals(begin, busy.simulation.truth());
    await eventually('all is counted', async () => differences(truth, countedTotals(await windsock.metrics())).length === 0);
    const told = await Promise.all(
      real.map(async (server, number) => {
        const one = async (expression: string) => (await server.query(expression))[0]?.value ?? Number.NaN;
        await eventually(
          `server ${number} has the totals`,
          async () => (await one('sum(airflow_task_success_total)')) === sumOf(truth, 'success'),
        );
        return {
          scrapes: await one(`count_over_time(up[5m])`),
          failed: await one(`count_over_time(up[5m]) - sum_over_time(up[5m])`),
          longest: await one(`max_over_time(scrape_duration_seconds[5m])`),
        };
      }),
    );
    const times = scrapes.map(({ ms }) => ms);
    console.log(
      `${scrapes.length} scrapes of ours, ${bySnapshot.size} snapshots, ${sumOf(truth)} events: median ${quantile(times, 0.5).toFixed(1)} ms,`,
      `p99 ${quantile(times, 0.99).toFixed(0)} ms; of five servers, longest ${(Math.max(...told.map(({ longest }) => longest)) * 1000).toFixed(0)} ms,`,
      `${told.map((each) => `${each.scrapes - each.failed} of ${each.scrapes}`).join(', ')} in time; memory ${before.toFixed(0)} to ${most.toFixed(0)} MB`,
    );
    for (const { scrapes: count, failed } of told) {
      expect(count).toBeGreaterThan(seconds / 2);
      // They wait a second, no longer: on a machine that is busy with other tests one may come later.
      expect(failed).toBeLessThanOrEqual(count / 10);
    }
    expect(most - before).toBeLessThan(150);
  },
);
