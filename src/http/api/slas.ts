import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { SlaKey } from '../../sla/list.ts';
import type { HttpEnv } from '../env.ts';
import type { SlaSources } from '../sources.ts';
import { cursorOf, keyOf } from './cursor.ts';
import { badRequest, json, listOf, pageOf, paging, queryOf } from './page.ts';
import { slaJson, slaKindSchema, slaSchema, slaSeveritySchema, slaStateSchema } from './sla-schema.ts';

const query = queryOf({
  sla: z.string().max(100).optional().describe('Its name.'),
  state: listOf(slaStateSchema).openapi({ type: 'string', description: 'States, comma-separated.', example: 'breached' }),
  kind: listOf(slaKindSchema).openapi({ type: 'string', description: 'Kinds, comma-separated.' }),
  severity: listOf(slaSeveritySchema).openapi({ type: 'string', description: 'Severities, comma-separated.' }),
  dag_id: z.string().max(500).optional(),
  task_id: z.string().max(500).optional(),
  owner: z.string().max(500).optional().describe('One of the owners of the DAG.'),
  ...paging,
});

const route = createRoute({
  method: 'get',
  path: '/api/v1/slas',
  tags: ['slas'],
  summary: 'Each SLA on each of its targets, as it was last judged; by name, DAG and task',
  request: { query },
  responses: { 200: { description: 'A page of them.', content: json(pageOf(slaSchema)) }, 400: badRequest },
});

/** Where a page of SLAs ends, as a cursor has it. */
export const slaKey = z
  .tuple([z.string().max(100), z.string().max(500), z.string().max(500)])
  .transform(([sla, dagId, taskId]): SlaKey => ({ sla, dagId, taskId }));

/** GET /api/v1/slas. */
export function slaRoutes(app: OpenAPIHono<HttpEnv>, sources: SlaSources): void {
  app.openapi(route, async (c) => {
    const { sla, kind, state, severity, dag_id: dagId, task_id: taskId, owner, limit, cursor } = c.req.valid('query');
    const filter = { sla, kinds: kind, states: state, severities: severity, dagId, taskId, owner };
    const after = cursor === undefined ? null : keyOf(slaKey, cursor);
    const { items, next } = await sources.list(filter, { after, limit });
    return c.json(
      { items: items.map(slaJson), next_cursor: next === null ? null : cursorOf([next.sla, next.dagId, next.taskId]) },
      200,
    );
  });
}
