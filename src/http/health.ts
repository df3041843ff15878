import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { sleep, type Clock } from '../lib/clock.ts';
import type { HttpEnv } from './env.ts';
import { problem, problemContent } from './problem.ts';
import type { HttpSources } from './sources.ts';

/** Probes give up after a second by default: a store that does not answer by then counts as unreachable. */
const storeWithinMs = 800;
/** Anyone may ask, so that many askers share one question to the store. */
const sharedForMs = 500;

const readiness = z
  .object({ ready: z.boolean(), cycle_done: z.boolean(), store_reachable: z.boolean(), leader: z.boolean() })
  .openapi('Readiness');

const healthRoute = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['monitoring'],
  summary: 'Whether this process is alive',
  responses: { 200: { description: 'It is.', content: { 'text/plain': { schema: z.string() } } } },
});

const readyRoute = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['monitoring'],
  summary: 'Whether there is something to serve: the first cycle is done, and the store answers',
  responses: {
    200: { description: 'Ready.', content: { 'application/json': { schema: readiness } } },
    503: { description: 'Not ready.', content: problemContent },
  },
});

type Health = Awaited<ReturnType<HttpSources['health']>>;

/** Asks `sources` at most once in a while, and gives up on a store that does not answer. */
function sharedHealth(sources: Pick<HttpSources, 'health' | 'status'>, clock: Clock): () => Promise<Health> {
  let last: { atMs: number; answer: Promise<Health> } | undefined;
  return () => {
    const atMs = clock.monotonicMs();
    if (last === undefined || atMs - last.atMs > sharedForMs) last = { atMs, answer: askHealth(sources) };
    return last.answer;
  };
}

async function askHealth(sources: Pick<HttpSources, 'health' | 'status'>): Promise<Health> {
  const answered = new AbortController();
  const late = sleep(storeWithinMs, answered.signal).then(() => null);
  const health = await Promise.race([sources.health(), late]);
  answered.abort();
  if (health !== null) return health;
  const { snapshotAgeMs, leader } = sources.status();
  return { cycleDone: snapshotAgeMs !== null, storeReachable: false, leader };
}

function whyNot({ cycleDone, storeReachable }: Health): string {
  const reasons = [
    ...(cycleDone ? [] : ['the first cycle is not done yet']),
    ...(storeReachable ? [] : ["Windsock's store does not answer"]),
  ];
  return `${reasons.join('; ')}; the log says more`;
}

/** GET /healthz and /readyz: for probes, which anyone may ask; they tell no causes, which may name hosts. */
export function healthRoutes(app: OpenAPIHono<HttpEnv>, sources: Pick<HttpSources, 'health' | 'status'>, clock: Clock): void {
  const health = sharedHealth(sources, clock);
  app.openapi(healthRoute, (c) => c.text('ok\n', 200));
  app.openapi(readyRoute, async (c) => {
    const answer = await health();
    const ready = answer.cycleDone && answer.storeReachable;
    const state = { ready, cycle_done: answer.cycleDone, store_reachable: answer.storeReachable, leader: answer.leader };
    if (!ready) return problem(c, 503, whyNot(answer), state);
    return c.json(state, 200);
  });
}
