import type { Config } from '../../config.ts';
import { systemClock } from '../../lib/clock.ts';
import { connectSlack, type SlackClient } from '../../notify/slack/client.ts';
import type { SlackAnswer } from '../../notify/slack/answer.ts';
import { testMessage } from '../../notify/slack/render-test.ts';
import type { Check, Tell } from './line.ts';

/** What the token must be allowed to do, and for what; one of each. */
const scopesNeeded: readonly { scopes: readonly string[]; without: string }[] = [
  { scopes: ['chat:write'], without: 'nothing can be posted' },
  { scopes: ['channels:history', 'groups:history'], without: 'a message in doubt after a crash is posted again' },
];

/** Slack: who the token is, what it may do, and whether each channel can be reached; only `post` writes into them. */
export const checkSlack =
  (post: boolean): Check =>
  async ({ airflow, notify, ...config }, tell) => {
    const { slack } = notify;
    if (slack.bot_token === undefined) return tell({ what: 'slack', state: 'ok', detail: 'not configured: see docs/SLACK.md' });
    const client = connectSlack({ token: slack.bot_token, apiUrl: slack.api_url, timeoutMs: slack.timeout });
    const who = await client.whoAmI();
    if (!who.ok) return tell({ what: 'slack', state: 'fail', detail: `Slack does not accept the bot token: ${who.reason}` });
    const { user, team, scopes } = who.value;
    const lacking =
      scopes.length === 0 ? [] : scopesNeeded.filter((each) => !each.scopes.some((scope) => scopes.includes(scope)));
    const may = scopes.length === 0 ? '' : `; may ${scopes.join(', ')}`;
    const missing = lacking.map((each) => `; without ${each.scopes.join(' or ')} ${each.without}`).join('');
    tell({ what: 'slack', state: lacking.length === 0 ? 'ok' : 'warn', detail: `${user} in ${team}${may}${missing}` });
    tellDoors({ airflow, notify, ...config }, tell);
    for (const channel of channelsOf(slack)) await checkChannel(client, channel, { airflow: airflow.name, post }, tell);
  };

/** What is to come from Slack and from Alertmanager, before any of it comes. */
function tellDoors({ notify: { slack, public_url: publicUrl }, http }: Config, tell: Tell): void {
  if (slack.signing_secret === undefined)
    tell({ what: 'slack buttons', state: 'ok', detail: 'none: notify.slack.signing_secret is not set' });
  else
    tell(
      publicUrl === undefined
        ? {
            what: 'slack buttons',
            state: 'warn',
            detail: 'set notify.public_url: links lead to this machine alone, and there are no charts',
          }
        : {
            what: 'slack buttons',
            state: 'ok',
            detail: `Slack is to post to ${new URL('api/v1/webhooks/slack', slashed(publicUrl)).href}`,
          },
    );
  if (!slack.direct && http.webhooks.alertmanager.secret === undefined)
    tell({
      what: 'slack messages',
      state: 'warn',
      detail: 'none will come: set http.webhooks.alertmanager.secret for what Alertmanager tells, or notify.slack.direct',
    });
}

const slashed = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

/** Each channel once: the usual one, those of routes, the fallback. */
const channelsOf = ({ channel, routes, fallback_channel: fallback }: Config['notify']['slack']): string[] =>
  [...new Set([channel, ...routes.map((route) => route.channel), fallback])].filter((each) => each !== undefined);

async function checkChannel(
  client: SlackClient,
  channel: string,
  { airflow, post }: { airflow: string; post: boolean },
  tell: Tell,
): Promise<void> {
  const now = systemClock.now();
  const mark = { airflow, key: `test:${channel}:${now.toISOString()}` };
  const what = `slack ${channel}`;
  const answer = post
    ? await client.post({ channel, thread: null, broadcast: false, message: testMessage(airflow, now), mark })
    : await client.find({ channel, thread: null, since: now }, mark);
  const blind = !answer.ok && !post && answer.reason.startsWith('missing_scope');
  if (answer.ok)
    return tell({ what, state: 'ok', detail: post ? 'has the test message' : 'can be read; --slack posts a test message' });
  tell({
    what,
    state: blind ? 'warn' : 'fail',
    detail: blind ? 'cannot be looked at without posting; --slack does' : adviceOn(answer),
  });
}

function adviceOn(answer: Extract<SlackAnswer<unknown>, { ok: false }>): string {
  const { reason } = answer;
  const advice = reason.startsWith('not_in_channel')
    ? ': invite the app, /invite @windsock'
    : reason.startsWith('channel_not_found')
      ? ': there is none with this id, or it is private and the app is not in it'
      : '';
  return `takes no messages: ${reason}${advice}`;
}
