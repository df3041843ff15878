import { AppError } from '../../lib/errors.ts';
import type { HttpContext } from '../env.ts';
import type { HttpSources } from '../sources.ts';
import { frameOf, page, pagePolicy, type Html, type Page } from './frame.ts';

/** They turn round what stands after them, far beyond the name or the line of a log that they came in. */
const bidiControls = /[\u202a-\u202e\u2066-\u2069]/g;

/** A page as text, in which nobody's direction marks move the words of others: each shows as a mark that it was there. */
export const asText = async (content: Html): Promise<string> => String(await content).replaceAll(bidiControls, '\ufffd');

/** Answers a page, under the policy of pages. */
export async function send(c: HttpContext, sources: Pick<HttpSources, 'status'>, now: Date, content: Page): Promise<Response> {
  c.header('content-security-policy', pagePolicy);
  return c.html(await asText(page(frameOf(sources, now), content)));
}

/** Null for what is not kept. */
export const orNull = async <Value>(asked: Promise<Value>): Promise<Value | null> =>
  asked.catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
    throw error;
  });
