import { WebClient, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { expect, test } from 'vitest';
import { startSlackServer } from '../../kit/slack-server.ts';

// The test server itself, by Slack's own client: a limit that it does not keep would let our messages through that Slack refuses.
const clientOf = (slackApiUrl: string, token = 'xoxb-test-token') =>
  new WebClient(token, { slackApiUrl, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true });
const channel = 'C0000000001';
const errorOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'ok',
    (error: unknown) => (error instanceof WebAPIPlatformError ? error.data.error : error),
  );
const section = (text: string) => ({ type: 'section' as const, text: { type: 'mrkdwn' as const, text } });

test('it takes what Slack takes, and shows it with its thread and metadata', async () => {
  await using slack = await startSlackServer({ postEveryMs: 0 });
  const client = clientOf(slack.apiUrl);
  expect(await client.auth.test()).toMatchObject({ ok: true, user: 'windsock' });
  const metadata = { event_type: 'x', event_payload: { key: 'k' } };
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'one', blocks: [section('*one*')], metadata });
  await client.chat.postMessage({ channel, text: 'in its thread', thread_ts: ts });
  await client.chat.update({ channel, ts, text: 'two' });
  const history = await client.conversations.history({ channel, include_all_metadata: true });
  expect(history.messages).toMatchObject([{ ts, text: 'two', metadata }]);
  const replies = await client.conversations.replies({ channel, ts });
  expect(replies.messages?.map(({ text }) => text)).toEqual(['two', 'in its thread']);
});

test('it refuses what Slack refuses, by the same error', async () => {
  await using slack = await startSlackServer({
    postEveryMs: 0,
    channels: { [channel]: {}, C2: { archived: true }, C3: { member: false } },
  });
  const client = clientOf(slack.apiUrl);
  const post = (blocks: ReturnType<typeof section>[], to = channel) =>
    errorOf(client.chat.postMessage({ channel: to, text: 'x', blocks }));
  const full = 'x'.repeat(3000);
  expect(await post(Array.from({ length: 50 }, () => section('x')))).toBe('ok');
  expect(await post(Array.from({ length: 51 }, () => section('x')))).toBe('invalid_blocks');
  expect(await post([section(full)])).toBe('ok');
  expect(await post([section(`${full}x`)])).toBe('invalid_blocks');
  expect(await post([section('')])).toBe('invalid_blocks');
  expect(await post([...Array.from({ length: 4 }, () => section(full)), section('x'.repeat(1200))])).toBe('ok');
  expect(await post([...Array.from({ length: 4 }, () => section(full)), section('x'.repeat(1201))])).toBe('msg_blocks_too_long');
  expect(await post([], 'C9')).toBe('channel_not_found');
  expect(await post([], 'C2')).toBe('is_archived');
  expect(await post([], 'C3')).toBe('not_in_channel');
  expect(await errorOf(client.chat.update({ channel, ts: '1.000001', text: 'x' }))).toBe('message_not_found');
  expect(await errorOf(clientOf(slack.apiUrl, 'xoxb-another').auth.test())).toBe('invalid_auth');
  slack.state.locked = 'token_revoked';
  expect(await errorOf(client.auth.test())).toBe('token_revoked');
});

test('it takes one message per second and channel, and says how long to wait', async () => {
  await using slack = await startSlackServer({ channels: { [channel]: {}, C2: {} } });
  const client = clientOf(slack.apiUrl);
  await client.chat.postMessage({ channel, text: 'one' });
  const refused = await errorOf(client.chat.postMessage({ channel, text: 'two' }));
  expect(refused).toBeInstanceOf(WebAPIRateLimitedError);
  expect((refused as WebAPIRateLimitedError).retryAfter).toBe(1);
  await client.chat.postMessage({ channel: 'C2', text: 'elsewhere' });
  expect(slack.messages.map(({ text }) => text)).toEqual(['one', 'elsewhere']);
});

test('it can take a message and break off before it answers, and be away for a while', async () => {
  await using slack = await startSlackServer({ postEveryMs: 0 });
  const client = clientOf(slack.apiUrl);
  slack.state.mishap = () => ({ kind: 'drop', taken: true });
  expect(await errorOf(client.chat.postMessage({ channel, text: 'one' }))).toBeInstanceOf(Error);
  slack.state.mishap = () => null;
  await slack.stop();
  expect(await errorOf(client.chat.postMessage({ channel, text: 'two' }))).toBeInstanceOf(Error);
  await slack.start();
  await client.chat.postMessage({ channel, text: 'three' });
  expect(slack.messages.map(({ text }) => text)).toEqual(['one', 'three']);
});
