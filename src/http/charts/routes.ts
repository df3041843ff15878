import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { chartsPath, checkChartLink } from '../../notify/slack/chart-link.ts';
import type { HttpEnv } from '../env.ts';
import { orNull } from '../pages/answer.ts';
import { readQuery } from '../pages/forms.ts';
import { seriesOf } from '../pages/incident-series.ts';
import { problem } from '../problem.ts';
import type { HttpSources } from '../sources.ts';
import { chartSvg } from './chart-svg.ts';
import type { DrawPng } from './draw-png.ts';

const linkQuery = z.object({
  of: z.string().max(20),
  expires: z.coerce.number().int().min(0).max(1e11),
  signature: z.string().max(100),
});

const keptMax = 64;
const keptForMs = 300_000;
/** Images that are asked for at once; they are drawn one by one. */
const askedMax = 8;

type Png = Uint8Array<ArrayBuffer>;

/** GET /charts/incident/{id}.png: the durations of an incident's task, for Slack. The link is signed, and needs no token. */
export function chartRoutes(
  app: OpenAPIHono<HttpEnv>,
  sources: Pick<HttpSources, 'incidents' | 'dags' | 'charts'>,
  draw: DrawPng,
  clock: Clock,
): void {
  const kept = new Map<string, { png: Png; atMs: number }>();
  const asked = new Map<string, Promise<Png>>();

  async function make(id: string): Promise<Png> {
    const { incident } = await sources.incidents.read(id);
    const { subject } = incident;
    const learned = subject.type === 'task' ? ((await orNull(sources.dags.baseline(subject))) ?? []) : [];
    const series = seriesOf(learned, incident);
    return draw(await chartSvg(series === null ? null : { ...series, now: clock.now() }));
  }

  async function image(id: string, key: string): Promise<Png | 'busy'> {
    const known = kept.get(key);
    if (known !== undefined && clock.monotonicMs() - known.atMs < keptForMs) return known.png;
    const making = asked.get(key);
    if (making !== undefined) return making;
    if (asked.size >= askedMax) return 'busy';
    const made = make(id).finally(() => asked.delete(key));
    asked.set(key, made);
    const png = await made;
    kept.delete(key);
    kept.set(key, { png, atMs: clock.monotonicMs() });
    const [oldest] = kept.keys();
    if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
    return png;
  }

  app.get(`${chartsPath}:file{.+\\.png}`, async (c) => {
    const linkKey = sources.charts.linkKey();
    if (linkKey === undefined) return problem(c, 404, 'There is nothing at this path.');
    const { signature, ...rest } = readQuery(c, linkQuery);
    const incidentId = c.req.param('file').slice(0, -'.png'.length);
    switch (checkChartLink({ incidentId, ...rest }, signature, linkKey, clock.now())) {
      case 'forged':
        return problem(c, 403, 'This Windsock did not sign this link.');
      case 'expired':
        return problem(c, 410, 'This link is no longer good; the page of the incident has the chart.');
      case 'valid': {
        const png = await image(incidentId, `${incidentId} ${rest.of}`);
        if (png === 'busy') {
          c.header('retry-after', '2');
          return problem(c, 429, 'Too many images are being drawn; try again in two seconds.');
        }
        return c.body(png, 200, { 'content-type': 'image/png', 'cache-control': `private, max-age=${keptForMs / 1000}` });
      }
    }
  });
}
