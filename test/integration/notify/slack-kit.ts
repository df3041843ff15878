import type { StoryPlaces } from '../../../src/notify/slack/story.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { connectSlack } from '../../../src/notify/slack/client.ts';
import { slackConfig } from '../../../src/notify/slack/config.ts';
import { createSlackDelivery, type SlackReport } from '../../../src/notify/slack/deliver.ts';
import type { Store } from '../../../src/store/store.ts';
import { keepingLogger, type Line } from './kit.ts';

export const channel = 'C0000000001';
export const places: StoryPlaces = {
  publicUrl: 'http://windsock.example.com',
  airflowUrl: null,
  airflowVersion: '3.3.2',
  grafanaUrl: null,
  chartOf: () => null,
};

/** Delivery to Slack as `serve` runs it, round after round until it is stopped, a hundred times as fast. */
export function startSlackDelivery(
  store: Store,
  apiUrl: string,
  given: Record<string, unknown> = {},
  {
    everyMs = 50,
    chartOf = () => null,
    now = () => new Date(),
    leads = () => true,
  }: { everyMs?: number; chartOf?: StoryPlaces['chartOf']; now?: () => Date; leads?: () => boolean } = {},
) {
  const config = slackConfig.parse({
    bot_token: 'xoxb-test-token',
    channel,
    direct: true,
    timeout: '5s',
    api_url: apiUrl,
    ...given,
  });
  const lines: Line[] = [];
  const reports: SlackReport[] = [];
  const delivery = createSlackDelivery({
    store,
    airflow: 'a',
    client: connectSlack({ token: config.bot_token ?? '', apiUrl: config.api_url, timeoutMs: config.timeout }),
    config,
    places: () => ({ ...places, chartOf }),
    clock: { ...systemClock, now },
    logger: keepingLogger(lines),
    asLeader: (work) => (leads() ? store.transaction(work) : Promise.reject(new AppError('CONFLICT', 'another Windsock leads'))),
    leads,
    report: (report) => void reports.push(report),
    pacing: {
      postMs: 10,
      editMs: 10,
      readMs: 10,
      inFlightMs: 200,
      retry: { baseMs: 100, capMs: 1000 },
      pause: { baseMs: 100, capMs: 250 },
    },
  });
  const timer = setInterval(() => void delivery.round(), everyMs);
  return {
    lines,
    reports,
    /** What was called, and how it went. */
    outcomes: () => reports.flatMap((each) => (each.kind === 'call' ? [`${each.call.call} ${each.call.outcome}`] : [])),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await delivery.stop();
    },
  };
}

export const rowsOf = (store: Store) =>
  store.query<{ key: string; state: string; error: string | null; channel: string | null }>(
    `SELECT key, state, error, channel FROM slack_message WHERE key <> 'direct' ORDER BY queued_at, key`,
  );
