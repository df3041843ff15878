import type { Attributes } from '@opentelemetry/api';
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { unitOfName, type PlainFamily, type PlainLabels } from './metric.ts';

const unitWords: Record<string, string> = {
  s: 'seconds',
  ms: 'milliseconds',
  min: 'minutes',
  h: 'hours',
  d: 'days',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  '%': 'percent',
};

const clean = (name: string): string =>
  name
    .replaceAll(/[^a-zA-Z0-9_:]/g, '_')
    .replaceAll(/_{2,}/g, '_')
    .replace(/^(\d)/, '_$1');

/** The word that a unit adds to a name; `{…}` are annotations and add none. */
function unitWord(unit: string, isGauge: boolean): string {
  const bare = unit.replaceAll(/\{[^}]*\}/g, '');
  if (bare === '1') return isGauge ? 'ratio' : '';
  const [over = '', per] = bare.split('/');
  const word = (part: string): string => clean(unitWords[part] ?? part);
  return per ? `${word(over)}_per_${word(per).replace(/s$/, '')}` : word(over);
}

/** The Prometheus name of an OpenTelemetry metric (OpenTelemetry's "Prometheus and OpenMetrics Compatibility"): unit, then `_total`. */
export function prometheusName({
  name,
  unit,
  counts,
  isGauge,
}: {
  name: string;
  unit: string;
  counts: boolean;
  isGauge: boolean;
}): string {
  const base = clean(name).replace(counts ? /_total$/ : /$^/, '');
  const word = unitWord(unit, isGauge);
  const withUnit = word === '' || base.endsWith(`_${word}`) ? base : `${base}_${word}`;
  return counts ? `${withUnit}_total` : withUnit;
}

/** Attributes as labels; what becomes one name shares a label, joined by `;` in the order of the attributes' names. */
function labelsOf(attributes: Attributes): PlainLabels {
  const pairs: Record<string, string> = {};
  for (const key of Object.keys(attributes).sort()) {
    const value = attributes[key];
    if (value === undefined || value === null) continue;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const name = clean(key).replaceAll(':', '_');
    pairs[name] = pairs[name] === undefined ? text : `${pairs[name]};${text}`;
  }
  return { pairs };
}

function familyOf(metric: MetricData): PlainFamily | null {
  const counts = metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
  const isGauge = metric.dataPointType === DataPointType.GAUGE || (metric.dataPointType === DataPointType.SUM && !counts);
  const name = prometheusName({ ...metric.descriptor, counts, isGauge });
  const head = { name, help: metric.descriptor.description, ...unitOfName(name) };
  switch (metric.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE:
      return {
        ...head,
        kind: counts ? 'counter' : 'gauge',
        samples: metric.dataPoints.map(({ attributes, value }) => ({ labels: labelsOf(attributes), value })),
      };
    case DataPointType.HISTOGRAM:
      return {
        ...head,
        kind: 'histogram',
        bounds: metric.dataPoints[0]?.value.buckets.boundaries ?? [],
        samples: metric.dataPoints.map(({ attributes, value }) => ({
          labels: labelsOf(attributes),
          buckets: value.buckets.counts,
          sum: value.sum ?? 0,
        })),
      };
    // The classic formats know none; nothing of ours makes one.
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return null;
  }
}

/** What a metric reader collected, as families under Prometheus names, without labels for scopes. */
export function plainFamilies({ scopeMetrics }: ResourceMetrics): PlainFamily[] {
  return scopeMetrics.flatMap(({ metrics }) => metrics.flatMap((metric) => familyOf(metric) ?? []));
}
