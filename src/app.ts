import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { askModels } from './ask-models.ts';
import type { Config, Environment } from './config.ts';
import { createCycleLog } from './cycle-log.ts';
import type { CycleSettings } from './cycle-messages.ts';
import { httpSources } from './http-sources.ts';
import { listen } from './http/listen.ts';
import type { Reloaded } from './http/sources.ts';
import { sleep, systemClock } from './lib/clock.ts';
import { selfFamilies } from './measure/self-families.ts';
import { sortAlerts } from './notify/webhook.ts';
import { saveWebhookAlerts } from './notify/webhook-rows.ts';
import { readyStore } from './ready-store.ts';
import { createReload } from './reload.ts';
import { publicUrlOf } from './report-sources.ts';
import { runCycles, type CycleListeners, type Cycles, type Latest } from './run-cycles.ts';
import type { Logger } from './telemetry/logger.ts';
import { processMetrics } from './telemetry/process-metrics.ts';
import { rcaMetrics, type RcaMetrics } from './telemetry/rca.ts';
import { selfMetrics, type SelfMetrics } from './telemetry/self.ts';
import { slackMetrics, type SlackMetrics } from './telemetry/slack.ts';
import { startTelemetry } from './telemetry/start.ts';

export interface AppOptions {
  config: Config;
  /** Reads the configuration again, for a reload; throws CONFIG when it is bad. */
  reread: () => Config;
  environment: Environment;
  logger: Logger;
  version: string;
}

export interface App {
  url: string;
  reload(): Promise<Reloaded>;
  /** Closes everything in reverse; within 5 s. */
  stop(): Promise<void>;
}

/** The composition root: store, telemetry, cycles, HTTP, in this order. */
export async function startApp({ config, reread, environment, logger, version }: AppOptions): Promise<App> {
  const closers: (() => Promise<void>)[] = [];
  let stopping = false;
  const stop = async () => {
    stopping = true;
    for (const close of closers.splice(0)) await closeInTime(close, logger);
  };
  try {
    const store = await readyStore(config, logger, closers);
    let current = config;
    const instance = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
    const ofProcess = processMetrics();
    const telemetry = await startTelemetry({
      env: environment,
      log: logger,
      version,
      deployment: config.airflow.name,
      instance,
      families: ofProcess,
    });
    closers.unshift(() => telemetry.stop());
    const self = selfMetrics(telemetry.meter, { version });
    self.configured({ ok: true, at: systemClock.now() });
    const rca = rcaMetrics(telemetry.meter);
    const slack = slackMetrics(telemetry.meter);
    const settingsOf = (from: Config): CycleSettings => ({
      airflow: from.airflow,
      measure: from.measure,
      detect: from.detect,
      incident: from.incident,
      sla: from.sla,
      patterns: from.patterns,
      notify: from.notify,
      report: from.report,
      redact: from.redact,
      explain: from.explain,
      asksModels: from.llm.providers.length > 0,
      publicUrl: publicUrlOf(from),
      telemetry: from.telemetry,
      storeUrl: store.url,
      intervalMs: from.interval,
      historyMs: from.history,
      instance,
      // Whoever has the embedded store has it alone: what a killed one held needs no time to expire.
      holder: from.store.database_url === undefined ? 'embedded' : instance,
      version,
      otelEnv: Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('OTEL_'))),
    });
    const listeners = cycleListeners(logger, { self, rca, slack }, config.airflow.name);
    const begin = (from: Config, before?: Latest): Cycles => runCycles(settingsOf(from), listeners, before);
    let cycles = begin(config);
    closers.unshift(() => cycles.stop());
    const models = await askModels({
      store,
      airflow: config.airflow.name,
      config: () => current,
      leads: () => cycles.view.leader,
      metrics: rca,
      logger,
    });
    closers.unshift(() => models.stop());

    const reload = createReload({
      current: () => current,
      reread,
      logger,
      report: (ok) => self.configured({ ok, at: systemClock.now() }),
      async apply(next) {
        await server.reconfigure(next.http);
        const changed = JSON.stringify(settingsOf(next)) !== JSON.stringify(settingsOf(current));
        current = next;
        models.renew();
        if (!changed) return;
        await cycles.stop();
        if (!stopping) cycles = begin(next, cycles.latest());
      },
    });
    const sources = httpSources({
      store,
      version,
      logger,
      reload,
      selfFamilies: async () => selfFamilies([...(await telemetry.collect()), ...(await ofProcess())]),
      webhooks: {
        async alertmanager(alerts) {
          const { own, foreign } = sortAlerts(alerts, config.airflow.name);
          self.webhook({ own: own.length, foreign: foreign.length });
          await saveWebhookAlerts(store, config.airflow.name, own, systemClock.now());
        },
      },
      view: () => cycles.view,
      lookCloser: (look) => cycles.lookCloser(look),
      config: () => current,
      metrics: rca,
      meaning: () => models.meaning(),
    });
    const server = await listen(sources, config.http, logger);
    // Side by side: the cycles and HTTP do not need each other to end, and there are 5 s for everything.
    const serving = async () => {
      await Promise.all([models.stop(), cycles.stop(), server.close().then(() => telemetry.stop())]);
    };
    closers.splice(0, 3, serving);
    return { url: server.url, reload, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function cycleListeners(
  logger: Logger,
  { self, rca, slack }: { self: SelfMetrics; rca: RcaMetrics; slack: SlackMetrics },
  deployment: string,
): CycleListeners {
  const log = createCycleLog(logger);
  return {
    cycle(message) {
      log.cycle(message.error ?? null);
      self.cycle({
        cycleDurationSeconds: message.seconds,
        skipped: message.skipped,
        collectors: message.reports,
        databaseSeconds: { airflow: message.airflowSeconds },
      });
    },
    status: log.status,
    trouble: log.tick,
    delivery: (report) => self.delivery(report),
    slack(report) {
      if (report.kind === 'state') slack.stands(report.state);
      else slack.call(report.call.call, report.call.outcome, report.call.seconds);
    },
    explained({ what, seconds, redactions, settled }) {
      rca.byRules(what, seconds);
      rca.redacted(redactions);
      if (settled) rca.explained('rules');
    },
    role(leader) {
      log.role(leader, deployment);
      self.role(leader);
      slack.role(leader);
    },
    crash: (error) => logger.error('the cycle thread failed and is started again', { error }),
  };
}

/** What holds on longer than this is left behind: a database that does not answer must not hold up the end. */
const closeWithinMs = 3200;

async function closeInTime(close: () => Promise<void>, logger: Logger): Promise<void> {
  const closed = new AbortController();
  const done = close().catch((error: unknown) => logger.warn('closing failed', { error }));
  await Promise.race([done, sleep(closeWithinMs, closed.signal)]);
  closed.abort();
}
