import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../env.ts';
import { problemContent } from '../problem.ts';
import type { DagSources } from '../sources.ts';
import { taskLearnedJson, taskLearnedSchema } from './baseline-schema.ts';
import { cursorOf, keyOf } from './cursor.ts';
import { dagDetailJson, dagDetailSchema, dagJson, dagSchema } from './dag-schema.ts';
import { badRequest, json, pageOf, paging, queryOf } from './page.ts';

const query = queryOf({
  named: z.string().max(500).optional().describe('A part of its id, in any case.'),
  paused: z.enum(['true', 'false']).optional(),
  owner: z.string().max(500).optional().describe('One of its owners.'),
  tag: z.string().max(500).optional(),
  ...paging,
});

const dagId = z.string().min(1).max(500);
const taskId = z.string().min(1).max(500);
const notFound = (what: string) => ({ 404: { description: what, content: problemContent } });

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/dags',
  tags: ['dags'],
  summary: 'DAGs that Airflow has, by id',
  request: { query },
  responses: { 200: { description: 'A page of them.', content: json(pageOf(dagSchema)) }, 400: badRequest },
});

const readRoute = createRoute({
  method: 'get',
  path: '/api/v1/dags/{dag_id}',
  tags: ['dags'],
  summary: 'One DAG with its tasks',
  request: { params: z.object({ dag_id: dagId }) },
  responses: { 200: { description: 'The DAG.', content: json(dagDetailSchema) }, ...notFound('There is no such DAG.') },
});

const baselineRoute = createRoute({
  method: 'get',
  path: '/api/v1/dags/{dag_id}/tasks/{task_id}/baseline',
  tags: ['dags'],
  summary: 'What a task is expected to take, what that rests on, and its newest tries',
  request: { params: z.object({ dag_id: dagId, task_id: taskId }) },
  responses: {
    200: { description: 'What is learned.', content: json(taskLearnedSchema) },
    ...notFound('No try of such a task is kept.'),
  },
});

/** GET /api/v1/dags, one DAG, and the baseline of one task. */
export function dagRoutes(app: OpenAPIHono<HttpEnv>, sources: DagSources): void {
  app.openapi(listRoute, async (c) => {
    const { named, paused, owner, tag, limit, cursor } = c.req.valid('query');
    const [after] = cursor === undefined ? [null] : keyOf(z.tuple([dagId]), cursor);
    const filter = { named, owner, tag, paused: paused === undefined ? undefined : paused === 'true' };
    const { items, next } = await sources.list(filter, { after, limit });
    return c.json({ items: items.map(dagJson), next_cursor: next === null ? null : cursorOf([next]) }, 200);
  });
  app.openapi(readRoute, async (c) => c.json(dagDetailJson(await sources.read(c.req.valid('param').dag_id)), 200));
  app.openapi(baselineRoute, async (c) => {
    const { dag_id: dag, task_id: task } = c.req.valid('param');
    return c.json(taskLearnedJson(dag, task, await sources.baseline({ dagId: dag, taskId: task })), 200);
  });
}
