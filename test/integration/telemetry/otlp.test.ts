import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { createSimulation } from '../../../src/demo/simulation.ts';
import { familyGroups } from '../../../src/measure/catalogue.ts';
import type { Definition } from '../../../src/measure/define.ts';
import { createDatabase } from '../../kit/database.ts';
import { eventually } from '../../kit/eventually.ts';
import { startOtlpReceiver, type Push, type ReceivedMetric, type ReceivedPoint } from '../../kit/otlp-receiver.ts';
import type { ParsedExposition } from '../../kit/parse-exposition.ts';
import { startWindsock } from '../../kit/windsock.ts';

const minuteMs = 60_000;
const { self, explanations: _, slack: __, ...ofAirflow } = familyGroups;
const airflowFamilies: Definition[] = Object.values(ofAirflow).flatMap((group): Definition[] => Object.values(group));
/** What an Airflow 3 has not. */
const onlyAirflow2 = new Set(['airflow_sla_misses']);
/** Shown once alerts are sent, and here are no Alertmanagers. */
const ofDelivery = /^windsock_alert/;

const latest = (pushes: readonly Push[]): Map<string, ReceivedMetric> =>
  new Map(pushes.flatMap(({ metrics }) => metrics.map((metric) => [metric.name, metric])));

const keyOf = (labels: Record<string, string>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Series and values of one family, as pushed: of a histogram its count and sum. */
const pushed = ({ kind, points }: ReceivedMetric): Map<string, unknown> =>
  new Map(
    points.map(({ attributes, value, histogram }: ReceivedPoint) => [
      keyOf(attributes),
      kind === 'histogram' ? [histogram?.count, histogram?.sum] : value,
    ]),
  );

/** The same, as scraped. */
function scraped({ samples }: ParsedExposition, name: string, kind: Definition['kind']): Map<string, unknown> {
  if (kind !== 'histogram')
    return new Map(samples.flatMap((sample) => (sample.name === name ? [[keyOf(sample.labels), sample.value]] : [])));
  const part = (suffix: string) =>
    new Map(samples.flatMap((s) => (s.name === name + suffix ? [[keyOf(s.labels), s.value]] : [])));
  const sums = part('_sum');
  return new Map([...part('_count')].map(([key, count]) => [key, [count, sums.get(key)]]));
}

/** Whether a push and a scrape are of the same cycle, as far as this family tells. */
function agree({ name, kind }: Definition, metric: ReceivedMetric | undefined, shown: ParsedExposition): boolean {
  if (metric === undefined) return false;
  const [there, here] = [pushed(metric), scraped(shown, name, kind)];
  // Gauges of the present move on between a push and a scrape; what was counted does not.
  return kind === 'gauge' ? isDeepStrictEqual(new Set(there.keys()), new Set(here.keys())) : isDeepStrictEqual(there, here);
}

/** Compares one Airflow family as it was pushed with the catalogue and with what a scrape shows. */
function compare(
  { name, kind, unit, labels, help }: Definition,
  metric: ReceivedMetric | undefined,
  shown: ParsedExposition,
): void {
  if (metric === undefined) return expect.soft(metric, `${name} was not pushed`).toBeDefined();
  const wanted = {
    kind: kind === 'counter' ? 'sum' : kind === 'histogram' ? 'histogram' : 'gauge',
    unit: unit === undefined ? '' : { seconds: 's', bytes: 'By', ratio: '1' }[unit],
    monotonic: kind === 'counter',
    cumulative: kind === 'counter' || kind === 'histogram',
    described: true,
    series: [...scraped(shown, name, kind).keys()].toSorted(),
    labels: labels.toSorted(),
  };
  const series = pushed(metric);
  const got = {
    kind: metric.kind,
    unit: metric.unit,
    monotonic: metric.monotonic,
    cumulative: metric.cumulative,
    described: metric.description.includes(help),
    series: [...series.keys()].toSorted(),
    labels: Object.keys(metric.points[0]?.attributes ?? {}).toSorted(),
  };
  expect.soft(got, name).toEqual(wanted);
  expect.soft(series.size, name).toBeGreaterThan(0);
  if (kind === 'counter' || kind === 'histogram') expect.soft(series, name).toEqual(scraped(shown, name, kind));
}

test('windsock serve pushes by OTLP all that it shows: the Airflow families, its own instruments, its process, spans', async () => {
  await using airflow = await createDatabase();
  await using store = await createDatabase();
  await using receiver = await startOtlpReceiver();
  const start = new Date(Date.now() - 40 * minuteMs);
  await using simulation = await createSimulation({ databaseUrl: airflow.url, airflow: '3', seed: 11, start, historyDays: 1 });
  await using windsock = startWindsock({
    WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
    WINDSOCK_STORE_DATABASE_URL: store.url,
    WINDSOCK_HISTORY: '1d',
    WINDSOCK_SLA_OBJECTIVES:
      '[{name: works, kind: success_ratio, objective: 0.9}, {name: takes, kind: duration, thresholds: {warning: 1h, critical: 2h}}]',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
  });
  // Else what ends meanwhile may be held against nothing: no band, no score.
  await eventually('its history is read', async () => /\nwindsock_backfill_progress_ratio 1\n/.test(await windsock.body()));
  // Its run waits in the queue beyond its deadline: the families of both have something to show.
  simulation.inject({ kind: 'stuck', dagId: 'sales_hourly_etl', forSeconds: 7200 });
  for (let minute = 10; minute <= 40; minute += 10) await simulation.step(new Date(start.getTime() + minute * minuteMs));
  const total = (series: Map<string, unknown>): number => [...series.values()].reduce<number>((sum, n) => sum + Number(n), 0);
  const seen = await eventually('the same is scraped and pushed, and no family is empty', async () => {
    const metrics = latest(receiver.pushes);
    const shown = await windsock.metrics();
    const named = (families: Definition[]): string => families.map(({ name }) => name).join(', ');
    const present = airflowFamilies.filter(({ name }) => !onlyAirflow2.has(name));
    const empty = present.filter(({ name, kind }) => !(metrics.has(name) && scraped(shown, name, kind).size > 0));
    if (empty.length > 0) throw new Error(`no series of ${named(empty)}`);
    const apart = present.filter((definition) => !agree(definition, metrics.get(definition.name), shown));
    if (apart.length > 0) throw new Error(`another cycle's, or other than pushed: ${named(apart)}`);
    return total(scraped(shown, 'airflow_task_success_total', 'counter')) > 20 ? { metrics, shown } : undefined;
  });
  windsock.signal('SIGTERM');
  expect((await windsock.exit).code).toBe(0);

  for (const definition of airflowFamilies.filter(({ name }) => !onlyAirflow2.has(name)))
    compare(definition, seen.metrics.get(definition.name), seen.shown);
  for (const { name, kind, unit } of Object.values(self).map((definition: Definition) => definition)) {
    if (ofDelivery.test(name)) continue;
    // Its own instruments go under their OpenTelemetry names.
    const metric = seen.metrics.get(
      name
        .replace(/_total$/, '')
        .replace(/_seconds$/, '')
        .replaceAll('_', '.'),
    );
    expect.soft(metric?.kind, name).toBe(kind === 'counter' ? 'sum' : kind === 'histogram' ? 'histogram' : 'gauge');
    expect.soft(metric?.points.length, name).toBeGreaterThan(0);
    if (unit === 'seconds') expect.soft(metric?.unit, name).toBe('s');
  }
  expect(seen.metrics.get('process_cpu_seconds_total')).toMatchObject({ kind: 'sum', monotonic: true, unit: 's' });
  expect(seen.metrics.get('nodejs_eventloop_lag_seconds')).toMatchObject({ kind: 'gauge', unit: 's' });

  const resources = receiver.pushes.map(({ resource }) => resource);
  expect(new Set(resources.map((resource) => resource['service.name']))).toEqual(new Set(['windsock']));
  expect(new Set(resources.map((resource) => resource['windsock.airflow']))).toEqual(new Set(['airflow']));
  expect(new Set(resources.map((resource) => resource['service.instance.id'])).size).toBe(1);
  expect(new Set(receiver.pushes.flatMap(({ spans }) => spans))).toEqual(new Set(['cycle', 'collect', 'commit']));
}, 120_000);
