import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { familyGroups } from '../../src/measure/catalogue.ts';
import { headOf, type Definition } from '../../src/measure/define.ts';
import { encodeText } from '../../src/measure/exposition.ts';
import { selfFamilies } from '../../src/measure/self-families.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { processMetrics } from '../../src/telemetry/process-metrics.ts';
import { selfMetrics } from '../../src/telemetry/self.ts';
import { startTelemetry } from '../../src/telemetry/start.ts';
import { testWith } from '../kit/binaries.ts';
import { parseExposition, valueOf } from '../kit/parse-exposition.ts';

const log = createLogger({ config: { level: 'error', format: 'json' }, redact: (text) => text });
const report = {
  cycleDurationSeconds: 0.3,
  skipped: 1,
  collectors: [
    { collector: 'pools', seconds: 0.01, ok: true },
    { collector: 'dags', seconds: 0.2, ok: false },
  ],
  databaseSeconds: { airflow: 1.5, store: 0.5 },
};

async function measured() {
  const telemetry = await startTelemetry({ env: {}, log, version: '0.1.0', deployment: 'prod', instance: 'one' });
  const self = selfMetrics(telemetry.meter, { version: '0.1.0' });
  return { self, collect: async () => selfFamilies(await telemetry.collect()), stop: () => telemetry.stop() };
}

test('our instruments give exactly the families that the catalogue promises: name, kind, unit, text, labels, bounds', async () => {
  const { self, collect, stop } = await measured();
  self.role(true);
  self.cycle(report);
  self.delivery({ member: 'http://alertmanager:9093', sent: 2, rejected: 0, failed: false, seconds: 0.1 });
  self.configured({ ok: true, at: new Date(0) });
  const found = await collect();
  const seen = found.map((family) => ({
    name: family.name,
    kind: family.kind,
    unit: family.unit,
    help: family.help,
    labels: Object.keys(family.samples[0]?.labels.pairs ?? {}).sort(),
    bounds: family.kind === 'histogram' ? family.bounds : undefined,
  }));
  const promised = Object.values<Definition>(familyGroups.self).map((definition) => ({
    ...headOf(definition),
    kind: definition.kind,
    unit: definition.unit,
    labels: [...definition.labels].sort(),
    bounds: definition.bounds,
  }));
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  expect(seen.sort(byName)).toEqual(promised.sort(byName));
  await stop();
});

test('values follow the reports; a database counter never goes down; a follower shows no cycle', async () => {
  const { self, collect, stop } = await measured();
  self.role(true);
  self.cycle(report);
  self.cycle({
    ...report,
    cycleDurationSeconds: 7,
    collectors: [{ collector: 'pools', seconds: 0.02, ok: true }],
    databaseSeconds: { airflow: 1.25 },
  });
  self.webhook({ own: 3, foreign: 0 });
  const leading = parseExposition(encodeText(await collect()));
  expect(valueOf(leading, 'windsock_leader')).toBe(1);
  expect(valueOf(leading, 'windsock_cycles_skipped_total')).toBe(2);
  expect(valueOf(leading, 'windsock_cycle_duration_seconds_count')).toBe(2);
  expect(valueOf(leading, 'windsock_cycle_duration_seconds_bucket', { le: '0.5' })).toBe(1);
  expect(valueOf(leading, 'windsock_database_seconds_total', { database: 'airflow' })).toBe(1.5);
  expect(valueOf(leading, 'windsock_collect_duration_seconds', { collector: 'pools' })).toBe(0.02);
  expect(valueOf(leading, 'windsock_collect_success', { collector: 'dags' })).toBeUndefined();
  expect(valueOf(leading, 'windsock_webhook_alerts_total', { origin: 'own' })).toBe(3);
  expect(valueOf(leading, 'windsock_webhook_alerts_total', { origin: 'foreign' })).toBe(0);
  self.role(false);
  const following = parseExposition(encodeText(await collect()));
  expect(valueOf(following, 'windsock_leader')).toBe(0);
  expect(following.samples.filter(({ name }) => name.startsWith('windsock_collect'))).toEqual([]);
  await stop();
});

test('the process and Node.js show themselves, without the gauges that end in _total', async () => {
  const parsed = parseExposition(encodeText(selfFamilies(await processMetrics()())));
  expect(valueOf(parsed, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(parsed.samples.some(({ name }) => name === 'nodejs_version_info')).toBe(true);
  expect(parsed.types.get('process_cpu_seconds_total')).toBe('counter');
  expect([...parsed.types].filter(([name, type]) => name.endsWith('_total') && type !== 'counter')).toEqual([]);
});

testWith('promtool', 'promtool has no complaint about ourselves and our process', async (promtool) => {
  const { self, collect, stop } = await measured();
  self.role(true);
  self.cycle(report);
  const all = [...(await collect()), ...selfFamilies(await processMetrics()())];
  expect(execFileSync(promtool, ['check', 'metrics'], { input: encodeText(all), encoding: 'utf8', stdio: 'pipe' })).toBe('');
  await stop();
});

test('a configuration that is refused shows as that, beside when the one in force was read', async () => {
  const { self, collect, stop } = await measured();
  const shown = async () => {
    const parsed = parseExposition(encodeText(await collect()));
    return ['successful', 'success_timestamp_seconds'].map((name) => valueOf(parsed, `windsock_config_last_reload_${name}`));
  };
  self.configured({ ok: true, at: new Date(1_700_000_000_000) });
  expect(await shown()).toEqual([1, 1_700_000_000]);
  self.configured({ ok: false, at: new Date(1_700_000_060_000) });
  expect(await shown()).toEqual([0, 1_700_000_000]);
  self.configured({ ok: true, at: new Date(1_700_000_120_000) });
  expect(await shown()).toEqual([1, 1_700_000_120]);
  await stop();
});
