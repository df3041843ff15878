import { expect, test } from 'vitest';
import type { CheckLine } from '../../../src/cli/check/line.ts';
import { checkSlack } from '../../../src/cli/check/slack.ts';
import { configSchema } from '../../../src/config.ts';
import { startSlackServer } from '../../kit/slack-server.ts';

const [good, archived, strange, absent] = ['C0000000001', 'C0000000002', 'C0000000003', 'C0000000004'];
const channels = { [good]: {}, [archived]: { archived: true }, [strange]: { member: false } };

async function check(post: boolean, slack: Record<string, unknown> | null, rest: Record<string, unknown> = {}) {
  const lines: CheckLine[] = [];
  const config = configSchema.parse({
    airflow: { database_url: 'postgresql://nobody@127.0.0.1/none' },
    notify: { ...(slack === null ? {} : { slack: { bot_token: 'xoxb-test-token', channel: good, ...slack } }), ...rest },
  });
  await checkSlack(post)(config, (line) => void lines.push(line));
  return lines;
}
const of = (lines: CheckLine[], what: string): CheckLine | undefined => lines.find((line) => line.what === what);

test('without a bot token there is nothing to try', async () => {
  expect(await check(true, null)).toEqual([{ what: 'slack', state: 'ok', detail: 'not configured: see docs/SLACK.md' }]);
});

test('it is told who the token is, what it may do, and which channels take no messages; nothing is posted', async () => {
  await using slack = await startSlackServer({ channels });
  const lines = await check(false, {
    api_url: slack.apiUrl,
    routes: [strange, absent, good].map((channel) => ({ channel, teams: ['finance'] })),
  });
  expect(lines).toEqual([
    { what: 'slack', state: 'ok', detail: 'windsock in Example; may chat:write, channels:history' },
    { what: 'slack buttons', state: 'ok', detail: 'none: notify.slack.signing_secret is not set' },
    { what: 'slack messages', state: 'warn', detail: expect.stringContaining('notify.slack.direct') as string },
    { what: `slack ${good}`, state: 'ok', detail: 'can be read; --slack posts a test message' },
    { what: `slack ${strange}`, state: 'fail', detail: 'takes no messages: not_in_channel: invite the app, /invite @windsock' },
    {
      what: `slack ${absent}`,
      state: 'fail',
      detail: expect.stringContaining('channel_not_found: there is none with this id') as string,
    },
  ]);
  expect(slack.messages).toEqual([]);
});

test('on request each channel gets one test message, and one that is archived is found out', async () => {
  await using slack = await startSlackServer({ channels });
  const lines = await check(true, { api_url: slack.apiUrl, fallback_channel: archived, direct: true });
  expect(of(lines, `slack ${good}`)).toMatchObject({ state: 'ok', detail: 'has the test message' });
  expect(of(lines, `slack ${archived}`)).toMatchObject({ state: 'fail', detail: 'takes no messages: is_archived' });
  expect(slack.messages.map(({ channel, text }) => [channel, text])).toEqual([
    [good, 'A test message of Windsock: nothing is wrong.'],
  ]);
  expect(of(lines, 'slack messages')).toBeUndefined();
});

test.each([
  ['not accepted', (slack: { state: { locked: string | null } }) => void (slack.state.locked = 'token_revoked'), 'token_revoked'],
  ['not answered to', (slack: { stop: () => Promise<void> }) => slack.stop(), 'ECONNREFUSED'],
] as const)('a token that is %s is one line that fails', async (_, spoil, reason) => {
  await using slack = await startSlackServer({ channels });
  await (spoil as (server: typeof slack) => unknown)(slack);
  const lines = await check(true, { api_url: slack.apiUrl });
  expect(lines).toEqual([{ what: 'slack', state: 'fail', detail: expect.stringContaining(reason) as string }]);
});

test('a token that may not look still posts, and it is told what lacks', async () => {
  await using slack = await startSlackServer({ channels });
  slack.state.scopes.delete('channels:history');
  const lines = await check(
    false,
    { api_url: slack.apiUrl, signing_secret: 'the-signing-secret' },
    { public_url: 'https://w.example.com/ws' },
  );
  expect(of(lines, 'slack')).toMatchObject({
    state: 'warn',
    detail: expect.stringContaining('channels:history or groups:history') as string,
  });
  expect(of(lines, 'slack buttons')).toMatchObject({
    detail: 'Slack is to post to https://w.example.com/ws/api/v1/webhooks/slack',
  });
  expect(of(lines, `slack ${good}`)).toMatchObject({
    state: 'warn',
    detail: 'cannot be looked at without posting; --slack does',
  });
});
