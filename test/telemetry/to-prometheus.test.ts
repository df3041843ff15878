import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { expect, test } from 'vitest';
import { plainFamilies, prometheusName } from '../../src/telemetry/to-prometheus.ts';

test.each([
  ['windsock.cycle.duration', 's', false, false, 'windsock_cycle_duration_seconds'],
  ['windsock.database', 's', true, false, 'windsock_database_seconds_total'],
  ['windsock.database.seconds.total', 's', true, false, 'windsock_database_seconds_total'],
  ['windsock.cycles.skipped', '{cycle}', true, false, 'windsock_cycles_skipped_total'],
  ['store.size', 'By', false, true, 'store_size_bytes'],
  ['queue.fill', '1', false, true, 'queue_fill_ratio'],
  ['queue.fill', '1', true, false, 'queue_fill_total'],
  ['disk.speed', 'By/s', false, true, 'disk_speed_bytes_per_second'],
  ['http.server.request.duration', 'ms', false, false, 'http_server_request_duration_milliseconds'],
  ['odd--name..x', '', false, true, 'odd_name_x'],
  ['2fast', '', false, true, '_2fast'],
] as const)('%s in %s (counts: %s, gauge: %s) is named %s', (name, unit, counts, isGauge, expected) => {
  expect(prometheusName({ name, unit, counts, isGauge })).toBe(expected);
});

test('instruments become families without labels for their scope; attributes of one name share a label', async () => {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('a scope', '1.0');
  meter.createCounter('jobs', { description: 'Jobs.' }).add(2, { 'job.kind': 'x', job_kind: 'y', n: 3 });
  meter.createUpDownCounter('open').add(-1);
  meter.createGauge('temperature').record(36.6);
  const histogram = meter.createHistogram('wait', { unit: 's', advice: { explicitBucketBoundaries: [1, 2] } });
  for (const seconds of [0.5, 1, 1.5, 9]) histogram.record(seconds);
  const { resourceMetrics } = await reader.collect();
  expect(plainFamilies(resourceMetrics)).toEqual([
    {
      name: 'jobs_total',
      help: 'Jobs.',
      kind: 'counter',
      samples: [{ labels: { pairs: { job_kind: 'x;y', n: '3' } }, value: 2 }],
    },
    { name: 'open', help: '', kind: 'gauge', samples: [{ labels: { pairs: {} }, value: -1 }] },
    { name: 'temperature', help: '', kind: 'gauge', samples: [{ labels: { pairs: {} }, value: 36.6 }] },
    {
      name: 'wait_seconds',
      help: '',
      unit: 'seconds',
      kind: 'histogram',
      bounds: [1, 2],
      samples: [{ labels: { pairs: {} }, buckets: [2, 1, 1], sum: 12 }],
    },
  ]);
});
