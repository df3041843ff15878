import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { periodAfter, reportKinds } from '../../report/period.ts';
import type { HttpEnv } from '../env.ts';
import type { HttpSources } from '../sources.ts';
import { send } from './answer.ts';
import { readQuery } from './forms.ts';
import { reportPageBody } from './report.ts';

const query = z.object({ kind: z.enum(reportKinds).default('daily'), date: z.string().max(20).optional() });

/** GET /report. */
export function reportPage(app: OpenAPIHono<HttpEnv>, sources: Pick<HttpSources, 'status' | 'reports'>, clock: Clock): void {
  app.get('/report', async (c) => {
    const now = clock.now();
    const { kind, date } = readQuery(c, query);
    const report = await sources.reports.read(kind, date ?? null);
    const next = periodAfter(report.period);
    const { title, body } = reportPageBody(report, next.from <= now ? next : null);
    return send(c, sources, now, { title, room: '/report', timeZone: report.period.timeZone, body });
  });
}
