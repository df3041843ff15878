import type { Config } from './config.ts';
import type { WebhookSources } from './http/sources.ts';
import { systemClock } from './lib/clock.ts';
import { takePress } from './notify/slack/take-press.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';
import type { RcaMetrics } from './telemetry/rca.ts';

interface Parts {
  store: Store;
  config: () => Config;
  metrics: Pick<RcaMetrics, 'feedback'>;
  logger: Logger;
}

/** What people do in Slack: any replica takes it, and delivery shows what came of it. */
export function slackSources({ store, config, metrics, logger }: Parts): WebhookSources['slack'] {
  return {
    signingSecret: () => config().notify.slack.signing_secret,
    async press(interaction) {
      const { airflow, notify } = config();
      const now = systemClock.now();
      await takePress(interaction, { store, airflow: airflow.name, config: notify.slack, logger, now, metrics });
    },
  };
}
