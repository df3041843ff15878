import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config.ts';
import { slackConfig } from '../../../src/notify/slack/config.ts';

const load = (slack: Record<string, string>) =>
  loadConfig({
    WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://a/b',
    ...Object.fromEntries(Object.entries(slack).map(([key, value]) => [`WINDSOCK_NOTIFY_SLACK_${key.toUpperCase()}`, value])),
  }).notify.slack;
const good = { bot_token: 'xoxb-not-to-be-seen', channel: 'C0123456789' };

test('a token and a channel are enough', () => {
  expect(load(good)).toMatchObject({ channel: 'C0123456789', direct: false, routes: [], timeout: 10_000 });
  expect(load({}).bot_token).toBeUndefined();
});

test.each<[Record<string, string>, RegExp]>([
  [{ bot_token: 'not-to-be-seen' }, /notify\.slack\.bot_token .* is no bot token of Slack; it begins with xoxb-/],
  [{ bot_token: good.bot_token }, /notify\.slack\.channel .*is missing: notify\.slack\.bot_token is set/],
  [
    { channel: good.channel },
    /notify\.slack\.bot_token .*is missing: notify\.slack\.channel is set, and nothing is posted without it/,
  ],
  [{ direct: 'true' }, /notify\.slack\.bot_token .*is missing: notify\.slack\.direct is set/],
  [
    { ...good, channel: '#alerts' },
    /notify\.slack\.channel .*is a channel's name, and its id is needed, such as C0123456789; Slack shows it at the end of the channel's details, and in its link/,
  ],
  [{ ...good, routes: '[{channel: "#x"}]' }, /notify\.slack\.routes\[0\]\.channel.*is a channel's name, and its id is needed/],
  [{ ...good, fallback_channel: 'alerts' }, /notify\.slack\.fallback_channel .*is no channel id, such as C0123456789/],
  [{ ...good, api_url: 'https://me:not-to-be-seen@proxy/api' }, /api_url .*must hold no user and no password/],
])('%o is refused in words that say what to do, and show no secret', (given, message) => {
  expect(() => load(given)).toThrow(message);
  expect(() => load(given)).not.toThrow(/not-to-be-seen/);
});

test.each([
  ['C0123456789', true],
  [' C0123456789 ', true],
  ['https://example.slack.com/archives/C0123456789', true],
  ['https://example.slack.com/archives/C0123456789/p1700000000000000?thread_ts=1', true],
  ['https://app.slack.com/client/T0000000001/C0123456789', true],
  ['https://example.slack.com/archives/U0123456789', false],
  ['http://example.slack.com/archives/C0123456789', false],
  ['https://example.slack.com/files/C0123456789', false],
  ['c0123456789', false],
  ['C012', false],
  ['', false],
])('the channel %j is taken: %s', (channel, taken) => {
  const found = slackConfig.safeParse({ bot_token: 'xoxb-x', channel });
  expect(found.success ? found.data.channel : null).toBe(taken ? 'C0123456789' : null);
});
