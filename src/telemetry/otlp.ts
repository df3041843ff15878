import { emptyResource, type Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  InstrumentType,
  PeriodicExportingMetricReader,
  type MetricProducer,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { systemClock } from '../lib/clock.ts';
import { errorText } from '../lib/errors.ts';
import type { Logger } from './logger.ts';
import type { PlainFamily } from './metric.ts';
import { otelMetrics } from './to-otel.ts';

/** The standard variables of OpenTelemetry, as the process got them. */
export type OtelEnv = Readonly<Record<string, string | undefined>>;

type Signal = 'METRICS' | 'TRACES';

const defaultIntervalMs = 60_000;
const defaultTimeoutMs = 30_000;
/** Data points in one request: collectors refuse bodies over 4 MiB (gRPC) unless told otherwise. */
const batchSizeMax = 5000;

/** Whether a signal is to be pushed: an endpoint is set for it, and nothing turns it off. */
export function isPushed(env: OtelEnv, signal: Signal): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  if ((env[`OTEL_${signal}_EXPORTER`] ?? 'otlp').trim() !== 'otlp') return false;
  return Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]);
}

function milliseconds(text: string | undefined, otherwise: number): number {
  const value = Number(text);
  return text !== undefined && text.trim() !== '' && Number.isFinite(value) && value > 0 ? value : otherwise;
}

/** The exporter of the protocol that is asked for. It reads endpoint, headers, compression and certificates from the same variables itself. */
async function createExporter(env: OtelEnv, log: Logger): Promise<PushMetricExporter> {
  const protocol = (env['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL'] ?? env['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? 'http/protobuf').trim();
  switch (protocol) {
    case 'grpc':
      return new (await import('@opentelemetry/exporter-metrics-otlp-grpc')).OTLPMetricExporter();
    case 'http/json':
      return new (await import('@opentelemetry/exporter-metrics-otlp-http')).OTLPMetricExporter();
    case 'http/protobuf':
      break;
    // Anything a person can type: no closed union.
    default:
      log.warn(
        `OTLP protocol ${JSON.stringify(protocol)} is unknown: pushing http/protobuf; write grpc, http/protobuf or http/json`,
      );
  }
  return new (await import('@opentelemetry/exporter-metrics-otlp-proto')).OTLPMetricExporter();
}

/** The SDK goes on showing what an observable gauge showed once, unless it is asked for deltas; a gauge has none, so that is all it does. */
export const forgetful = (type: InstrumentType): AggregationTemporality | undefined =>
  type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : undefined;

/** `exporter`, saying when pushing starts to fail and when it works again: once a change, however often it pushes. */
function tellChanges(exporter: PushMetricExporter, log: Logger): PushMetricExporter {
  let failing: string | undefined;
  return {
    export(metrics, done) {
      exporter.export(metrics, (result) => {
        const error = result.error && errorText(result.error);
        if (error !== undefined && failing === undefined) log.warn(`cannot push metrics by OTLP: ${error}`);
        if (error === undefined && failing !== undefined) log.info('metrics are pushed by OTLP again');
        failing = error;
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    selectAggregationTemporality: (type) =>
      forgetful(type) ?? exporter.selectAggregationTemporality?.(type) ?? AggregationTemporality.CUMULATIVE,
    selectAggregation: (type) => exporter.selectAggregation?.(type) ?? { type: AggregationType.DEFAULT },
  };
}

/** Families that no instrument of ours measures, as they are at each push; nothing while there are none. */
function producerOf(families: () => Promise<readonly PlainFamily[] | undefined>, resource: Resource): MetricProducer {
  return {
    async collect() {
      const metrics = otelMetrics((await families()) ?? [], systemClock.now().getTime());
      const scopeMetrics = metrics.length === 0 ? [] : [{ scope: { name: 'windsock' }, metrics }];
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] };
    },
  };
}

/** A reader that pushes all instruments and `families` by OTLP every `OTEL_METRIC_EXPORT_INTERVAL` ms; null when no endpoint is set. */
export async function otlpReader(
  env: OtelEnv,
  families: () => Promise<readonly PlainFamily[] | undefined>,
  log: Logger,
): Promise<PeriodicExportingMetricReader | null> {
  if (!isPushed(env, 'METRICS')) return null;
  const exportIntervalMillis = milliseconds(env['OTEL_METRIC_EXPORT_INTERVAL'], defaultIntervalMs);
  return new PeriodicExportingMetricReader({
    exporter: tellChanges(await createExporter(env, log), log),
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(milliseconds(env['OTEL_METRIC_EXPORT_TIMEOUT'], defaultTimeoutMs), exportIntervalMillis),
    metricProducers: [producerOf(families, emptyResource())],
    maxExportBatchSize: batchSizeMax,
  });
}
