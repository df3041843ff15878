import { AppError } from '../lib/errors.ts';
import { families } from '../measure/catalogue.ts';
import { redact } from '../redact/redact.ts';
import type { Store, Tx } from '../store/store.ts';
import { labelNames, metricNames } from './custom-names.ts';

/** A value that somebody posted. */
export interface CustomValue {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
  at: Date;
}

/** Series of a deployment at most, and how long their values are kept. */
export const customSeriesMax = 1000;
export const customKeptMs = 86_400_000;
/** A sender's clock may be ahead of ours by this much. */
const aheadMs = 300_000;
const labelsMax = 16;
const labelValueMax = 256;
/** Sums of squares of all values of a day stay finite. */
const magnitudeMax = 1e100;

/** What Windsock, Airflow's families, the process and Prometheus itself use. */
const reserved = /^(airflow|windsock|process|nodejs|gen_ai|otel|target|scrape|slo)_|^up$/;
const taken = new Set<string>(Object.values(families).map(({ name }) => name));

/** Why a posted value is refused, as a sentence that begins with the key; null when it is taken. */
function faultOf({ name, labels, value, at }: CustomValue, now: Date): string | null {
  if (!metricNames.test(name)) return 'name is no metric name: letters, digits and _ are allowed, no digit first';
  if (taken.has(name) || reserved.test(name)) return "name is one of Windsock's own or of Prometheus'; choose another prefix";
  const names = Object.keys(labels);
  if (names.length > labelsMax) return `labels are more than ${labelsMax}`;
  const bad = names.find((each) => !labelNames.test(each) || each === 'le' || each === 'quantile');
  if (bad !== undefined) return 'labels holds a name that is no label name, or is le or quantile';
  if (Object.values(labels).some((text) => text.length > labelValueMax))
    return `labels holds a value longer than ${labelValueMax} characters`;
  if (!Number.isFinite(value) || Math.abs(value) > magnitudeMax) return 'value must be a number from -1e100 to 1e100';
  if (at.getTime() > now.getTime() + aheadMs) return 'timestamp lies more than 5 minutes in the future';
  if (at.getTime() <= now.getTime() - customKeptMs) return 'timestamp is older than 24 hours, and no value is kept for longer';
  return null;
}

const seriesKey = ({ name, labels }: Pick<CustomValue, 'name' | 'labels'>): string =>
  JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** Secrets in label values are redacted, as at every door. */
const clean = (value: CustomValue): CustomValue => ({
  ...value,
  labels: Object.fromEntries(Object.entries(value.labels).map(([name, text]) => [name, redact(text)])),
});

/**
 * Keeps posted values: all of them or none. Of several values of one series at the same time the last counts. Throws INVALID
 * with the first fault, CONFLICT when there would be too many series.
 */
export async function postValues(store: Store, airflow: string, given: readonly CustomValue[], now: Date): Promise<void> {
  for (const [index, value] of given.entries()) {
    const fault = faultOf(value, now);
    if (fault !== null) throw new AppError('INVALID', given.length === 1 ? fault : `metrics[${index}]: ${fault}`);
  }
  const values = given.map(clean);
  const newest = new Map<string, CustomValue>();
  for (const value of values) {
    const key = seriesKey(value);
    const other = newest.get(key);
    if (other === undefined || other.at <= value.at) newest.set(key, value);
  }
  const series = [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  await store.transaction(async (tx) => {
    await saveSeries(tx, airflow, series);
    await saveValues(tx, airflow, [
      ...new Map(values.map((value) => [`${seriesKey(value)} ${value.at.getTime()}`, value])).values(),
    ]);
  });
}

async function saveSeries(tx: Tx, airflow: string, series: readonly CustomValue[]): Promise<void> {
  await tx.query(
    `INSERT INTO custom_series (airflow, name, labels, last_value, last_at)
     SELECT $1, * FROM unnest($2::text[], $3::jsonb[], $4::float8[], $5::timestamptz[])
     ON CONFLICT (airflow, name, labels) DO UPDATE SET last_value = excluded.last_value, last_at = excluded.last_at
     WHERE custom_series.last_at <= excluded.last_at`,
    [
      airflow,
      series.map(({ name }) => name),
      series.map(({ labels }) => JSON.stringify(labels)),
      series.map(({ value }) => value),
      series.map(({ at }) => at),
    ],
  );
  const [row] = await tx.query<{ count: number }>('SELECT count(*) AS count FROM custom_series WHERE airflow = $1', [airflow]);
  if ((row?.count ?? 0) > customSeriesMax)
    throw new AppError('CONFLICT', `there would be more than ${customSeriesMax} custom series; use fewer label values`);
}

async function saveValues(tx: Tx, airflow: string, values: readonly CustomValue[]): Promise<void> {
  await tx.query(
    `INSERT INTO custom_value (airflow, series_id, at, value)
     SELECT $1, s.id, v.at, v.value FROM unnest($2::text[], $3::jsonb[], $4::timestamptz[], $5::float8[]) v(name, labels, at, value)
     JOIN custom_series s ON s.airflow = $1 AND s.name = v.name AND s.labels = v.labels
     ON CONFLICT (airflow, series_id, at) DO UPDATE SET value = excluded.value`,
    [
      airflow,
      values.map(({ name }) => name),
      values.map(({ labels }) => JSON.stringify(labels)),
      values.map(({ at }) => at),
      values.map(({ value }) => value),
    ],
  );
}

/** The retention job: values older than 24 hours go, and series without any. */
export async function trimCustom(tx: Tx, airflow: string, now: Date): Promise<void> {
  const before = new Date(now.getTime() - customKeptMs);
  await tx.query('DELETE FROM custom_value WHERE airflow = $1 AND at <= $2', [airflow, before]);
  await tx.query('DELETE FROM custom_series WHERE airflow = $1 AND last_at <= $2', [airflow, before]);
}
