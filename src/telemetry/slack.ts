import type { Meter } from '@opentelemetry/api';

export const slackCalls = ['post', 'edit', 'look_up'] as const;
/** Why a call did not do what it was to do. */
export const slackFailures = ['limited', 'down', 'failed', 'channel', 'token', 'content', 'gone', 'closed'] as const;

/** How delivery to Slack stands. */
export interface SlackStanding {
  /** Slack takes what we send. */
  up: boolean;
  waiting: number;
  oldestSeconds: number;
  channels: readonly { channel: string; up: boolean }[];
}

export interface SlackMetrics {
  call(call: (typeof slackCalls)[number], outcome: 'ok' | (typeof slackFailures)[number], seconds: number): void;
  stands(standing: SlackStanding): void;
  /** A follower sends nothing: how it last stood is not shown any more. */
  role(leader: boolean): void;
}

const nothing: SlackStanding = { up: true, waiting: 0, oldestSeconds: 0, channels: [] };

/** Instruments about Slack; measure's catalogue says the same of them, and a test compares. */
export function slackMetrics(meter: Meter): SlackMetrics {
  let standing = nothing;
  const sent = meter.createCounter('windsock.slack.sent', {
    unit: '{call}',
    description: 'Calls of Slack that did what they were to do: messages posted, edited, or looked up when in doubt.',
  });
  const failed = meter.createCounter('windsock.slack.failed', {
    unit: '{call}',
    description: 'Calls of Slack that failed, by reason; what was to be sent is kept and tried again, but for content.',
  });
  const seconds = meter.createCounter('windsock.slack.call', {
    unit: 's',
    description: 'Time spent waiting for answers of Slack.',
  });
  for (const call of slackCalls) {
    sent.add(0, { call });
    seconds.add(0, { call });
    for (const reason of slackFailures) failed.add(0, { call, reason });
  }
  meter
    .createObservableGauge('windsock.slack.queue', { description: 'Messages that wait to be posted to Slack.' })
    .addCallback((result) => result.observe(standing.waiting));
  meter
    .createObservableGauge('windsock.slack.queue.age', {
      unit: 's',
      description: 'How long the oldest message has been waiting to be posted to Slack; 0 when none does.',
    })
    .addCallback((result) => result.observe(standing.oldestSeconds));
  meter
    .createObservableGauge('windsock.slack.channel.up', {
      description: '1 when Slack takes what is sent to the channel, else 0: it is archived or gone, or Slack does not answer.',
    })
    .addCallback((result) => {
      for (const { channel, up } of standing.channels) result.observe(up && standing.up ? 1 : 0, { channel });
    });
  return {
    call(call, outcome, took) {
      seconds.add(took, { call });
      if (outcome === 'ok') sent.add(1, { call });
      else failed.add(1, { call, reason: outcome });
    },
    stands: (next) => void (standing = next),
    role(leader) {
      if (!leader) standing = nothing;
    },
  };
}
