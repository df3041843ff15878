import { AppError } from '../../lib/errors.ts';
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

/** Null for what is not kept. */
export const orNull = async <Value>(asked: Promise<Value>): Promise<Value | null> =>
  asked.catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
    throw error;
  });
