import { diag, DiagLogLevel, SpanStatusCode, trace, type Attributes, type Meter } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { defaultResource, resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import { AggregationTemporality, MeterProvider } from '@opentelemetry/sdk-metrics';
import { sleep } from '../lib/clock.ts';
import { errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import type { Logger } from './logger.ts';
import type { PlainFamily } from './metric.ts';
import { forgetful, isPushed, otlpReader, type OtelEnv } from './otlp.ts';
import { plainFamilies } from './to-prometheus.ts';

export interface TelemetryOptions {
  env: OtelEnv;
  log: Logger;
  version: string;
  /** Of the Airflow deployment; a resource attribute of all that is pushed. */
  deployment: string;
  /** Tells replicas apart in what is pushed. */
  instance: string;
  /** Families beside our instruments, to be pushed too: the Airflow families, or those of the process. */
  families?: () => Promise<readonly PlainFamily[] | undefined>;
}

export interface Telemetry {
  meter: Meter;
  /** What the instruments show now, for the exposition. */
  collect(): Promise<PlainFamily[]>;
  /** Pushes what is left, within 2 s. Never throws. */
  stop(): Promise<void>;
}

const stopWithinMs = 2000;

/** Says who we are; OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME win. The command line is left out: it may hold a password. */
function resourceOf({ env, version, deployment, instance }: TelemetryOptions): Resource {
  const given = Object.fromEntries(
    (env['OTEL_RESOURCE_ATTRIBUTES'] ?? '').split(',').flatMap((pair) => {
      const [key = '', value] = pair.split('=').map((part) => part.trim());
      return key === '' || value === undefined ? [] : [[key, decode(value)]];
    }),
  );
  const name = env['OTEL_SERVICE_NAME'] ? { 'service.name': env['OTEL_SERVICE_NAME'] } : {};
  return defaultResource().merge(
    resourceFromAttributes({
      'service.name': 'windsock',
      'service.version': version,
      'service.instance.id': instance,
      'windsock.airflow': deployment,
      ...given,
      ...name,
    }),
  );
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** What OpenTelemetry says of itself goes to our log; the same words again and again only once. */
function logDiagnostics(log: Logger): void {
  let last = '';
  const tell = (message: string, ...rest: unknown[]): void => {
    const text = [message, ...rest.map((part) => (typeof part === 'string' ? part : errorText(part)))].join(' ');
    if (text !== last) log.debug(`OpenTelemetry: ${text}`);
    last = text;
  };
  diag.setLogger(
    { error: tell, warn: tell, info: tell, debug: tell, verbose: tell },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

/** Spans go to the endpoint by sdk-node, which is loaded only when there is one. */
async function startTraces(resource: Resource): Promise<() => Promise<void>> {
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({
    resource,
    autoDetectResources: false,
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  sdk.start();
  return () => sdk.shutdown();
}

/**
 * Starts OpenTelemetry for this thread: instruments read at scrape time, and, when an OTLP endpoint is set, pushed together
 * with `families` and with traces. Without one nothing leaves the process.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { env, log, families } = options;
  logDiagnostics(log);
  const resource = resourceOf(options);
  const scraped = new PrometheusExporter({ preventServerStart: true });
  scraped.selectAggregationTemporality = (type) => forgetful(type) ?? AggregationTemporality.CUMULATIVE;
  const pushed = await otlpReader(env, async () => families?.(), log);
  const provider = new MeterProvider({ resource, readers: [scraped, ...(pushed === null ? [] : [pushed])] });
  const stopTraces = isPushed(env, 'TRACES') ? await startTraces(resource) : undefined;
  return {
    meter: provider.getMeter('windsock'),
    async collect() {
      const { resourceMetrics } = await scraped.collect();
      return plainFamilies(resourceMetrics);
    },
    async stop() {
      const stopped = Promise.allSettled([provider.shutdown(), stopTraces?.()]);
      const giveUp = new AbortController();
      await Promise.race([stopped, sleep(stopWithinMs, giveUp.signal)]);
      giveUp.abort();
    },
  };
}

/** Runs `work` in a span; without an OTLP endpoint that costs next to nothing. */
export function inSpan<Result>(name: string, attributes: Attributes, work: () => Promise<Result>): Promise<Result> {
  return trace.getTracer('windsock').startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: redact(errorText(error)) });
      throw error;
    } finally {
      span.end();
    }
  });
}
