import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { Clock } from '../../lib/clock.ts';
import type { HttpContext, HttpEnv } from '../env.ts';
import { problem, problemContent } from '../problem.ts';
import type { PatternSources } from '../sources.ts';
import { badRequest, json } from './page.ts';
import {
  adviceJson,
  adviceSchema,
  suggestBody,
  beaconBody,
  environmentBody,
  environmentHash,
  errorOf,
} from './pattern-schema.ts';
import { suggestPath } from '../suggest-path.ts';
import { rateOf } from './rate.ts';

const perMinuteMax = 600;
const tooMany = { description: 'Too many a minute; nothing changed.', content: problemContent };

const envRoute = createRoute({
  method: 'post',
  path: '/api/v1/env',
  tags: ['patterns'],
  summary: 'Tell the environment of a worker: Python, packages, operating system, variables',
  request: { body: { content: json(environmentBody), required: true } },
  responses: {
    200: { description: 'It is kept.', content: json(z.object({ hash: environmentHash.describe('Names it in beacons.') })) },
    400: badRequest,
    429: tooMany,
  },
});

const beaconRoute = createRoute({
  method: 'post',
  path: '/api/v1/beacon',
  tags: ['patterns'],
  summary: 'Tell of an error, from any Python program',
  request: { body: { content: json(beaconBody), required: true } },
  responses: {
    200: {
      description: 'It is counted.',
      content: json(
        z.object({
          signature: z.string().describe('Of the error, as incidents have it.'),
          cluster: z.string().describe('The id of the cluster that it belongs to.'),
        }),
      ),
    },
    400: badRequest,
    429: tooMany,
  },
});

const suggestRoute = createRoute({
  method: 'post',
  path: suggestPath,
  tags: ['patterns'],
  summary: 'Ask what to look at for an error; needs the scope `read` only, and keeps nothing',
  request: { body: { content: json(suggestBody), required: true } },
  responses: {
    200: { description: 'What is known of it, and the configurations that go with it.', content: json(adviceSchema) },
    400: badRequest,
    429: tooMany,
  },
});

function refuse(c: HttpContext) {
  c.header('retry-after', '60');
  return problem(c, 429, `At most ${perMinuteMax} requests of this kind a minute are taken.`);
}

/** POST /api/v1/env and /api/v1/beacon, what workers tell; /api/v1/suggest, what is known of an error. */
export function patternRoutes(app: OpenAPIHono<HttpEnv>, sources: PatternSources, clock: Clock): void {
  const allowed = rateOf(perMinuteMax, clock);
  app.openapi(envRoute, async (c) => {
    const { host = null, ...environment } = c.req.valid('json');
    if (!allowed(1)) return refuse(c);
    return c.json({ hash: await sources.environment({ environment, host }) }, 200);
  });
  app.openapi(beaconRoute, async (c) => {
    const body = c.req.valid('json');
    if (!allowed(1)) return refuse(c);
    const { signature, clusterId } = await sources.beacon({
      error: errorOf(body),
      environment: body.env ?? body.env_hash ?? null,
      host: body.host ?? null,
      dagId: body.dag_id ?? null,
      taskId: body.task_id ?? null,
      runId: body.run_id ?? null,
      tryNumber: body.try_number ?? null,
    });
    return c.json({ signature, cluster: clusterId }, 200);
  });
  app.openapi(suggestRoute, async (c) => {
    const body = c.req.valid('json');
    if (!allowed(1)) return refuse(c);
    const advice = await sources.suggest({
      error: errorOf(body),
      environment: body.env ?? body.env_hash ?? null,
      host: body.host ?? null,
      multiple: body.use_multiple_clusters,
    });
    return c.json(adviceJson(advice), 200);
  });
}
