import { OpenAPIHono, type z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { etag } from 'hono/etag';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import { systemClock, type Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { guardAccess } from './access.ts';
import { clusterRoutes } from './api/clusters.ts';
import { dagRoutes } from './api/dags.ts';
import { feedbackRoutes } from './api/feedback.ts';
import { incidentRoutes } from './api/incidents.ts';
import { customMetricRoutes } from './api/metrics.ts';
import { modelCallRoutes } from './api/model-calls.ts';
import { patternRoutes } from './api/patterns.ts';
import { reportRoutes } from './api/reports.ts';
import { slackWebhookRoutes } from './api/slack-webhook.ts';
import { slaRoutes } from './api/slas.ts';
import { webhookRoutes } from './api/webhooks.ts';
import { pngThread, type DrawPng } from './charts/draw-png.ts';
import { chartRoutes } from './charts/routes.ts';
import type { AccessSettings, PasswordCheck } from './credentials.ts';
import type { HttpContext, HttpEnv } from './env.ts';
import { healthRoutes } from './health.ts';
import { metricsRoutes } from './metrics.ts';
import { openApiRoutes } from './open-api.ts';
import { showProblems } from './pages/failure.ts';
import { pageRoutes } from './pages/routes.ts';
import { answerError, problem } from './problem.ts';
import { reloadRoutes } from './reload.ts';
import type { HttpSources } from './sources.ts';

/** What a reload and a changed web config file replace while requests come in. */
export interface HttpSettings extends AccessSettings {
  /** Headers of every answer, from the web config file; they win over our own. */
  headers: Readonly<Record<string, string>>;
}

export interface AppParts {
  sources: HttpSources;
  settings: () => HttpSettings;
  checkPassword: PasswordCheck;
  logger: Logger;
  clock?: Clock;
  drawPng?: DrawPng;
}

const bodyBytesMax = 1024 * 1024;

// Nothing here is for other sites, nor worth keeping: every answer is of this moment.
const ownHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not no-referrer: with that, browsers leave the origin out of forms, by which those of other sites are told apart.
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Everything that is served, without a socket: `app.request('/metrics', {}, { peer: '127.0.0.1' })` asks it. */
export function createApp(parts: AppParts): OpenAPIHono<HttpEnv> {
  const { sources, settings, checkPassword, logger, clock = systemClock, drawPng = pngThread() } = parts;
  const app = new OpenAPIHono<HttpEnv>({
    defaultHook: (result) => {
      if (!result.success) throw new AppError('INVALID', result.error.issues.flatMap(faultTexts).join('; '));
    },
  });
  app.onError(answerError(logger));
  app.notFound((c) => problem(c, 404, 'There is nothing at this path.'));
  app.use(requestId());
  app.use(async (c, next) => {
    await next();
    finishHeaders(c, settings().headers);
    logRequest(logger, c);
  });
  app.use(showProblems());
  app.use(guardAccess(settings, checkPassword));
  app.use(refuseCompressed);
  app.use(
    bodyLimit({ maxSize: bodyBytesMax, onError: (c: HttpContext) => problem(c, 413, `A body may have ${bodyBytesMax} bytes.`) }),
  );
  app.use(methodNotAllowed({ app, onMethodNotAllowed: refuseMethod }));
  metricsRoutes(app, sources);
  healthRoutes(app, sources, clock);
  reloadRoutes(app, sources);
  pageRoutes(app, sources, clock);
  chartRoutes(app, sources, drawPng, clock);
  app.use('/api/*', etag());
  incidentRoutes(app, sources.incidents);
  feedbackRoutes(app, sources.feedback);
  modelCallRoutes(app, sources.modelCalls);
  slaRoutes(app, sources.slas);
  reportRoutes(app, sources.reports);
  dagRoutes(app, sources.dags);
  customMetricRoutes(app, sources.customMetrics, clock);
  patternRoutes(app, sources.patterns, clock);
  clusterRoutes(app, sources.patterns);
  webhookRoutes(app, sources.webhooks);
  slackWebhookRoutes(app, sources.webhooks, clock);
  openApiRoutes(app, () => sources.status().version);
  return app;
}

/** What changes something is worth a line, with who asked for it. */
function logRequest(logger: Logger, c: HttpContext): void {
  const { method, path } = c.req;
  const by = c.get('identity')?.name;
  const facts = { method, path, status: c.res.status, request_id: c.get('requestId'), ...(by === undefined ? {} : { by }) };
  if (method === 'GET' || method === 'HEAD' || c.res.status >= 400) logger.debug('request', facts);
  else logger.info('request', facts);
}

function faultTexts(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${[...at, key].join('.')}: is not known here; /openapi.json lists what is`);
  return [at.length === 0 ? issue.message : `${at.join('.')}: ${issue.message}`];
}

function refuseMethod(c: HttpContext, methods: string[]): Response {
  c.header('allow', methods.join(', '));
  return problem(c, 405, `Only ${methods.join(', ')} can be used here.`);
}

/** A body that is unpacked could be of any size; none of those who post here pack theirs. */
const refuseCompressed: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const coding = c.req.header('content-encoding') ?? 'identity';
  if (coding.toLowerCase() === 'identity') return next();
  c.header('accept-encoding', 'identity');
  return problem(c, 415, 'Send the body as it is, without Content-Encoding.');
};

function finishHeaders(c: HttpContext, configured: Readonly<Record<string, string>>): void {
  const { headers } = c.res;
  for (const [name, value] of Object.entries(ownHeaders)) headers.set(name, value);
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  for (const [name, value] of Object.entries(configured)) headers.set(name, value);
}
