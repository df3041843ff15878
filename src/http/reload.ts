import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { AppError } from '../lib/errors.ts';
import type { HttpEnv } from './env.ts';
import { problemContent } from './problem.ts';
import type { HttpSources } from './sources.ts';

const reloaded = z
  .object({
    reloaded: z.literal(true),
    needs_restart: z.array(z.string()).describe('Keys that changed and take effect at the next start only.'),
  })
  .openapi('Reloaded');

const route = createRoute({
  method: 'post',
  path: '/-/reload',
  tags: ['operation'],
  summary: 'Read the configuration again; a bad one changes nothing',
  responses: {
    200: { description: 'The new configuration is in force.', content: { 'application/json': { schema: reloaded } } },
    422: { description: 'It is bad, and the old one stays in force.', content: problemContent },
  },
});

/** POST /-/reload, as SIGHUP. */
export function reloadRoutes(app: OpenAPIHono<HttpEnv>, sources: Pick<HttpSources, 'reload'>): void {
  app.openapi(route, async (c) => {
    const result = await sources.reload();
    if (!result.ok) throw new AppError('CONFIG', `the old configuration stays in force: ${result.message}`);
    return c.json({ reloaded: true as const, needs_restart: result.needsRestart }, 200);
  });
}
