import type { HttpContext } from '../env.ts';
import type { HttpSources } from '../sources.ts';
import { frameOf, page, pagePolicy, type Page } from './frame.ts';

/** Answers a page, under the policy of pages. */
export function send(
  c: HttpContext,
  sources: Pick<HttpSources, 'status'>,
  now: Date,
  content: Page,
): Response | Promise<Response> {
  c.header('content-security-policy', pagePolicy);
  return c.html(page(frameOf(sources, now), content));
}
