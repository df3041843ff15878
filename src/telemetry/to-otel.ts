import { ValueType, type HrTime } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { PlainFamily } from './metric.ts';

const unitCodes = { seconds: 's', bytes: 'By', ratio: '1' } as const;

/** "Unknown" in OTLP. The totals are older than this process: to name its start would claim that they began at zero then. */
const unknownStart: HrTime = [0, 0];

/** Milliseconds since 1970 → seconds and nanoseconds. */
const hrTime = (ms: number): HrTime => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];

const addUp = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/**
 * Our families as OpenTelemetry metric data at `nowMs`: counters as cumulative monotonic sums, histograms with explicit bounds,
 * info and state sets as gauges. Names stay the Prometheus ones, so that a backend shows the same name by either way.
 */
export function otelMetrics(families: readonly PlainFamily[], nowMs: number): MetricData[] {
  const endTime = hrTime(nowMs);
  return families.map((family): MetricData => {
    const base = {
      descriptor: {
        name: family.name,
        description: family.help,
        unit: family.unit ? unitCodes[family.unit] : '',
        valueType: ValueType.DOUBLE,
      },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    };
    const point = ({ pairs }: { pairs: Readonly<Record<string, string>> }) => ({
      startTime: unknownStart,
      endTime,
      attributes: pairs,
    });
    switch (family.kind) {
      case 'counter':
        return {
          ...base,
          dataPointType: DataPointType.SUM,
          isMonotonic: true,
          dataPoints: family.samples.map(({ labels, value }) => ({ ...point(labels), value })),
        };
      case 'gauge':
      case 'info':
      case 'stateset':
        return {
          ...base,
          dataPointType: DataPointType.GAUGE,
          dataPoints: family.samples.map(({ labels, value }) => ({ ...point(labels), value })),
        };
      case 'histogram': {
        const boundaries = [...family.bounds];
        return {
          ...base,
          dataPointType: DataPointType.HISTOGRAM,
          dataPoints: family.samples.map(({ labels, buckets, sum }) => ({
            ...point(labels),
            value: { buckets: { boundaries, counts: [...buckets] }, sum, count: addUp(buckets) },
          })),
        };
      }
    }
  });
}
