import type { Tx } from '../store/store.ts';
import { customKeptMs, customSeriesMax } from './custom.ts';
import type { SlaNeeds } from './plan.ts';
import type { PostedValue } from './slices.ts';

/** The values of one series in a range, summed up. */
export interface CustomAggregate {
  id: number;
  name: string;
  labels: Record<string, string>;
  count: number;
  sum: number;
  mean: number;
  median: number;
  /** Of a sample (n - 1); null for a single value. */
  std: number | null;
  min: number;
  max: number;
  lastValue: number;
  lastAt: Date;
}

export interface CustomQuery {
  name?: string | undefined;
  /** A series must have at least these labels. */
  labels: Readonly<Record<string, string>>;
  /** Included. */
  from: Date;
  /** Excluded. */
  to: Date;
  /** Only series behind this id. */
  afterId: number;
  limit: number;
}

/** Series with values in the range, in the order of their ids. */
export function aggregateValues(store: Tx, airflow: string, query: CustomQuery): Promise<CustomAggregate[]> {
  return store.query<CustomAggregate>(
    `SELECT s.id, s.name, s.labels, v.count, v.sum, v.mean, v.median, v.std, v.min, v.max, s.last_value AS "lastValue", s.last_at AS "lastAt"
     FROM custom_series s CROSS JOIN LATERAL (
       SELECT count(*) AS count, sum(value) AS sum, avg(value) AS mean, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS median,
         stddev_samp(value) AS std, min(value) AS min, max(value) AS max
       FROM custom_value WHERE airflow = $1 AND series_id = s.id AND at >= $4 AND at < $5) v
     WHERE s.airflow = $1 AND ($2::text IS NULL OR s.name = $2) AND s.labels @> $3::jsonb AND s.id > $6 AND v.count > 0
     ORDER BY s.id LIMIT $7`,
    [airflow, query.name ?? null, JSON.stringify(query.labels), query.from, query.to, query.afterId, query.limit],
  );
}

/** Values of one metric that an SLA looks at, at most: with more, the newest. */
const valuesPerNeedMax = 20_000;

/** The values that objectives need, in the order of `needs`. */
export async function readPosted(store: Tx, airflow: string, needs: SlaNeeds['custom']): Promise<PostedValue[][]> {
  const found: PostedValue[][] = [];
  for (const { name, labels, afterMs, untilMs } of needs) {
    const rows = await store.query<{ at: Date; value: number }>(
      `SELECT v.at, v.value FROM custom_series s JOIN custom_value v ON v.airflow = s.airflow AND v.series_id = s.id
       WHERE s.airflow = $1 AND s.name = $2 AND s.labels @> $3::jsonb AND v.at > $4 AND v.at <= $5 ORDER BY v.at DESC LIMIT ${valuesPerNeedMax}`,
      [airflow, name, JSON.stringify(labels), new Date(afterMs), new Date(untilMs)],
    );
    found.push(rows.map(({ at, value }) => ({ atMs: at.getTime(), value })));
  }
  return found;
}

/** The newest value of a series. */
export interface CustomLatest {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** The newest value of every series of the last 24 hours. */
export function readLatest(store: Tx, airflow: string, now: Date): Promise<CustomLatest[]> {
  return store.query<CustomLatest>(
    `SELECT name, labels, last_value AS value FROM custom_series WHERE airflow = $1 AND last_at > $2 ORDER BY name, id LIMIT ${customSeriesMax}`,
    [airflow, new Date(now.getTime() - customKeptMs)],
  );
}
