import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { WebhookAlert } from '../../notify/webhook.ts';
import type { HttpEnv } from '../env.ts';
import { problemContent } from '../problem.ts';
import type { WebhookSources } from '../sources.ts';
import { alertmanagerWebhook } from '../webhooks.ts';
import { badRequest, json } from './page.ts';

const texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((given) => given ?? {});

/** Alertmanager writes the year 1 for what has no end. */
const end = z.iso
  .datetime({ offset: true })
  .transform((text) => (text.startsWith('0001-') ? null : new Date(text)))
  .openapi({ type: 'string', format: 'date-time' });

const alert = z.object({
  fingerprint: z.string().min(1).max(100),
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts,
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: end,
});

/** What else it says is not needed: versions of Alertmanager differ in it. */
const message = z
  .object({
    version: z.literal('4', { error: 'must be "4": the format of the webhook' }),
    groupKey: z.string(),
    truncatedAlerts: z.int().min(0).default(0),
    alerts: z.array(alert).max(5000),
  })
  .openapi('AlertmanagerWebhook');

const route = createRoute({
  method: 'post',
  path: alertmanagerWebhook,
  tags: ['webhooks'],
  summary: "Alertmanager's webhook receiver; needs http.webhooks.alertmanager.secret as bearer token",
  request: { body: { content: json(message), required: true } },
  responses: {
    200: { description: 'Taken; what follows from it is done later.', content: json(z.object({ accepted: z.int() })) },
    400: badRequest,
    401: { description: 'The secret is missing, or another one.', content: problemContent },
    404: { description: 'No secret is configured, so that nothing is taken.', content: problemContent },
  },
});

/** POST /api/v1/webhooks/alertmanager: what Alertmanager tells people, silences and inhibition applied. */
export function webhookRoutes(app: OpenAPIHono<HttpEnv>, sources: WebhookSources): void {
  app.openapi(route, async (c) => {
    const { alerts } = c.req.valid('json');
    await sources.alertmanager(alerts.map(({ startsAt, ...rest }): WebhookAlert => ({ ...rest, startsAt: new Date(startsAt) })));
    return c.json({ accepted: alerts.length }, 200);
  });
}
