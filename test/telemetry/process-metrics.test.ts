import { expect, test } from 'vitest';
import { plainProcessFamilies } from '../../src/telemetry/process-metrics.ts';
import { Gauge, Histogram, Registry, Summary } from 'prom-client';

test('histograms come back as counts per bucket, gauges and counters as they are, summaries not at all', async () => {
  const registers = [new Registry()];
  const histogram = new Histogram({ name: 'gc_seconds', help: 'Pauses.', labelNames: ['kind'], buckets: [0.1, 1], registers });
  for (const seconds of [0.05, 0.5, 0.6, 3]) histogram.observe({ kind: 'minor' }, seconds);
  histogram.observe({ kind: 'major' }, 2);
  new Gauge({ name: 'open', help: 'Open.', labelNames: ['a'], registers }).set({ a: '"' }, 3);
  new Summary({ name: 'old', help: 'Old.', registers }).observe(1);
  expect(plainProcessFamilies((await registers[0]?.getMetricsAsJSON()) ?? [])).toEqual([
    {
      name: 'gc_seconds',
      help: 'Pauses.',
      unit: 'seconds',
      kind: 'histogram',
      bounds: [0.1, 1],
      samples: [
        { labels: { pairs: { kind: 'minor' } }, buckets: [1, 2, 1], sum: 4.15 },
        { labels: { pairs: { kind: 'major' } }, buckets: [0, 0, 1], sum: 2 },
      ],
    },
    { name: 'open', help: 'Open.', kind: 'gauge', samples: [{ labels: { pairs: { a: '"' } }, value: 3 }] },
  ]);
});
