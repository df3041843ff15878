import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../env.ts';
import { problemContent } from '../problem.ts';
import type { PatternSources } from '../sources.ts';
import { cursorOf, instant, keyOf } from './cursor.ts';
import { badRequest, json, pageOf, paging, queryOf } from './page.ts';
import { analysisJson, analysisSchema } from './analysis-schema.ts';
import { clusterDetailJson, clusterDetailSchema, clusterJson, clusterSchema } from './pattern-schema.ts';

const query = queryOf({
  dag_id: z.string().max(500).optional(),
  task_id: z.string().max(500).optional(),
  type: z.string().max(300).optional().describe('Class of the error, without its module.'),
  since: z.iso.datetime({ offset: true }).optional().describe('Met since then.'),
  ...paging,
});

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/clusters',
  tags: ['patterns'],
  summary: 'Repeated errors, each as one; the most lately met first',
  request: { query },
  responses: { 200: { description: 'A page of them.', content: json(pageOf(clusterSchema)) }, 400: badRequest },
});

const readRoute = createRoute({
  method: 'get',
  path: '/api/v1/clusters/{id}',
  tags: ['patterns'],
  summary: 'One cluster with its errors and the newest reports; the fingerprint of any of its errors finds it too',
  request: { params: z.object({ id: z.string().min(1).max(100) }) },
  responses: {
    200: { description: 'The cluster.', content: json(clusterDetailSchema) },
    404: { description: 'There is no such cluster.', content: problemContent },
  },
});

const patternsRoute = createRoute({
  method: 'get',
  path: '/api/v1/patterns',
  tags: ['patterns'],
  summary: 'The configurations that failures go with, as the newest analysis found them, and what could not be tested',
  responses: { 200: { description: 'What it found.', content: json(analysisSchema) } },
});

/** Where a page of clusters ends, as a cursor has it. */
export const clusterKey = z.tuple([instant, z.string().max(100)]).transform(([lastSeenAt, id]) => ({ lastSeenAt, id }));

/** GET /api/v1/clusters, one of them, and /api/v1/patterns. */
export function clusterRoutes(app: OpenAPIHono<HttpEnv>, sources: PatternSources): void {
  app.openapi(listRoute, async (c) => {
    const { dag_id: dagId, task_id: taskId, type, since, limit, cursor } = c.req.valid('query');
    const filter = { dagId, taskId, type, since: since === undefined ? undefined : new Date(since) };
    const after = cursor === undefined ? null : keyOf(clusterKey, cursor);
    const { items, next } = await sources.clusters(filter, { after, limit });
    return c.json(
      { items: items.map(clusterJson), next_cursor: next === null ? null : cursorOf([next.lastSeenAt.getTime(), next.id]) },
      200,
    );
  });
  app.openapi(patternsRoute, async (c) => c.json(analysisJson(await sources.found()), 200));
  app.openapi(readRoute, async (c) => c.json(clusterDetailJson(await sources.cluster(c.req.valid('param').id)), 200));
}
