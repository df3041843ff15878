import type { Tx } from '../store/store.ts';
import { customKeptMs, customSeriesMax } from './custom.ts';
import type { SlaNeeds } from './plan.ts';
import type { Operator, PostedMetric, Statistic } from './objective.ts';
import { slicesOf, type PostedSlice, type PostedSum } from './posted.ts';

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

const percentile = (share: number) => `percentile_cont(${share}) WITHIN GROUP (ORDER BY v.value)`;
/** The same numbers as `statisticOf` gives. */
const aggregates: Record<Statistic, string> = {
  mean: 'avg(v.value)',
  median: percentile(0.5),
  p90: percentile(0.9),
  p95: percentile(0.95),
  p99: percentile(0.99),
  max: 'max(v.value)',
  min: 'min(v.value)',
  sum: 'sum(v.value)',
  last: '(array_agg(v.value ORDER BY v.at DESC, v.series_id DESC))[1]',
};

/** Values that one objective looks at at once, at most: half a second of a busy database. A sum of a part of them would be wrong. */
export const valuesPerNeedMax = 200_000;

/** The slices that objectives need, in the order of `needs`; null where they look at too many values. */
export async function readPosted(
  store: Tx,
  airflow: string,
  needs: SlaNeeds['custom'],
  valuesMax = valuesPerNeedMax,
): Promise<(PostedSlice[] | null)[]> {
  const found: (PostedSlice[] | null)[] = [];
  for (const { metric, statistic, ends } of needs) {
    const read = (of: PostedMetric) => readSums(store, airflow, of, { metric, statistic, ends, valuesMax });
    const whole = metric.of === null || typeof metric.of === 'number' ? [] : await read(metric.of);
    const sums = await read(metric);
    found.push(sums === null || whole === null ? null : slicesOf(metric, statistic, sums, whole));
  }
  return found;
}

/** Series without one of the `per` labels belong to no target. */
async function readSums(
  store: Tx,
  airflow: string,
  { name, labels }: PostedMetric,
  { metric: { overMs, per }, statistic, ends, valuesMax }: Omit<SlaNeeds['custom'][number], 'objective'> & { valuesMax: number },
): Promise<PostedSum[] | null> {
  const rows = await store.query<{ at: Date; per: string[]; count: number; value: number }>(
    `SELECT v.slice AS at, v.per, count(*) AS count, ${aggregates[statistic]} AS value
     FROM (SELECT e.at AS slice, s.per, v.at, v.value, v.series_id
       FROM (SELECT id, ARRAY(SELECT labels ->> n FROM unnest($4::text[]) WITH ORDINALITY p(n, place) ORDER BY place) AS per
         FROM custom_series WHERE airflow = $1 AND name = $2 AND labels @> $3::jsonb AND labels ?& $4::text[]) s
       CROSS JOIN unnest($5::timestamptz[]) e(at)
       JOIN custom_value v ON v.airflow = $1 AND v.series_id = s.id AND v.at > e.at - $6::float8 * interval '1 ms' AND v.at <= e.at
       LIMIT ${valuesMax + 1}) v
     GROUP BY v.slice, v.per`,
    [airflow, name, JSON.stringify(labels), per, ends.map((ms) => new Date(ms)), overMs],
  );
  if (rows.reduce((sum, { count }) => sum + count, 0) > valuesMax) return null;
  return rows.map(({ at, ...rest }) => ({ ...rest, atMs: at.getTime() }));
}

/** What one series holds of a stretch of time. */
export interface SeriesSum {
  labels: Record<string, string>;
  count: number;
  sum: number;
  /** Values that break a threshold by themselves. */
  beyond: number;
  firstAt: Date;
  lastAt: Date;
}

/** `value operator threshold` in SQL; as `compare` has it. */
const comparisons: Record<Operator, string> = { gt: '>', gte: '>=', lt: '<', lte: '<=', eq: '=' };

/** The values of a metric in (fromMs, toMs], series by series; null when they are too many. */
export async function readSeriesSums(
  store: Tx,
  airflow: string,
  { name, labels }: PostedMetric,
  { fromMs, toMs, beyond }: { fromMs: number; toMs: number; beyond: { operator: Operator; threshold: number } },
  valuesMax = valuesPerNeedMax,
): Promise<SeriesSum[] | null> {
  const rows = await store.query<SeriesSum>(
    `SELECT s.labels, v.count, v.sum, v.beyond, v."firstAt", v."lastAt"
     FROM (SELECT v.id, count(*) AS count, sum(v.value) AS sum, count(*) FILTER (WHERE NOT v.value ${comparisons[beyond.operator]} $6::float8) AS beyond,
         min(v.at) AS "firstAt", max(v.at) AS "lastAt"
       FROM (SELECT s.id, v.at, v.value FROM custom_series s
         JOIN custom_value v ON v.airflow = $1 AND v.series_id = s.id AND v.at > $4 AND v.at <= $5
         WHERE s.airflow = $1 AND s.name = $2 AND s.labels @> $3::jsonb LIMIT ${valuesMax + 1}) v
       GROUP BY v.id) v
     JOIN custom_series s ON s.airflow = $1 AND s.id = v.id ORDER BY s.id`,
    [airflow, name, JSON.stringify(labels), new Date(fromMs), new Date(toMs), beyond.threshold],
  );
  return rows.reduce((sum, { count }) => sum + count, 0) > valuesMax ? null : rows;
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
