import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { ModelCall } from '../../explain/call/list-calls.ts';
import { rcaOutcomes } from '../../telemetry/rca.ts';
import type { HttpEnv } from '../env.ts';
import type { ModelCallSources } from '../sources.ts';
import { cursorOf, keyOf } from './cursor.ts';
import { badRequest, json, pageOf, paging, queryOf } from './page.ts';

const outcome = z.enum(rcaOutcomes);
const amount = z.int().min(0);

const callSchema = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    incident_id: z.string(),
    signature: z.string().nullable().describe('Of the error that was asked about.'),
    outcome: outcome.describe('What came of it, as in `rca_requests_total`.'),
    detail: z.string().describe('Why it is no more than that; empty: nothing to say.'),
    provider: z.string().nullable().describe('Null: nobody answered.'),
    model: z.string().nullable(),
    requests: amount.describe('How often it was asked for this, repairs and repeats included.'),
    input_tokens: amount,
    output_tokens: amount,
    cost: z.number().nullable().describe('In the currency of `llm.prices`; null: no price fits.'),
    seconds: z.number(),
    evicted: z.boolean().describe('People said that the answer is wrong: it is not taken again.'),
  })
  .openapi('ModelCall');

const callJson = (call: ModelCall): z.input<typeof callSchema> => ({
  id: call.id,
  at: call.at.toISOString(),
  incident_id: call.incidentId,
  signature: call.signature,
  outcome: call.outcome,
  detail: call.detail,
  provider: call.provider,
  model: call.model,
  requests: call.requests,
  input_tokens: call.inputTokens,
  output_tokens: call.outputTokens,
  cost: call.cost,
  seconds: call.seconds,
  evicted: call.evicted,
});

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/model-calls',
  tags: ['feedback'],
  summary: 'What language models were asked and what it took, newest first; without prompts and answers',
  request: {
    query: queryOf({
      incident_id: z.string().max(100).optional(),
      outcome: outcome.optional(),
      provider: z.string().max(100).optional(),
      model: z.string().max(300).optional(),
      since: z.iso.datetime({ offset: true }).optional().describe('Asked since then.'),
      ...paging,
    }),
  },
  responses: { 200: { description: 'A page of it.', content: json(pageOf(callSchema)) }, 400: badRequest },
});

/** GET /api/v1/model-calls: the audit of what language models were asked. */
export function modelCallRoutes(app: OpenAPIHono<HttpEnv>, sources: ModelCallSources): void {
  app.openapi(listRoute, async (c) => {
    const { cursor, limit, incident_id: incidentId, since, ...filter } = c.req.valid('query');
    const after = cursor === undefined ? null : keyOf(z.tuple([z.int()]), cursor)[0];
    const from = since === undefined ? undefined : new Date(since);
    const { items, next } = await sources.list({ ...filter, incidentId, since: from }, { after, limit });
    return c.json({ items: items.map(callJson), next_cursor: next === null ? null : cursorOf([next]) }, 200);
  });
}
