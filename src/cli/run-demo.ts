import { startApp, type App } from '../app.ts';
import { loadConfig, type Config, type Environment } from '../config.ts';
import type { FaultKind } from '../demo/config.ts';
import { startDatabases } from '../demo/databases.ts';
import { askForFault } from '../demo/fault-box.ts';
import { claimFolder, demoFolder } from '../demo/folder.ts';
import type { AirflowRelease } from '../demo/model.ts';
import type { SimulatorSettings } from '../demo/simulator-messages.ts';
import { startSimulator, type Simulator } from '../demo/start-simulator.ts';
import { assertPortFree } from '../http/listen.ts';
import { systemClock } from '../lib/clock.ts';
import { redact } from '../redact/redact.ts';
import { createLogger } from '../telemetry/logger.ts';
import { defaultFolder, eventLine, welcomeLines } from './demo-lines.ts';
import { createProgress } from './progress.ts';
import { runUntilStopped, toldToStop } from './run-until-stopped.ts';
import { windsockVersion } from './version.ts';

/** What `windsock demo` takes; `history` is in days. */
export interface DemoOptions {
  airflow: AirflowRelease;
  anomalyProbability: number;
  config?: string;
  dataDir: string;
  history: number;
  inject: FaultKind[];
  port?: string;
  seed: number;
}

const faultTimeoutMs = 15_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Databases, simulated Airflow, Windsock, in this order; until SIGTERM or SIGINT, then back in reverse within 5 s. */
export async function runDemo(options: DemoOptions, environment: Environment): Promise<void> {
  const told = toldToStop();
  const stop = new AbortController();
  void told.then(() => stop.abort());
  await using closing = new AsyncDisposableStack();
  const began = systemClock.monotonicMs();
  const folder = demoFolder(options.dataDir);
  await claimFolder(folder);
  const databases = await startDatabases(folder);
  closing.defer(() => databases.stop());

  // What is wrong with the settings is told before the history is written.
  const reread = (): Config => demoConfig(options, environment, { ...databases, logs: folder.logs });
  const config = reread();
  await assertPortFree(config.http);
  const logger = createLogger({ config: config.telemetry.log, redact });

  const { airflow, seed, history: historyDays, anomalyProbability } = options;
  say(`A simulated Airflow ${airflow}, and Windsock beside it. First its history is written, which takes a moment.`);
  const settings = { databaseUrl: databases.airflowUrl, airflow, seed, historyDays, anomalyProbability, folder: folder.path };
  const simulator = await simulatorWithProgress(settings, stop.signal);
  if (simulator === undefined) return;
  closing.defer(() => simulator.stop());

  const app = await startApp({ config, reread, environment, logger, version: windsockVersion() });
  logger.info(`listening on ${app.url}`, { metrics: `${app.url}/metrics` });
  const welcome = {
    url: app.url,
    folder,
    databaseUrl: databases.airflowUrl,
    size: simulator.size,
    tookMs: systemClock.monotonicMs() - began,
    command: environment['npm_lifecycle_event'] === 'demo' ? 'npm run demo --' : 'windsock demo',
    folderOption: options.dataDir === defaultFolder ? '' : `--data-dir ${options.dataDir}`,
  };
  welcomeLines(welcome).forEach(say);
  for (const kind of options.inject) await askForFault(folder, { kind }, { timeoutMs: faultTimeoutMs });
  const stopAll: App['stop'] = async () => {
    await app.stop();
    await closing.disposeAsync();
  };
  await runUntilStopped({ ...app, stop: stopAll }, logger, Promise.race([told, simulator.broken]));
}

/** The simulated Airflow once its history is there; it tells what happens in it. Undefined when it was told to stop before. */
async function simulatorWithProgress(settings: SimulatorSettings, signal: AbortSignal): Promise<Simulator | undefined> {
  const progress = createProgress('history', process.stdout);
  try {
    return await startSimulator(settings, {
      signal,
      onTold(message) {
        if (message.kind === 'progress') return progress.show(message.ratio);
        const line = eventLine(message, systemClock.now().getTime());
        if (line !== undefined) say(line);
      },
    });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    progress.end();
  }
}

/** What a shop like this promises: one SLA of most kinds, so that the page of SLAs has something to say. */
const objectives = [
  { name: 'hourly sales', kind: 'success_ratio', match: { dags: ['sales_hourly_etl'] }, objective: '99%' },
  { name: 'fresh prices', kind: 'freshness', match: { dags: ['price_feed'] }, threshold: '15m' },
  { name: 'books closed by seven', kind: 'deadline', match: { dags: ['finance_close'] }, by: '07:00' },
  {
    name: 'warehouse within two hours',
    kind: 'duration',
    match: { dags: ['warehouse_daily'] },
    threshold: '2h',
    objective: '95%',
  },
  { name: 'quick start', kind: 'queue_wait', threshold: '1m', pool: true },
];

/** For a person at a terminal, who wants to see within minutes what goes wrong. */
const usual: Environment = {
  WINDSOCK_INTERVAL: '5s',
  WINDSOCK_HTTP_HOST: '127.0.0.1',
  WINDSOCK_TELEMETRY_LOG_LEVEL: 'warn',
  WINDSOCK_AIRFLOW_NAME: 'demo',
  WINDSOCK_DETECT_STUCK_AFTER: '2m',
  WINDSOCK_DETECT_POOL_STARVED_AFTER: '2m',
  WINDSOCK_DETECT_LATE_AFTER: '3m',
  WINDSOCK_SLA_OBJECTIVES: JSON.stringify(objectives),
};

/** The configuration of the user, with the demo's own databases, and with defaults of its own. */
function demoConfig(
  { port, config: file }: DemoOptions,
  environment: Environment,
  { airflowUrl, storeUrl, logs }: { airflowUrl: string; storeUrl: string; logs: string },
): Config {
  const { WINDSOCK_AIRFLOW_DATABASE_URL_FILE: _airflow, WINDSOCK_STORE_DATABASE_URL_FILE: _store, ...rest } = environment;
  return loadConfig(
    {
      ...rest,
      WINDSOCK_AIRFLOW_DATABASE_URL: airflowUrl,
      WINDSOCK_STORE_DATABASE_URL: storeUrl,
      ...(port === undefined ? {} : { WINDSOCK_HTTP_PORT: port }),
    },
    file ?? environment['WINDSOCK_CONFIG'],
    { ...usual, WINDSOCK_AIRFLOW_LOGS_FOLDER: logs },
  );
}
