import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { categories } from '../../explain/explanation.ts';
import type { Feedback } from '../../explain/feedback/feedback-rows.ts';
import { suggestRule } from '../../explain/feedback/suggest-rule.ts';
import type { HttpEnv } from '../env.ts';
import { problemContent } from '../problem.ts';
import type { FeedbackSources } from '../sources.ts';
import { cursorOf, keyOf } from './cursor.ts';
import { who } from './incidents.ts';
import { badRequest, json, pageOf, paging, queryOf } from './page.ts';

const verdict = z.enum(['up', 'down', 'corrected']);
const state = z.enum(['new', 'confirmed', 'revoked']);
const category = z.enum(categories);
const text = (max: number) => z.string().trim().max(max);

const givenSchema = z
  .strictObject({
    verdict: verdict.describe('`up`: it is right. `down`: it is wrong. `corrected`: it is what follows.'),
    category: category.optional().describe('Only with `corrected`.'),
    root_cause: text(240).min(1).optional().describe('One sentence; only with `corrected`.'),
    note: text(500).default('').describe('A line for the timeline.'),
  })
  .superRefine((given, context) => {
    const corrects = given.category !== undefined || given.root_cause !== undefined;
    if (given.verdict === 'corrected' && !corrects)
      context.addIssue({ code: 'custom', path: ['category'], message: 'say what is right: category, root_cause or both' });
    if (given.verdict !== 'corrected' && corrects)
      context.addIssue({
        code: 'custom',
        path: ['verdict'],
        message: 'must be corrected, since category or root_cause is given',
      });
  })
  .openapi('GivenFeedback');

const feedbackSchema = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    who: z.string(),
    incident_id: z.string(),
    dag_id: z.string(),
    task_id: z.string(),
    signature: z.string().nullable(),
    verdict,
    category: category.nullable(),
    root_cause: z.string().nullable(),
    note: z.string(),
    said: z
      .object({
        source: z.enum(['rules', 'llm', 'cache']),
        category,
        root_cause: z.string(),
        confidence: z.number(),
        rule: z.string().nullable(),
      })
      .describe('What was shown.'),
    state: state.describe('Confirmed, it is an example for language models.'),
    decided_by: z.string().nullable(),
    decided_at: z.iso.datetime().nullable(),
    suggested_rule: z
      .object({ category, type: z.string(), text: z.string(), cause: z.string() })
      .nullable()
      .describe(
        'What a rule could look for: class of the exception, and a regular expression for its message. Only of what is confirmed.',
      ),
  })
  .openapi('Feedback');

function feedbackJson(feedback: Feedback): z.input<typeof feedbackSchema> {
  const { said } = feedback;
  return {
    id: feedback.id,
    at: feedback.at.toISOString(),
    who: feedback.who,
    incident_id: feedback.incidentId,
    dag_id: feedback.dagId,
    task_id: feedback.taskId,
    signature: feedback.signature,
    verdict: feedback.verdict,
    category: feedback.category,
    root_cause: feedback.rootCause,
    note: feedback.note,
    said: {
      source: said.source,
      category: said.category,
      root_cause: said.rootCause,
      confidence: said.confidence,
      rule: said.rule,
    },
    state: feedback.state,
    decided_by: feedback.decidedBy,
    decided_at: feedback.decidedAt?.toISOString() ?? null,
    suggested_rule: suggestRule(feedback),
  };
}

const giveRoute = createRoute({
  method: 'post',
  path: '/api/v1/incidents/{id}/feedback',
  tags: ['feedback'],
  summary: 'Say whether the explanation of an incident is right; it takes the place of what you said of it before',
  request: { params: z.object({ id: z.string().min(1).max(100) }), body: { content: json(givenSchema), required: true } },
  responses: {
    200: { description: 'What is kept of it.', content: json(feedbackSchema) },
    400: badRequest,
    404: { description: 'There is no such incident.', content: problemContent },
    409: { description: 'It is not explained yet.', content: problemContent },
  },
});

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/feedback',
  tags: ['feedback'],
  summary: 'What people said of explanations, newest first, with the rules that it suggests',
  request: {
    query: queryOf({
      state: state.optional(),
      verdict: verdict.optional(),
      signature: z.string().max(100).optional(),
      incident_id: z.string().max(100).optional(),
      ...paging,
    }),
  },
  responses: { 200: { description: 'A page of it.', content: json(pageOf(feedbackSchema)) }, 400: badRequest },
});

const decideRoute = <const Name extends string>(name: Name, summary: string) =>
  createRoute({
    method: 'post',
    path: `/api/v1/feedback/{id}/${name}`,
    tags: ['feedback'],
    summary,
    request: {
      params: z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
      body: { content: json(z.strictObject({})), required: true },
    },
    responses: {
      200: { description: 'As it is now.', content: json(feedbackSchema) },
      400: badRequest,
      404: { description: 'There is no such feedback.', content: problemContent },
      409: { description: 'It says not what is right, and can be no example.', content: problemContent },
    },
  });
const confirmRoute = decideRoute('confirm', 'Let it be an example for language models, and a suggested rule');
const revokeRoute = decideRoute('revoke', 'Take it back: no example, and nothing that counts');

/** What people say of explanations: given, listed, confirmed and revoked. */
export function feedbackRoutes(app: OpenAPIHono<HttpEnv>, sources: FeedbackSources): void {
  app.openapi(giveRoute, async (c) => {
    const { verdict: said, category: as = null, root_cause: rootCause = null, note } = c.req.valid('json');
    const given = { verdict: said, category: as, rootCause, note };
    return c.json(feedbackJson(await sources.give(c.req.valid('param').id, given, who(c))), 200);
  });
  app.openapi(listRoute, async (c) => {
    const { cursor, limit, incident_id: incidentId, ...filter } = c.req.valid('query');
    const after = cursor === undefined ? null : keyOf(z.tuple([z.int()]), cursor)[0];
    const { items, next } = await sources.list({ ...filter, incidentId }, { after, limit });
    return c.json({ items: items.map(feedbackJson), next_cursor: next === null ? null : cursorOf([next]) }, 200);
  });
  app.openapi(confirmRoute, async (c) =>
    c.json(feedbackJson(await sources.decide(c.req.valid('param').id, 'confirm', who(c))), 200),
  );
  app.openapi(revokeRoute, async (c) =>
    c.json(feedbackJson(await sources.decide(c.req.valid('param').id, 'revoke', who(c))), 200),
  );
}
