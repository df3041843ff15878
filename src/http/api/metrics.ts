import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { AppError } from '../../lib/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CustomAggregate } from '../../sla/custom-read.ts';
import type { HttpEnv } from '../env.ts';
import { problem, problemContent } from '../problem.ts';
import type { CustomMetricSources } from '../sources.ts';
import { queryOf } from './page.ts';
import { rateOf } from './rate.ts';

const valuesPerRequestMax = 1000;
const valuesPerMinuteMax = 6000;
const dayMs = 86_400_000;

const time = z
  .union([z.iso.datetime({ offset: true }), z.number().min(0).max(1e11)], {
    error: 'is no time; write ISO 8601 with an offset, or Unix seconds',
  })
  .transform((given) => new Date(typeof given === 'number' ? given * 1000 : given))
  .openapi({ type: 'string', description: 'ISO 8601 with an offset, or Unix seconds as a number; default: now.' });

/** Half a character would be refused by the store. */
const labelText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((given) => given.isWellFormed(), 'is no well-formed Unicode');

const value = z
  .strictObject({
    name: z
      .string()
      .max(200)
      .openapi({ description: 'Letters, digits and _; no name of a family of Windsock.', example: 'rows_loaded' }),
    labels: z
      .record(labelText(100), labelText(1000))
      .default({})
      .openapi({ example: { dag_id: 'orders' } }),
    value: z.number(),
    timestamp: time.optional(),
  })
  .openapi('MetricValue');

/** One value, or a list of them. */
const values = z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(value).min(1).max(valuesPerRequestMax));

const aggregate = z
  .object({
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    count: z.int(),
    sum: z.number(),
    mean: z.number(),
    median: z.number(),
    std: z.number().nullable().describe('Of a sample (n - 1); null for a single value.'),
    min: z.number(),
    max: z.number(),
    last_value: z.number().describe('The newest value of the series, in the range or not.'),
    last_at: z.string(),
  })
  .openapi('MetricAggregate');

const several = z.union([z.string(), z.array(z.string())]).transform((given) => (Array.isArray(given) ? given : [given]));
const query = queryOf({
  name: z.string().max(200).optional(),
  label: several.optional().openapi({
    type: 'array',
    items: { type: 'string' },
    description: 'A label that a series must have, as name:value; may be repeated.',
  }),
  from: z.iso.datetime({ offset: true }).optional().describe('Beginning of the range, included; default: 24 hours ago.'),
  to: z.iso.datetime({ offset: true }).optional().describe('Its end, excluded; default: now.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'is none of ours; take next_cursor of the page before')
    .optional(),
});

const bad = { description: 'What was sent is not understood; nothing changed.', content: problemContent };

const postRoute = createRoute({
  method: 'post',
  path: '/api/v1/metrics',
  tags: ['metrics'],
  summary: 'Post values of your own: they are exposed, and SLAs of kind custom go by them',
  request: { body: { content: { 'application/json': { schema: values } }, required: true } },
  responses: {
    200: {
      description: 'All of them are kept, for 24 hours.',
      content: { 'application/json': { schema: z.object({ accepted: z.int() }) } },
    },
    400: bad,
    409: { description: 'There would be too many series; nothing changed.', content: problemContent },
    429: { description: 'Too many values a minute; nothing changed.', content: problemContent },
  },
});

const getRoute = createRoute({
  method: 'get',
  path: '/api/v1/metrics',
  tags: ['metrics'],
  summary: 'Posted values of a range, summed up by series',
  request: { query },
  responses: {
    200: {
      description: 'A page of series.',
      content: { 'application/json': { schema: z.object({ items: z.array(aggregate), next_cursor: z.string().nullable() }) } },
    },
    400: bad,
  },
});

/** GET and POST /api/v1/metrics: metrics that others post. */
export function customMetricRoutes(app: OpenAPIHono<HttpEnv>, sources: CustomMetricSources, clock: Clock): void {
  const allowed = rateOf(valuesPerMinuteMax, clock);
  app.openapi(postRoute, async (c) => {
    const given = c.req.valid('json');
    if (!allowed(given.length)) {
      c.header('retry-after', '60');
      return problem(c, 429, `At most ${valuesPerMinuteMax} values a minute are taken.`);
    }
    const now = clock.now();
    await sources.post(given.map(({ timestamp, ...rest }) => ({ ...rest, at: timestamp ?? now })));
    return c.json({ accepted: given.length }, 200);
  });
  app.openapi(getRoute, async (c) => {
    const { name, label, from, to, limit, cursor } = c.req.valid('query');
    const now = clock.now();
    const range = {
      from: from === undefined ? new Date(now.getTime() - dayMs) : new Date(from),
      to: to === undefined ? now : new Date(to),
    };
    if (range.from >= range.to) throw new AppError('INVALID', 'from: must lie before to');
    // One more tells whether there is a next page.
    const found = await sources.aggregate({
      name,
      labels: labelsOf(label ?? []),
      ...range,
      afterId: Number(cursor ?? 0),
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    const next = found.length > limit ? String(items.at(-1)?.id ?? '') : null;
    return c.json({ items: items.map(jsonOf), next_cursor: next }, 200);
  });
}

function labelsOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf(':');
      if (at <= 0) throw new AppError('INVALID', 'label: must be name:value');
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

const jsonOf = ({ id: _id, lastValue, lastAt, ...rest }: CustomAggregate) => ({
  ...rest,
  last_value: lastValue,
  last_at: lastAt.toISOString(),
});
