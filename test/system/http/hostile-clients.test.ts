import { expect, test } from 'vitest';
import { createAirflowDatabase, createDatabase } from '../../kit/database.ts';
import { eventually } from '../../kit/eventually.ts';
import { memoryOf, quantile } from '../../kit/measures.ts';
import { parseExposition } from '../../kit/parse-exposition.ts';
import { rawClient, rawRequest, type RawClient } from '../../kit/raw-http.ts';
import { startWindsock } from '../../kit/windsock.ts';

const megabyte = 1024 * 1024;

/** Sends a little every second while it is connected. */
function dripping(port: number, start: string, drop: string, from: string): RawClient {
  const client = rawClient(port, start, from);
  const drip = setInterval(() => client.socket.write(drop), 1000);
  void client.answer.then(() => clearInterval(drip));
  return client;
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const bodyHead = 'POST /-/reload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';

test.skipIf(process.platform !== 'linux')(
  'hundreds of clients that send slowly, take nothing or only stay: scrapes and probes are answered, memory is bounded, and all of them are closed',
  async () => {
    await using airflow = await createAirflowDatabase('3.3.2');
    await using store = await createDatabase('template_store');
    await using windsock = startWindsock({
      WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
      WINDSOCK_STORE_DATABASE_URL: store.url,
      WINDSOCK_HTTP_HOST: '127.0.0.1',
    });
    await eventually('it is ready', async () => (await windsock.readyStatus()) === 200);
    const port = Number(new URL(await windsock.url()).port);
    const before = memoryOf(windsock.pid);

    // From several addresses, as one may have 500 connections only; in all fewer than 1000.
    const began = performance.now();
    const times = (count: number, make: (from: string) => RawClient) =>
      Array.from({ length: count }, (_, n) => make(`127.0.0.${2 + (n % 3)}`));
    const clients = {
      'header by drops': times(180, (from) => dripping(port, 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n', 'X-A: b\r\n', from)),
      'body by drops': times(180, (from) => dripping(port, bodyHead, '1\r\na\r\n', from)),
      'says nothing': times(180, (from) => rawClient(port, '', from)),
      'only stays': times(180, (from) => rawClient(port, get('/healthz'), from)),
      'takes nothing': times(50, (from) => {
        const client = rawClient(port, get('/metrics').repeat(8), from);
        client.socket.pause();
        return client;
      }),
      'asks a hundred times at once': times(50, (from) => rawClient(port, get('/metrics').repeat(100), from)),
    };
    const closedAfter = new Map<string, number>();
    for (const [kind, all] of Object.entries(clients))
      void Promise.all(all.map(({ answer }) => answer)).then(() => closedAfter.set(kind, (performance.now() - began) / 1000));

    const took: number[] = [];
    let most = before;
    // Who takes nothing, and who only stays, may do so for a minute.
    const ends = ['header by drops', 'body by drops', 'says nothing', 'asks a hundred times at once'];
    const isOver = () => ends.every((kind) => closedAfter.has(kind));
    while (!isOver() && performance.now() - began < 60_000) {
      for (const path of ['/healthz', '/metrics']) {
        const asked = performance.now();
        const { status, body } = await rawRequest(port, `GET ${path}`);
        took.push(performance.now() - asked);
        expect(status).toBe(200);
        if (path === '/metrics') expect(parseExposition(body).samples.length).toBeGreaterThan(50);
      }
      most = Math.max(most, memoryOf(windsock.pid));
      await new Promise((done) => setTimeout(done, 100));
    }
    const shown = [...closedAfter].map(([kind, seconds]) => `${kind} ${seconds.toFixed(0)} s`).join(', ');
    console.log(
      `${Object.values(clients).flat().length} hostile clients, ${took.length} answers: median ${quantile(took, 0.5).toFixed(0)} ms,`,
      `p99 ${quantile(took, 0.99).toFixed(0)} ms; memory ${before.toFixed(0)} to ${most.toFixed(0)} MB; closed after: ${shown}`,
    );
    expect([...closedAfter.keys()]).toEqual(expect.arrayContaining(ends));
    // 10 s for a header, 30 s for a body, and the second in which that is looked at; a busy machine has some more.
    expect(closedAfter.get('header by drops')).toBeLessThan(20);
    expect(closedAfter.get('says nothing')).toBeLessThan(20);
    expect(closedAfter.get('body by drops')).toBeLessThan(45);
    expect((await Promise.all(clients['body by drops'].map(({ answer }) => answer))).map(({ status }) => status)).toEqual(
      clients['body by drops'].map(() => 408),
    );
    expect(most - before).toBeLessThan(300);

    // Bodies of 10 MB, fifty at once, with their length said, in chunks, and packed: none is held.
    const large = ' '.repeat(10 * megabyte);
    const heads = [
      `Content-Length: ${large.length}`,
      'Transfer-Encoding: chunked',
      'Content-Encoding: gzip\r\nTransfer-Encoding: chunked',
    ];
    const posts = Array.from({ length: 50 }, (_, n) => {
      const head = heads[n % heads.length] ?? '';
      const text = head.endsWith('chunked') ? `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n` : large;
      // Who goes on sending after the answer may be reset before he has read it: TCP has it so, and it is no answer of ours.
      return rawRequest(port, 'POST /api/v1/metrics', { headers: [head, 'Content-Type: application/json'], body: text }).then(
        ({ status }) => status,
        () => null,
      );
    });
    const watch = setInterval(() => {
      most = Math.max(most, memoryOf(windsock.pid));
    }, 50);
    const statuses = await Promise.all(posts).finally(() => clearInterval(watch));
    expect(statuses.map((status, n) => status ?? (n % heads.length === 2 ? 415 : 413))).toEqual(
      statuses.map((_, n) => (n % heads.length === 2 ? 415 : 413)),
    );
    const answered = statuses.filter((status) => status !== null).length;
    console.log(`fifty bodies of 10 MB: ${answered} read their answer, memory at most ${most.toFixed(0)} MB`);
    expect(answered).toBeGreaterThan(0);
    expect(most - before).toBeLessThan(350);

    expect((await rawRequest(port, 'GET /metrics')).status).toBe(200);
    expect(windsock.lines().filter(({ level }) => level === 'error')).toEqual([]);
    for (const { socket } of Object.values(clients).flat()) socket.destroy();
  },
);
