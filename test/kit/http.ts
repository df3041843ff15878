import type { DrawPng } from '../../src/http/charts/draw-png.ts';
import { createApp, type HttpSettings } from '../../src/http/create-app.ts';
import type { PasswordCheck } from '../../src/http/credentials.ts';
import type { HttpSources, IncidentSources, PatternSources, StatusSummary } from '../../src/http/sources.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { AppError } from '../../src/lib/errors.ts';
import { encodeExposition } from '../../src/measure/exposition.ts';
import { labelSet, type Family } from '../../src/measure/family.ts';
import { createLogger, type Logger } from '../../src/telemetry/logger.ts';

import { sampleReport } from './reports.ts';

const gauge = (name: string, value: number): Family => ({
  name,
  help: 'A test.',
  kind: 'gauge',
  samples: [{ labels: labelSet({}), value }],
});

export const healthyStatus: StatusSummary = {
  version: '1.2.3',
  deployment: 'production',
  airflowUrl: 'https://airflow.example',
  leader: true,
  airflowVersion: '3.3.2',
  snapshotAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  snapshotAgeMs: 4000,
  cycleSeconds: 0.123,
  intervalMs: 15_000,
  lastError: null,
  warnings: [],
  reports: [
    { collector: 'runs', ok: true, seconds: 0.021 },
    { collector: 'pools', ok: true, seconds: 0.0009 },
  ],
  importErrors: [],
  series: 12_345,
  backfill: 1,
};

const unknown = async (id: string): Promise<never> => {
  throw new AppError('NOT_FOUND', `there is no incident ${id}`);
};
export const noDag = async (): Promise<never> => {
  throw new AppError('NOT_FOUND', 'there is no such DAG');
};
export const noIncidents: IncidentSources = {
  list: async () => ({ items: [], next: null }),
  read: unknown,
  causes: async () => new Map(),
  memberCounts: async () => new Map(),
  act: unknown,
};

const noCluster = async (id: string): Promise<never> => {
  throw new AppError('NOT_FOUND', `there is no error cluster ${id}`);
};
const noPatterns: PatternSources = {
  environment: async () => '',
  beacon: async () => ({ signature: '', clusterId: '' }),
  found: async () => undefined,
  suggest: async () => ({ match: null, confidence: 0, recommendation: '', docs: null, suggestions: [] }),
  clusters: async () => ({ items: [], next: null }),
  cluster: noCluster,
};

/** Takes what Alertmanager tells, and nothing from Slack. */
export const noWebhooks: HttpSources['webhooks'] = {
  alertmanager: async () => {},
  slack: { signingSecret: () => undefined, press: async () => {} },
};

/** Sources that serve one airflow_ family and one of the process. */
export function sourcesWith(given: Partial<HttpSources> & { shows?: Partial<StatusSummary> } = {}): HttpSources {
  const encoded = encodeExposition([gauge('airflow_up', 1)]);
  const { shows, ...sources } = given;
  return {
    exposition: () => encoded,
    selfFamilies: async () => [gauge('process_threads', 2)],
    health: async () => ({ cycleDone: true, storeReachable: true, leader: true }),
    reload: async () => ({ ok: true, needsRestart: [] }),
    status: () => ({ ...healthyStatus, ...shows }),
    incidents: noIncidents,
    dags: { list: async () => ({ items: [], next: null }), read: noDag, baseline: noDag },
    lookCloser: async () => ({ ok: true, states: [], versions: [] }),
    reports: { base: () => 'https://windsock.example/', read: async (kind, date) => sampleReport({}, kind, date) },
    slas: { list: async () => ({ items: [], next: null }) },
    webhooks: noWebhooks,
    charts: { linkKey: () => undefined },
    customMetrics: { post: async () => {}, aggregate: async () => [] },
    feedback: { give: unknown, list: async () => ({ items: [], next: null }), decide: async (id) => unknown(String(id)) },
    modelCalls: { list: async () => ({ items: [], next: null }) },
    patterns: noPatterns,
    ...sources,
  };
}

/** A logger that keeps its lines. */
export function keptLog(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const logger = createLogger({
    config: { level: 'debug', format: 'json' },
    redact: (text) => text,
    write: (line) => void lines.push(line),
  });
  return { logger, lines };
}

const never: PasswordCheck = async () => false;

/** The app, asked without a socket by a client that is `from` this machine unless it says otherwise. */
export function askApp({
  sources = sourcesWith(),
  settings = {},
  checkPassword = never,
  logger = keptLog().logger,
  clock = systemClock,
  drawPng,
}: {
  sources?: HttpSources;
  settings?: Partial<HttpSettings>;
  checkPassword?: PasswordCheck;
  logger?: Logger;
  clock?: Clock;
  drawPng?: DrawPng;
} = {}) {
  const all: HttpSettings = { tokens: [], users: new Map(), webhookSecret: undefined, headers: {}, ...settings };
  const app = createApp({
    sources,
    settings: () => all,
    checkPassword,
    logger,
    clock,
    ...(drawPng === undefined ? {} : { drawPng }),
  });
  const ask = async (path: string, init: RequestInit & { peer?: string } = {}): Promise<Response> => {
    const { peer = '127.0.0.1', ...rest } = init;
    const headers = new Headers(rest.headers);
    if (!headers.has('host')) headers.set('host', 'localhost:9112');
    return app.request(path, { ...rest, headers }, { peer });
  };
  return { ask };
}
