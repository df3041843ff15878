import { setTimeout as wait } from 'node:timers/promises';
import { trace, context, diag } from '@opentelemetry/api';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { families } from '../../src/measure/catalogue.ts';
import { familyOf, histogramOf, labelsOf } from '../../src/measure/define.ts';
import { labelSet, type Family } from '../../src/measure/family.ts';
import { durationBounds } from '../../src/measure/tally.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { rcaMetrics } from '../../src/telemetry/rca.ts';
import { selfMetrics } from '../../src/telemetry/self.ts';
import { inSpan, startTelemetry } from '../../src/telemetry/start.ts';
import { startOtlpReceiver, type Push, type ReceivedMetric } from '../kit/otlp-receiver.ts';

const counts = durationBounds.map((_, index) => index);
const airflow: Family[] = [
  familyOf(families.taskSuccess, [{ labels: labelsOf(families.taskSuccess, { dag_id: 'd "1"\n', task_id: 'é' }), value: 7 }]),
  familyOf(families.dagLastRunState, [
    { labels: labelsOf(families.dagLastRunState, { dag_id: 'd', state: 'failed' }), value: 1 },
  ]),
  familyOf(families.info, [{ labels: labelsOf(families.info, { version: '3.1.8', revision: 'abc' }), value: 1 }]),
  familyOf(families.backfillProgress, [{ labels: labelSet({}), value: 0.5 }]),
  histogramOf(families.taskDuration, [
    { labels: labelsOf(families.taskDuration, { dag_id: 'd', task_id: 't' }), buckets: [...counts, 3], sum: 99.5 },
  ]),
];

function collectingLog() {
  const lines: { level: string; msg: string }[] = [];
  const log = createLogger({
    config: { level: 'info', format: 'json' },
    redact: (text) => text,
    write: (line) => void lines.push(JSON.parse(line) as { level: string; msg: string }),
  });
  return { log, lines };
}

/** Starts telemetry with these variables, as a process that was given them. */
async function start(env: Record<string, string>, given: readonly Family[] = airflow) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const { log, lines } = collectingLog();
  const telemetry = await startTelemetry({
    env,
    log,
    version: '1.2.3',
    deployment: 'prod',
    instance: 'host-1',
    families: async () => given,
  });
  return { telemetry, lines };
}

afterEach(() => {
  vi.unstubAllEnvs();
  trace.disable();
  context.disable();
  diag.disable();
});

const byName = (pushes: readonly Push[]): Map<string, ReceivedMetric> =>
  new Map(pushes.flatMap(({ metrics }) => metrics.map((metric) => [metric.name, metric])));

describe.each([
  ['http/protobuf', undefined, 'application/x-protobuf'],
  ['http/protobuf, compressed', 'http/protobuf', 'application/x-protobuf'],
  ['http/json', 'http/json', 'application/json'],
])('by %s', (title, protocol, contentType) => {
  test('everything is pushed: the Airflow families, our own instruments, spans', async () => {
    await using receiver = await startOtlpReceiver();
    const { telemetry } = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_RESOURCE_ATTRIBUTES: 'team=data%20platform,service.instance.id=mine',
      ...(protocol === undefined ? {} : { OTEL_EXPORTER_OTLP_PROTOCOL: protocol }),
      ...(title.includes('compressed') ? { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' } : {}),
    });
    const self = selfMetrics(telemetry.meter, { version: '1.2.3' });
    self.role(true);
    self.cycle({
      cycleDurationSeconds: 0.2,
      skipped: 2,
      collectors: [{ collector: 'pools', seconds: 0.1, ok: false }],
      databaseSeconds: { airflow: 4 },
    });
    await inSpan('cycle', {}, async () => undefined);
    const call = {
      operation: 'chat' as const,
      provider: 'openai',
      model: 'gpt-x',
      maxTokens: 9,
      server: { address: 'a', port: 1 },
    };
    await rcaMetrics(telemetry.meter).call(call, async () => ({ model: 'gpt-x-1', usage: null, finish: 'stop' }), String);
    await telemetry.stop();

    const metricPushes = receiver.pushes.filter(({ path }) => path === '/v1/metrics');
    expect(metricPushes.every((push) => push.contentType === contentType)).toBe(true);
    expect(metricPushes[0]?.resource).toMatchObject({
      'service.name': 'windsock',
      'service.version': '1.2.3',
      'service.instance.id': 'mine',
      'windsock.airflow': 'prod',
      team: 'data platform',
    });
    expect(metricPushes[0]?.resource).not.toHaveProperty('process.command_args');
    const metrics = byName(metricPushes);
    expect(metrics.get('airflow_task_success_total')).toEqual({
      name: 'airflow_task_success_total',
      description: expect.stringContaining('Attempts that succeeded'),
      unit: '',
      kind: 'sum',
      monotonic: true,
      cumulative: true,
      points: [{ attributes: { dag_id: 'd "1"\n', task_id: 'é' }, value: 7 }],
    });
    expect(metrics.get('airflow_dag_last_run_state')).toMatchObject({
      kind: 'gauge',
      points: [{ attributes: { state: 'failed' }, value: 1 }],
    });
    expect(metrics.get('airflow_info')).toMatchObject({
      kind: 'gauge',
      points: [{ attributes: { version: '3.1.8' }, value: 1 }],
    });
    expect(metrics.get('windsock_backfill_progress_ratio')).toMatchObject({ kind: 'gauge', unit: '1', points: [{ value: 0.5 }] });
    expect(metrics.get('airflow_task_duration_seconds')).toMatchObject({
      kind: 'histogram',
      unit: 's',
      cumulative: true,
      points: [{ histogram: { bounds: [...durationBounds], counts: [...counts, 3], sum: 99.5, count: 81 } }],
    });
    expect(metrics.get('windsock.cycles.skipped')).toMatchObject({ kind: 'sum', monotonic: true, points: [{ value: 2 }] });
    expect(metrics.get('windsock.collect.success')).toMatchObject({
      kind: 'gauge',
      points: [{ attributes: { collector: 'pools' }, value: 0 }],
    });
    expect(metrics.get('gen_ai.client.operation.duration')).toMatchObject({
      kind: 'histogram',
      unit: 's',
      points: [{ attributes: { 'gen_ai.request.model': 'gpt-x', 'gen_ai.response.model': 'gpt-x-1' }, histogram: { count: 1 } }],
    });
    expect(receiver.pushes.flatMap(({ spans }) => spans)).toEqual(['cycle', 'chat gpt-x']);
  });
});

test('more series than a request should hold go in several', async () => {
  await using receiver = await startOtlpReceiver();
  const samples = Array.from({ length: 6000 }, (_, index) => ({ labels: labelSet({ dag_id: `${index}` }), value: index }));
  const pushed = () => receiver.pushes.map(({ metrics }) => metrics.flatMap(({ points }) => points));
  const arrived = () => new Set(pushed().flatMap((points) => points.map(({ attributes }) => attributes['dag_id']))).size;
  // The end waits 2 s at most, which may not be enough for all on a busy machine.
  for (let attempt = 0; attempt < 5 && arrived() < 6000; attempt += 1) {
    const env = { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiver.url}/custom` };
    const { telemetry } = await start(env, [familyOf(families.dagPaused, samples)]);
    await telemetry.stop();
  }
  expect(arrived()).toBe(6000);
  expect(Math.max(...pushed().map(({ length }) => length))).toBeLessThanOrEqual(5000);
  expect(new Set(receiver.pushes.map(({ path }) => path))).toEqual(new Set(['/custom'])); // an endpoint for metrics alone is taken as it is
});

test('a failing endpoint is told once, and once when it works again, however often it is tried', async () => {
  await using receiver = await startOtlpReceiver();
  receiver.answer.status = 400;
  const { telemetry, lines } = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRIC_EXPORT_INTERVAL: '30',
  });
  await expect.poll(receiver.requests, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
  receiver.answer.status = 200;
  await expect.poll(() => receiver.pushes.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
  await telemetry.stop();
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  expect(lines[0]?.msg).toContain('cannot push metrics by OTLP');
});

test('an endpoint that never answers does not hold up the end', async () => {
  await using receiver = await startOtlpReceiver();
  receiver.answer.status = undefined;
  const { telemetry } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_EXPORTER: 'none' });
  const began = performance.now();
  await telemetry.stop();
  expect(receiver.requests()).toBeGreaterThan(0);
  expect(performance.now() - began).toBeLessThan(3000);
});

test.each([
  ['no variable is set', {}],
  ['the SDK is disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: 'receiver', OTEL_SDK_DISABLED: 'true' }],
  [
    'the exporters are none',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'receiver', OTEL_METRICS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'none' },
  ],
])('nothing is pushed, and everything is still there to be scraped, when %s', async (_when, env: Record<string, string>) => {
  await using receiver = await startOtlpReceiver();
  const replaced = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value === 'receiver' ? receiver.url : value]),
  );
  const { telemetry } = await start({ OTEL_METRIC_EXPORT_INTERVAL: '20', ...replaced });
  selfMetrics(telemetry.meter, { version: '1' });
  await inSpan('cycle', {}, async () => undefined);
  await wait(100);
  expect((await telemetry.collect()).map(({ name }) => name)).toContain('windsock_leader');
  await telemetry.stop();
  expect(receiver.requests()).toBe(0);
});
