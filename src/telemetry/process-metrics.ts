import {
  collectDefaultMetrics,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
  type MetricValueWithName,
} from 'prom-client';
import { unitOfName, type PlainFamily, type PlainLabels } from './metric.ts';

/** Gauges that end in `_total`, which promtool rightly refuses; the same without the suffix is there by type. */
const refused = new Set(['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']);

type Value = MetricValue<string> | MetricValueWithName<string>;

const labelsOf = ({ labels }: Value): PlainLabels => ({
  pairs: Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === undefined || name === 'le' ? [] : [[name, `${value}`]])),
  ),
});

const boundOf = ({ labels }: Value): number => {
  const le = Object.entries(labels).find(([name]) => name === 'le')?.[1];
  return le === undefined || le === '+Inf' ? Infinity : Number(le);
};

/** prom-client gives a histogram as its lines, cumulative: back to counts per bucket. */
function histogramSamples(name: string, values: readonly Value[]) {
  const nameOf = (value: Value): string => ('metricName' in value ? (value.metricName ?? '') : '');
  const groups = Map.groupBy(values, (value) => JSON.stringify(labelsOf(value).pairs));
  const bucketsOf = (group: readonly Value[]) =>
    group.filter((value) => nameOf(value) === `${name}_bucket`).sort((a, b) => boundOf(a) - boundOf(b));
  const first = groups.values().next().value;
  const bounds = first === undefined ? [] : bucketsOf(first).map(boundOf).filter(Number.isFinite);
  const samples = [...groups.values()].map((group) => {
    const cumulative = bucketsOf(group).map(({ value }) => value);
    return {
      labels: labelsOf(group[0] ?? { value: 0, labels: {} }),
      buckets: cumulative.map((count, index) => count - (cumulative[index - 1] ?? 0)),
      sum: group.find((value) => nameOf(value) === `${name}_sum`)?.value ?? 0,
    };
  });
  return { bounds, samples };
}

function familyOf({ name, help, type, values }: MetricObjectWithValues<Value>): PlainFamily[] {
  const head = { name, help, ...unitOfName(name) };
  // At runtime the type is its word; the declaration says a const enum, whose members no module exports.
  const kind: string = `${type}`;
  if (kind === 'histogram') return [{ ...head, kind, ...histogramSamples(name, values) }];
  if (kind === 'counter' || kind === 'gauge')
    return [{ ...head, kind, samples: values.map((value) => ({ labels: labelsOf(value), value: value.value })) }];
  return [];
}

/** What a prom-client registry shows, as families. */
export function plainProcessFamilies(metrics: readonly MetricObjectWithValues<Value>[]): PlainFamily[] {
  return metrics.filter(({ name }) => !refused.has(name)).flatMap(familyOf);
}

/** The metrics of this process and of Node.js by prom-client, in a registry of their own. */
export function processMetrics(): () => Promise<PlainFamily[]> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return async () => plainProcessFamilies(await registry.getMetricsAsJSON());
}
