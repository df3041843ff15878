import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { accepts } from 'hono/accepts';
import { htmlOf, mailPolicy } from '../../report/html.ts';
import { markdownOf } from '../../report/markdown.ts';
import { reportKinds } from '../../report/period.ts';
import { tell } from '../../report/tell.ts';
import type { HttpEnv } from '../env.ts';
import type { ReportSources } from '../sources.ts';
import { badRequest, queryOf } from './page.ts';
import { reportJson } from './report-json.ts';
import { reportSchema } from './report-schema.ts';

const types = { json: 'application/json', markdown: 'text/markdown', html: 'text/html' } as const;
const formats = ['json', 'markdown', 'html'] as const;

const route = createRoute({
  method: 'get',
  path: '/api/v1/reports/{kind}',
  tags: ['reports'],
  summary:
    'A day or a week, told: what failed and why, what is slower, SLAs, who took care, noise, cost; compared with the one before',
  request: {
    params: z.object({ kind: z.enum(reportKinds) }),
    query: queryOf({
      date: z
        .string()
        .max(20)
        .optional()
        .describe('A day of the period, by `report.time_zone`; without it the last one that is over.')
        .openapi({ example: '2026-11-25' }),
      format: z.enum(formats).optional().describe('Goes before `Accept`; json where neither says anything.'),
    }),
  },
  responses: {
    200: {
      description: 'The report.',
      content: {
        [types.json]: { schema: reportSchema },
        [types.markdown]: { schema: z.string() },
        [types.html]: { schema: z.string().describe('One file that loads nothing.') },
      },
    },
    400: badRequest,
  },
});

/** GET /api/v1/reports/{daily|weekly}. */
export function reportRoutes(app: OpenAPIHono<HttpEnv>, sources: ReportSources): void {
  app.openapi(route, async (c) => {
    const { kind } = c.req.valid('param');
    const { date, format } = c.req.valid('query');
    const report = await sources.read(kind, date ?? null);
    const wanted =
      format ?? acceptedFormat(accepts(c, { header: 'Accept', supports: Object.values(types), default: types.json }));
    c.header('vary', 'Accept');
    switch (wanted) {
      case 'json':
        return c.json(reportJson(report), 200);
      case 'markdown':
        return c.body(markdownOf(tell(report, sources.base())), 200, { 'content-type': `${types.markdown}; charset=utf-8` });
      case 'html':
        c.header('content-security-policy', mailPolicy);
        return c.body(htmlOf(tell(report, sources.base())), 200, { 'content-type': `${types.html}; charset=utf-8` });
    }
  });
}

const acceptedFormat = (type: string): (typeof formats)[number] => formats.find((each) => types[each] === type) ?? 'json';
