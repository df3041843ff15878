import { z } from 'zod';
import { duration, serverAddress, slackChannel } from '../../lib/config-types.ts';

const route = z.strictObject({
  teams: z.array(z.string()).default([]).describe('Teams, as `incident.teams` names them; empty: all.'),
  severities: z
    .array(z.enum(['info', 'warning', 'error', 'critical']))
    .default([])
    .describe('Severities; empty: all.'),
  dags: z.array(z.string().min(1)).default([]).describe('DAG ids, with * and ?; empty: all.'),
  channel: slackChannel().describe('Where what matches is posted.'),
});

/** How people are told in Slack. */
export const slackConfig = z
  .strictObject({
    bot_token: z
      .string()
      .startsWith('xox', 'is no bot token of Slack; it begins with xoxb-')
      .optional()
      .meta({ secret: true, examples: ['xoxb-TOKEN'] })
      .describe('Bot token of the Slack app; with it, incidents are posted to Slack.'),
    signing_secret: z
      .string()
      .min(16)
      .optional()
      .meta({ secret: true, examples: ['SIGNING-SECRET-OF-THE-APP'] })
      .describe('Signing secret of the Slack app: with it, messages have buttons, and what people press is believed.'),
    channel: slackChannel()
      .optional()
      .meta({ examples: ['C0123456789'] })
      .describe('Id of the channel that incidents and reports are posted to; needed with `bot_token`.'),
    routes: z
      .array(route)
      .default([])
      .meta({ examples: [[{ teams: ['finance'], severities: ['critical'], channel: 'C0000000002' }]] })
      .describe('Other channels, by team, severity or DAG of the incident; the first that matches counts.'),
    fallback_channel: slackChannel()
      .optional()
      .meta({ examples: ['C0000000003'] })
      .describe('Where to post what a channel cannot take: it is archived, gone, or the app is not in it.'),
    direct: z
      .boolean()
      .default(false)
      .describe(
        "Post every incident that people may hear of, without Alertmanager. Else those that Alertmanager's webhook tells of, so that its silences and inhibition hold.",
      ),
    tell_late: duration({ minMs: 0 })
      .prefault('6h')
      .describe(
        'What began and ended while Slack did not answer is told once it does, if it ended no longer ago than this. 0s: never.',
      ),
    timeout: duration({ minMs: 100, maxMs: 60_000 }).prefault('10s').describe('Limit of one request.'),
    api_url: serverAddress('bot_token')
      .default('https://slack.com/api/')
      .describe('Address of the API: a proxy, or https://slack-gov.com/api/ for GovSlack.'),
  })
  .superRefine(({ bot_token: token, channel, fallback_channel: fallback, routes, direct }, context) => {
    const fault = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    if (token !== undefined && channel === undefined)
      fault('channel', 'is missing: notify.slack.bot_token is set, and messages need a channel');
    if (token !== undefined) return;
    const asks = [
      channel !== undefined && 'channel',
      routes.length > 0 && 'routes',
      fallback !== undefined && 'fallback_channel',
    ];
    const named = [...asks, direct && 'direct'].find((each) => each !== false);
    if (named !== undefined) fault('bot_token', `is missing: notify.slack.${named} is set, and nothing is posted without it`);
  })
  .prefault({});

export type SlackConfig = z.output<typeof slackConfig>;
