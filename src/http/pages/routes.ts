import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Clock } from '../../lib/clock.ts';
import { assetRoutes } from '../assets.ts';
import type { HttpEnv } from '../env.ts';
import type { HttpSources } from '../sources.ts';
import { send } from './answer.ts';
import { dagPages } from './dag-routes.ts';
import { errorPages } from './error-routes.ts';
import { incidentPages } from './incident-routes.ts';
import { reportPage } from './report-routes.ts';
import { slaPages } from './sla-routes.ts';
import { statusPage } from './status.ts';
import { verdictOf } from './verdict.ts';

/** The pages for people, and the files they load. */
export function pageRoutes(app: OpenAPIHono<HttpEnv>, sources: HttpSources, clock: Clock): void {
  assetRoutes(app);
  incidentPages(app, sources, clock);
  errorPages(app, sources, clock);
  dagPages(app, sources, clock);
  slaPages(app, sources, clock);
  reportPage(app, sources, clock);
  app.get('/status', (c) => {
    const status = sources.status();
    return send(c, sources, clock.now(), {
      title: verdictOf(status).text,
      room: '/status',
      refreshSeconds: 15,
      body: statusPage(status),
    });
  });
}
