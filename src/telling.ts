import type { CycleSettings } from './cycle-messages.ts';
import type { Clock } from './lib/clock.ts';
import { chartKey, chartUrl } from './notify/slack/chart-link.ts';
import { connectSlack } from './notify/slack/client.ts';
import { createSlackDelivery, type SlackDelivery, type SlackDeliveryOptions } from './notify/slack/deliver.ts';
import type { Seen } from './lead.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';

export interface TellingOptions extends Pick<SlackDeliveryOptions, 'asLeader' | 'leads' | 'report'> {
  settings: Pick<CycleSettings, 'airflow' | 'notify' | 'publicUrl'>;
  store: Store;
  clock: Clock;
  logger: Logger;
  /** What was last seen of Airflow; null before the first look. */
  look: () => Seen | null;
}

/** Delivery to Slack with the settings of this deployment; undefined where none is configured. */
export function createTelling({
  settings,
  store,
  clock,
  logger,
  look,
  asLeader,
  leads,
  report,
}: TellingOptions): SlackDelivery | undefined {
  const { notify } = settings;
  const { slack: config } = notify;
  if (config.bot_token === undefined) return undefined;
  // Slack fetches it from outside: at a guessed address it would find nothing, and refuse the message.
  const key = notify.public_url === undefined ? null : chartKey(config.bot_token);
  return createSlackDelivery({
    store,
    airflow: settings.airflow.name,
    client: connectSlack({ token: config.bot_token, apiUrl: config.api_url, timeoutMs: config.timeout }),
    config,
    places: () => ({
      publicUrl: settings.publicUrl,
      airflowUrl: settings.airflow.base_url ?? null,
      airflowVersion: look()?.shape.version ?? '',
      grafanaUrl: notify.grafana_url ?? null,
      chartOf: (incident) => (key === null ? null : chartUrl(incident, settings.publicUrl, key, clock.now())),
    }),
    clock,
    logger,
    asLeader,
    leads,
    report,
  });
}
