import { counter, gauge, own } from '../define.ts';

/** About messages in Slack: OpenTelemetry instruments (`src/telemetry/slack.ts`). */
export const slackFamilies = {
  slackSent: counter(
    'windsock_slack_sent_total',
    ['call'],
    'Calls of Slack that did what they were to do: messages posted, edited, or looked up when in doubt.',
    own,
  ),
  slackFailed: counter(
    'windsock_slack_failed_total',
    ['call', 'reason'],
    'Calls of Slack that failed, by reason; what was to be sent is kept and tried again, but for content.',
    own,
  ),
  slackSeconds: counter('windsock_slack_call_seconds_total', ['call'], 'Time spent waiting for answers of Slack.', own),
  slackQueue: gauge('windsock_slack_queue', [], 'Messages that wait to be posted to Slack.', own),
  slackQueueAge: gauge(
    'windsock_slack_queue_age_seconds',
    [],
    'How long the oldest message has been waiting to be posted to Slack; 0 when none does.',
    own,
  ),
  slackChannelUp: gauge(
    'windsock_slack_channel_up',
    ['channel'],
    '1 when Slack takes what is sent to the channel, else 0: it is archived or gone, or Slack does not answer.',
    own,
  ),
} as const;
