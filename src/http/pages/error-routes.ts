import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { clusterKey } from '../api/clusters.ts';
import { cursorOf, keyOf } from '../api/cursor.ts';
import type { HttpEnv } from '../env.ts';
import type { HttpSources } from '../sources.ts';
import { send } from './answer.ts';
import { errorList } from './error-list.ts';
import { errorPage } from './error.ts';
import { readQuery } from './forms.ts';

const pageMax = 50;
const listQuery = z.object({
  dag_id: z.string().max(500).optional(),
  type: z.string().max(300).optional(),
  cursor: z.string().max(3000).optional(),
});

/** GET /errors and one of them. */
export function errorPages(app: OpenAPIHono<HttpEnv>, sources: Pick<HttpSources, 'status' | 'patterns'>, clock: Clock): void {
  app.get('/errors', async (c) => {
    const now = clock.now();
    const { dag_id: dagId, type, cursor } = readQuery(c, listQuery);
    const after = cursor === undefined ? null : keyOf(clusterKey, cursor);
    const { items, next } = await sources.patterns.clusters({ dagId, type }, { after, limit: pageMax });
    const params = new URLSearchParams({
      ...(dagId === undefined ? {} : { dag_id: dagId }),
      ...(type === undefined ? {} : { type }),
      ...(next === null ? {} : { cursor: cursorOf([next.lastSeenAt.getTime(), next.id]) }),
    });
    const body = errorList({
      query: { dag_id: dagId ?? '', type: type ?? '' },
      clusters: items,
      next: next === null ? null : `/errors?${params.toString()}`,
      now,
    });
    return send(c, sources, now, { title: 'Errors', room: '/errors', body });
  });
  app.get('/errors/:id', async (c) => {
    const now = clock.now();
    const detail = await sources.patterns.cluster(c.req.param('id'));
    const body = errorPage({ detail, analysis: await sources.patterns.found(), now });
    return send(c, sources, now, { title: detail.summary.cluster.type, room: '/errors', body });
  });
}
