import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { bodyOf, contentTypes, emptyExposition } from '../measure/exposition.ts';
import type { Family } from '../measure/family.ts';
import { negotiate } from '../measure/negotiate.ts';
import { wantsGzip } from './accept-encoding.ts';
import type { HttpEnv } from './env.ts';
import type { HttpSources } from './sources.ts';

const route = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['monitoring'],
  summary: 'All metrics, in the Prometheus text format or in OpenMetrics, as the Accept header wants',
  responses: {
    200: {
      description: 'The exposition of the last cycle, and of this process as it is now.',
      content: { [contentTypes.text]: { schema: z.string() }, [contentTypes.openmetrics]: { schema: z.string() } },
    },
  },
});

/** GET /metrics: the bytes of the last cycle as they are, and what this process tells of itself. */
export function metricsRoutes(app: OpenAPIHono<HttpEnv>, sources: Pick<HttpSources, 'exposition' | 'selfFamilies'>): void {
  let reading: Promise<Family[]> | null = null;
  // Scrapes that come while one of them reads these get them too: fifty at once cost little more than one.
  const selfFamilies = (): Promise<Family[]> => {
    reading ??= sources.selfFamilies().finally(() => {
      reading = null;
    });
    return reading;
  };
  app.openapi(route, async (c) => {
    const format = negotiate(c.req.header('accept'));
    const gzip = wantsGzip(c.req.header('accept-encoding'));
    const exposition = sources.exposition() ?? emptyExposition;
    const { length, pieces } = bodyOf(exposition[format], await selfFamilies(), format, gzip);
    return c.body(ReadableStream.from(pieces), 200, {
      'content-type': contentTypes[format],
      // Said here, so that HEAD says it too.
      'content-length': String(length),
      vary: 'Accept, Accept-Encoding',
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    });
  });
}
