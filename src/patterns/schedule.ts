import cron from 'node-cron';
import type { Clock } from '../lib/clock.ts';
import { errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import type { Store, Tx } from '../store/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import { analysePatterns } from './analyse.ts';
import type { PatternsConfig } from './config.ts';
import { readAnalysis, saveAnalysis } from './found.ts';

export interface AnalysisOptions {
  store: Store;
  airflow: string;
  clock: Clock;
  config: PatternsConfig;
  logger: Logger;
  /** Whether this process leads. */
  leads: () => boolean;
  /** A transaction that only the leader may commit. */
  asLeader: (work: (tx: Tx) => Promise<void>) => Promise<void>;
}

export interface ScheduledAnalysis {
  /** Runs it once if there was none ever: what history brought need not wait for the schedule. */
  first: () => Promise<void>;
  /** Runs it now. At once where it is running, or another process leads. Never throws. */
  run: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Looks for patterns by schedule while this process leads, beside the cycles. */
export function scheduleAnalysis({ store, airflow, clock, config, logger, leads, asLeader }: AnalysisOptions): ScheduledAnalysis {
  let stopping = false;
  let asked = false;
  let running: Promise<void> | undefined;
  const go = (): boolean => leads() && !stopping;

  async function analyse(): Promise<void> {
    const began = clock.monotonicMs();
    const rules = { falseDiscoveryMax: config.false_discovery_rate, oddsRatioMin: config.odds_ratio };
    const report = await analysePatterns(store, airflow, { rules, now: clock.now(), go });
    if (report === undefined || !go()) return;
    await asLeader((tx) => saveAnalysis(tx, airflow, report));
    const { tries, failures, tests, patterns } = report;
    logger.info('failures were looked through for patterns', {
      tries,
      failures,
      tests,
      patterns: patterns.length,
      seconds: Math.round(clock.monotonicMs() - began) / 1000,
    });
  }

  function run(): Promise<void> {
    if (running !== undefined || !go()) return Promise.resolve();
    running = analyse()
      .catch((error: unknown) => {
        if (go()) logger.warn('failures could not be looked through for patterns', { reason: redact(errorText(error)) });
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  async function first(): Promise<void> {
    if (asked || !go()) return;
    asked = true;
    const before = await readAnalysis(store, airflow).catch(() => null);
    if (before === undefined) await run();
  }

  const task = cron.schedule(config.schedule, run, { timezone: 'Etc/UTC', suppressMissedWarning: true, unref: true });
  return {
    first,
    run,
    async stop() {
      stopping = true;
      await task.destroy();
      await running;
    },
  };
}
