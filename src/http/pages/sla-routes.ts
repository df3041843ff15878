import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { cursorOf, keyOf } from '../api/cursor.ts';
import { slaStateSchema } from '../api/sla-schema.ts';
import { slaKey } from '../api/slas.ts';
import type { HttpEnv } from '../env.ts';
import type { HttpSources } from '../sources.ts';
import { send } from './answer.ts';
import { readQuery } from './forms.ts';
import { slaList } from './sla-list.ts';

const pageMax = 100;
const listQuery = z.object({
  state: slaStateSchema.optional(),
  owner: z.string().max(500).optional(),
  cursor: z.string().max(3000).optional(),
});

/** GET /slas. */
export function slaPages(app: OpenAPIHono<HttpEnv>, sources: Pick<HttpSources, 'status' | 'slas'>, clock: Clock): void {
  app.get('/slas', async (c) => {
    const now = clock.now();
    const { state, owner, cursor } = readQuery(c, listQuery);
    const after = cursor === undefined ? null : keyOf(slaKey, cursor);
    const { items, next } = await sources.slas.list(
      { states: state === undefined ? undefined : [state], owner },
      { after, limit: pageMax },
    );
    const params = new URLSearchParams({
      ...(state === undefined ? {} : { state }),
      ...(owner === undefined ? {} : { owner }),
      ...(next === null ? {} : { cursor: cursorOf([next.sla, next.dagId, next.taskId]) }),
    });
    const body = slaList({
      query: { state: state ?? '', owner: owner ?? '' },
      slas: items,
      next: next === null ? null : `/slas?${params.toString()}`,
      now,
    });
    return send(c, sources, now, { title: 'SLAs', room: '/slas', refreshSeconds: 60, body });
  });
}
