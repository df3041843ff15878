import type { HttpContext } from './env.ts';

/** Paths that programs ask for, whatever they say they accept. */
const forPrograms = /^\/(?:api\/|metrics$|healthz$|readyz$|openapi\.json$|-\/)/;

/** Whether a browser asks its way to a page. */
export const asksForPage = (c: HttpContext): boolean =>
  /\btext\/html\b/.test(c.req.header('accept') ?? '') && !forPrograms.test(c.req.path);
