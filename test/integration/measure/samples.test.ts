import { expect, test } from 'vitest';
import { samplesPerTaskMax, trimSamples } from '../../../src/measure/samples.ts';
import { keptMax } from '../../../src/measure/series.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';

const at = (hour: number): Date => new Date(Date.UTC(2026, 0, 1, hour));

/** `runs` hourly samples of one task in each of `dags` DAGs, the first at hour 1. */
const fill = (store: Store, airflow: string, dags: number, runs: number) =>
  store.query(
    `INSERT INTO sample (airflow, dag_id, task_id, run_pk, map_index, try_number, outcome, ended_at, duration_seconds)
     SELECT $1, 'dag_' || d, 'task', r, -1, 1, 'success', $4::timestamptz + r * interval '1 hour', 60
     FROM generate_series(1, $2::int) d, generate_series(1, $3::int) r`,
    [airflow, dags, runs, at(0)],
  );

const keptOf = (store: Store, airflow: string) =>
  store.query<{ count: number; oldest: Date }>(
    'SELECT count(*) AS count, min(ended_at) AS oldest FROM sample WHERE airflow = $1 GROUP BY dag_id',
    [airflow],
  );

async function trimAll(store: Store, before: Date): Promise<number> {
  let steps = 0;
  for (let after: string | null = ''; after !== null; steps += 1) {
    const from: string = after;
    after = await store.transaction((tx) => trimSamples(tx, 'a', before, from));
  }
  return steps;
}

test('retention keeps the newest samples of every series, in several steps when there are many DAGs', async () => {
  await using store = await createStore();
  await fill(store, 'a', 12, keptMax + 5);
  await fill(store, 'b', 1, keptMax + 5);
  expect(await trimAll(store, at(0))).toBe(2);
  expect(await keptOf(store, 'a')).toEqual(Array.from({ length: 12 }, () => ({ count: keptMax, oldest: at(6) })));
  expect(await keptOf(store, 'b')).toEqual([{ count: keptMax + 5, oldest: at(1) }]);
});

test('of tries that belong to no series retention keeps the newest of each task', async () => {
  await using store = await createStore();
  await fill(store, 'a', 1, samplesPerTaskMax + 5);
  await store.query(`UPDATE sample SET outcome = 'failure'`);
  expect(await trimAll(store, at(0))).toBe(1);
  expect(await keptOf(store, 'a')).toEqual([{ count: samplesPerTaskMax, oldest: at(6) }]);
});

test('retention drops what ended before its limit, and keeps what ended right then', async () => {
  await using store = await createStore();
  await fill(store, 'a', 1, 10);
  expect(await trimAll(store, at(4))).toBe(1);
  expect(await keptOf(store, 'a')).toEqual([{ count: 7, oldest: at(4) }]);
  expect(await trimAll(store, at(100))).toBe(1);
  expect(await trimAll(store, at(100))).toBe(1);
  expect(await keptOf(store, 'a')).toEqual([]);
});
