import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { postValues, trimCustom } from '../../../src/sla/custom.ts';
import { aggregateValues, readLatest, readPosted } from '../../../src/sla/custom-read.ts';
import { statistics } from '../../../src/sla/objective.ts';
import type { SlaNeeds } from '../../../src/sla/plan.ts';
import { statisticOf } from '../../../src/sla/statistic.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { askApp, sourcesWith } from '../../kit/http.ts';
import { objective } from '../../sla/kit.ts';

const now = new Date('2026-06-10T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const value = (over: Partial<Parameters<typeof postValues>[2][number]> = {}) => ({
  name: 'rows',
  labels: { team: 'a' },
  value: 1,
  at: ago(1),
  ...over,
});
const clock = { now: () => now, monotonicMs: () => 0 };

const appOn = (store: Store) =>
  askApp({
    clock,
    sources: sourcesWith({
      customMetrics: {
        post: (values) => postValues(store, 'a', values, now),
        aggregate: (query) => aggregateValues(store, 'a', query),
      },
    }),
  });
const post = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** What an objective of kind custom asks for at these ends of slices. */
function needOf(keys: Record<string, unknown>, ends: readonly Date[]): SlaNeeds['custom'][number] {
  const of = objective({ kind: 'custom', threshold: 1, ...keys });
  if (of.metric === null || of.statistic === null) throw new Error('no metric');
  return { objective: of, metric: of.metric, statistic: of.statistic, ends: ends.map((end) => end.getTime()) };
}

let store: Awaited<ReturnType<typeof createStore>>;
beforeAll(async () => {
  store = await createStore();
});
beforeEach(() => store.query('TRUNCATE custom_series, custom_value'));
afterAll(() => store[Symbol.asyncDispose]());

describe('posted metrics', () => {
  test('are summed up by series, as PostgreSQL and any textbook have it', async () => {
    const { ask } = appOn(store);
    const answer = await ask(
      '/api/v1/metrics',
      post(
        [2, 4, 4, 4, 5, 5, 7, 9].map((each, index) => ({
          ...value(),
          at: undefined,
          value: each,
          timestamp: ago(10 + index).toISOString(),
        })),
      ),
    );
    expect([answer.status, await answer.json()]).toEqual([200, { accepted: 8 }]);
    expect((await ask('/api/v1/metrics', post({ name: 'rows', value: -1, timestamp: ago(5).getTime() / 1000 }))).status).toBe(
      200,
    );
    const all = await (await ask('/api/v1/metrics?name=rows')).json();
    expect(all).toMatchObject({
      items: [
        {
          name: 'rows',
          labels: { team: 'a' },
          count: 8,
          sum: 40,
          mean: 5,
          median: 4.5,
          std: expect.closeTo(Math.sqrt(32 / 7)),
          min: 2,
          max: 9,
          last_value: 2,
        },
        { labels: {}, count: 1, mean: -1, median: -1, std: null, last_at: ago(5).toISOString() },
      ],
      next_cursor: null,
    });
    const range = `from=${ago(12).toISOString()}&to=${ago(10).toISOString()}`;
    expect(await (await ask(`/api/v1/metrics?label=team:a&${range}`)).json()).toMatchObject({ items: [{ count: 2, sum: 8 }] });
    const first = await (await ask('/api/v1/metrics?limit=1')).json();
    expect(first).toMatchObject({ items: [{ labels: { team: 'a' } }] });
    const cursor = (first as { next_cursor: string }).next_cursor;
    expect(await (await ask(`/api/v1/metrics?limit=1&cursor=${cursor}`)).json()).toMatchObject({
      items: [{ labels: {} }],
      next_cursor: null,
    });
  });

  test.each([
    ['{', 400, /./],
    [{}, 400, /name/],
    [{ name: 'rows', value: '1' }, 400, /value/],
    [{ name: 'rows', value: 1, unit: 's' }, 400, /unit/],
    [{ name: '1rows', value: 1 }, 400, /name is no metric name/],
    [{ name: 'a:b', value: 1 }, 400, /name is no metric name/],
    [{ name: 'airflow_task_success_total', value: 1 }, 400, /Windsock's own/],
    [{ name: 'windsock_mine', value: 1 }, 400, /Windsock's own/],
    [{ name: 'up', value: 1 }, 400, /Prometheus/],
    [{ name: 'rows', labels: { __name__: 'x' }, value: 1 }, 400, /no label name/],
    [{ name: 'rows', labels: { le: '1' }, value: 1 }, 400, /no label name/],
    [{ name: 'rows', labels: { a: 'x'.repeat(257) }, value: 1 }, 400, /longer than 256/],
    [{ name: 'rows', value: 1e101 }, 400, /1e100/],
    [{ name: 'rows', value: 1, timestamp: ago(86_400).toISOString() }, 400, /older than 24 hours/],
    [{ name: 'rows', value: 1, timestamp: ago(-301).toISOString() }, 400, /in the future/],
    [{ name: 'rows', value: 1, timestamp: 'yesterday' }, 400, /0\.timestamp: Invalid ISO datetime/],
    [[], 400, /./],
    [[value({ at: undefined as never }), { name: 'x y', value: 1 }], 400, /metrics\[1\]: name|1\.name/],
  ])('%j is refused and changes nothing', async (body, status, message) => {
    const answer = await appOn(store).ask('/api/v1/metrics', post(body));
    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(message);
    expect(await readLatest(store, 'a', now)).toEqual([]);
  });

  test('are bounded in series: one more than 1000 changes nothing', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => value({ labels: { n: String(index) } }));
    await postValues(store, 'a', many, now);
    await expect(postValues(store, 'a', [value({ name: 'more' })], now)).rejects.toThrow(/more than 1000 custom series/);
    expect(await readLatest(store, 'a', now)).toHaveLength(1000);
    await postValues(store, 'b', [value()], now);
  });

  test('are bounded in rate', async () => {
    const { ask } = askApp({ clock });
    const many = post(Array.from({ length: 1000 }, () => ({ name: 'rows', value: 1 })));
    const statuses = [];
    for (let round = 0; round < 7; round += 1) statuses.push((await ask('/api/v1/metrics', many)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
  });

  test('keep the newest value, whatever order they come in, and go after 24 hours', async () => {
    await postValues(
      store,
      'a',
      [value({ at: ago(60), value: 6 }), value({ at: ago(120), value: 12 }), value({ at: ago(60), value: 7 })],
      now,
    );
    await postValues(store, 'a', [value({ at: ago(90), value: 9 })], now);
    expect(await readLatest(store, 'a', now)).toEqual([{ name: 'rows', labels: { team: 'a' }, value: 7 }]);
    const need = needOf({ metric: { name: 'rows', over: '1m' }, statistic: 'sum' }, [ago(60), ago(59)]);
    expect(await readPosted(store, 'a', [need])).toEqual([
      [
        { atMs: ago(60).getTime(), per: [], value: 16 },
        { atMs: ago(59).getTime(), per: [], value: 16 },
      ],
    ]);
    const later = new Date(ago(60).getTime() + 86_400_000);
    await trimCustom(store, 'a', new Date(later.getTime() - 1));
    expect(await store.query('SELECT count(*) AS n FROM custom_value')).toEqual([{ n: 1 }]);
    await trimCustom(store, 'a', later);
    expect(await store.query('SELECT (SELECT count(*) FROM custom_value) + (SELECT count(*) FROM custom_series) AS n')).toEqual([
      { n: 0 },
    ]);
  });

  test('hold no secret in their labels', async () => {
    await postValues(store, 'a', [value({ labels: { url: 'postgresql://ann:geheim123@db/x' } })], now);
    expect(JSON.stringify(await readLatest(store, 'a', now))).not.toContain('geheim123');
  });

  test.each(statistics)('have the same %s in the database as in any textbook', async (statistic) => {
    const given = [3, 1, 4, 1.5, 9, 2.6, 5, 3.5];
    await postValues(
      store,
      'a',
      given.map((each, index) => value({ value: each, at: ago(100 - index) })),
      now,
    );
    const [slices] = await readPosted(store, 'a', [needOf({ metric: { name: 'rows' }, statistic }, [now])]);
    expect(slices).toEqual([{ atMs: now.getTime(), per: [], value: expect.closeTo(statisticOf(given, statistic)) }]);
  });

  test('are summed up by the labels that an SLA is per, over exactly its time, and held against another metric', async () => {
    const post = (name: string, labels: Record<string, string>, at: Date, each: number) =>
      postValues(store, 'a', [{ name, labels, value: each, at }], now);
    await post('llm_requests', { model: 'big', dag_id: 'etl' }, ago(299), 60);
    await post('llm_requests', { model: 'big', dag_id: 'etl' }, ago(300), 1000);
    await post('llm_requests', { model: 'big', dag_id: 'shop' }, ago(10), 40);
    await post('llm_requests', { model: 'small', dag_id: 'etl' }, ago(10), 50);
    await post('llm_requests', { dag_id: 'etl' }, ago(10), 50);
    await post('llm_errors', { model: 'big', dag_id: 'shop' }, ago(10), 5);
    const metric = { name: 'llm_errors', of: { name: 'llm_requests' }, per: ['model'], over: '5m' };
    const read = async (more: object) => {
      const [slices] = await readPosted(store, 'a', [needOf({ metric: { ...metric, ...more } }, [now])]);
      return slices?.toSorted((a, b) => b.value - a.value).map(({ per, value: each }) => [...per, each]);
    };
    expect(await read({})).toEqual([
      ['big', 0.05],
      ['small', 0],
    ]);
    expect(await read({ at_least: 100 })).toEqual([['big', 0.05]]);
    expect(await read({ at_least: 101 })).toEqual([]);
    expect(await read({ per: ['model', 'dag_id'], labels: { dag_id: 'shop' } })).toEqual([
      ['big', 'shop', 0.125],
      ['big', 'etl', 0],
      ['small', 'etl', 0],
    ]);
  });

  test('that are more than an SLA can look at are not summed up in part', async () => {
    const post = (from: number, to: number) =>
      postValues(
        store,
        'a',
        Array.from({ length: to - from }, (_, index) => value({ at: ago(from + index) })),
        now,
      );
    const need = [needOf({ metric: { name: 'rows', over: '1d' }, statistic: 'sum' }, [now])];
    await post(0, 100);
    expect(await readPosted(store, 'a', need, 100)).toEqual([[{ atMs: now.getTime(), per: [], value: 100 }]]);
    await post(100, 101);
    expect(await readPosted(store, 'a', need, 100)).toEqual([null]);
  });
});
