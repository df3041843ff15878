import { z, type OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { sleep, type Clock } from '../../lib/clock.ts';
import { readInteraction } from '../../notify/slack/interaction.ts';
import { verifySignature } from '../../notify/slack/verify-signature.ts';
import type { HttpContext, HttpEnv } from '../env.ts';
import { problem, problemContent } from '../problem.ts';
import type { WebhookSources } from '../sources.ts';
import { slackWebhook } from '../webhooks.ts';

/** Slack sends the message along, of 10 000 characters and their markup, percent-encoded. */
const bodyBytesMax = 262_144;
/** Slack waits 3 s; what takes longer goes on after the answer. */
const answerWithinMs = 2000;
const formType = 'application/x-www-form-urlencoded';

const description: Parameters<OpenAPIHono<HttpEnv>['openAPIRegistry']['registerPath']>[0] = {
  method: 'post',
  path: slackWebhook,
  tags: ['webhooks'],
  summary: 'Buttons that were pressed in Slack: the Request URL of its interactivity; signed with notify.slack.signing_secret',
  request: {
    body: {
      content: { [formType]: { schema: z.object({ payload: z.string().describe("Slack's block_actions, as JSON.") }) } },
      required: true,
    },
  },
  responses: {
    200: { description: 'Done, or under way; what could not be done is told to who pressed it.' },
    400: { description: 'It is no press of a button of ours; nothing changed.', content: problemContent },
    401: { description: 'Slack did not send this, or more than 5 minutes ago; nothing changed.', content: problemContent },
    404: { description: 'There is no such incident, or no signing secret is configured.', content: problemContent },
    413: { description: 'It is larger than what Slack sends.', content: problemContent },
    415: { description: 'It is no form.', content: problemContent },
    503: { description: 'It could not be done now; nothing changed.', content: problemContent },
  },
};

/** POST /api/v1/webhooks/slack: people press buttons in messages. */
export function slackWebhookRoutes(app: OpenAPIHono<HttpEnv>, { slack }: WebhookSources, clock: Clock): void {
  app.openAPIRegistry.registerPath(description);
  const tooLarge = (c: HttpContext) => problem(c, 413, `What Slack sends has at most ${bodyBytesMax} bytes.`);
  app.post(slackWebhook, bodyLimit({ maxSize: bodyBytesMax, onError: tooLarge }), async (c) => {
    const secret = slack.signingSecret();
    if (secret === undefined)
      return problem(c, 404, 'Windsock takes nothing here before notify.slack.signing_secret is set (docs/SLACK.md).');
    if (c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() !== formType)
      return problem(c, 415, `Slack's interactivity sends ${formType}; events and slash commands are not taken here.`);
    const body = new Uint8Array(await c.req.arrayBuffer());
    const [timestamp, signature] = [c.req.header('x-slack-request-timestamp'), c.req.header('x-slack-signature')];
    const verdict = verifySignature({ timestamp, signature, body }, secret, clock.now());
    switch (verdict) {
      case 'forged':
        return problem(c, 401, 'This is not signed with the signing secret of the Slack app.');
      case 'stale':
        return problem(c, 401, 'This was signed more than 5 minutes from now: it is a repeat, or a clock is wrong.');
      case 'genuine': {
        const interaction = readInteraction(new TextDecoder().decode(body));
        await Promise.race([slack.press(interaction), sleep(answerWithinMs)]);
        return c.body(null, 200);
      }
    }
  });
}
