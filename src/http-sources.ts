import type { Config } from './config.ts';
import { dagSources } from './dag-sources.ts';
import { profileRules } from './detect/settings.ts';
import { listCalls } from './explain/call/list-calls.ts';
import { feedbackSources } from './feedback-sources.ts';
import type { HttpSources, StatusSummary } from './http/sources.ts';
import { chartKey } from './notify/slack/chart-link.ts';
import { slackSources } from './slack-sources.ts';
import { incidentSources } from './incident-sources.ts';
import { systemClock } from './lib/clock.ts';
import { patternSources } from './pattern-sources.ts';
import type { Meaning } from './patterns/meaning.ts';
import { reportSources } from './report-sources.ts';
import type { Cycles } from './run-cycles.ts';
import { postValues } from './sla/custom.ts';
import { aggregateValues } from './sla/custom-read.ts';
import { listSlaPage } from './sla/list.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';
import type { RcaMetrics } from './telemetry/rca.ts';

export interface SourceParts extends Pick<HttpSources, 'reload' | 'selfFamilies'> {
  webhooks: Pick<HttpSources['webhooks'], 'alertmanager'>;
  logger: Logger;
  store: Store;
  version: string;
  view: () => Cycles['view'];
  lookCloser: HttpSources['lookCloser'];
  config: () => Config;
  metrics: Pick<RcaMetrics, 'feedback'>;
  meaning: () => Meaning | undefined;
}

/** What HTTP serves, taken from what the cycles last said. */
export function httpSources(parts: SourceParts): HttpSources {
  const { store, version, reload, selfFamilies, webhooks, view, lookCloser, config, metrics, meaning, logger } = parts;
  const status = (): StatusSummary => {
    const { status: last, leader, error, lookedAtMs, cycleSeconds } = view();
    const { airflow, interval } = config();
    return {
      version,
      deployment: airflow.name,
      airflowUrl: airflow.base_url ?? null,
      leader,
      airflowVersion: last?.airflowVersion ?? '',
      snapshotAtMs: last?.snapshotAtMs ?? null,
      snapshotAgeMs: lookedAtMs === null ? null : systemClock.monotonicMs() - lookedAtMs,
      cycleSeconds,
      intervalMs: interval,
      lastError: error,
      warnings: last?.warnings ?? [],
      reports: last?.reports ?? [],
      importErrors: last?.importErrors ?? [],
      series: last?.series ?? 0,
      backfill: last?.backfill ?? 0,
    };
  };
  return {
    exposition: () => view().exposition(),
    selfFamilies,
    reload,
    status,
    charts: {
      linkKey() {
        const { bot_token: token } = config().notify.slack;
        return token === undefined ? undefined : chartKey(token);
      },
    },
    lookCloser,
    webhooks: { ...webhooks, slack: slackSources({ store, config, metrics, logger }) },
    feedback: feedbackSources(store, () => config().airflow.name, metrics),
    modelCalls: { list: (filter, page) => listCalls(store, config().airflow.name, filter, page) },
    incidents: incidentSources(store, () => config().airflow.name),
    slas: { list: (filter, page) => listSlaPage(store, config().airflow.name, filter, page) },
    dags: dagSources(
      store,
      () => config().airflow.name,
      () => profileRules(config().detect),
    ),
    reports: reportSources(store, config),
    customMetrics: {
      post: (values) => postValues(store, config().airflow.name, values, systemClock.now()),
      aggregate: (query) => aggregateValues(store, config().airflow.name, query),
    },
    patterns: patternSources(store, config, meaning),
    async health() {
      const storeReachable = await store.query('SELECT 1').then(
        () => true,
        () => false,
      );
      const { ready, leader } = view();
      return { cycleDone: ready, storeReachable, leader };
    },
  };
}
