import { createHash } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { html, raw } from 'hono/html';
import { z } from 'zod';
import { asksForPage } from '../asks-for-page.ts';
import type { HttpEnv } from '../env.ts';
import { problemType } from '../problem.ts';
import { asText } from './answer.ts';
import type { Html } from './frame.ts';

/** Who may not read may not have the stylesheet either: these pages carry their own few lines. */
const styleText =
  ':root{color-scheme:light dark}body{font:16px/1.55 system-ui,sans-serif;max-width:34rem;margin:18vh auto 0;padding:0 1.25rem}' +
  'h1{font-size:1.35rem;margin:0 0 .5rem}p{margin:.5rem 0}small{opacity:.75}';
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(styleText).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const problemBody = z.object({
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  request_id: z.string().optional(),
});
type Told = z.output<typeof problemBody>;

const advice = (status: number): Html | '' =>
  status === 401
    ? html`<p>
        Sign in with a token: reload this page, and when the browser asks, give the token as password and anything as user name.
        Whoever runs Windsock has the tokens in <code>http.tokens</code>.
      </p>`
    : '';

const failurePage = ({ title, status, detail, request_id: requestId }: Told): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${status} ${title} · Windsock</title>
        ${raw(`<style>${styleText}</style>`)}
      </head>
      <body>
        <main>
          <h1>${status === 401 ? 'Windsock wants to know who you are' : title}</h1>
          ${detail === undefined ? '' : html`<p>${detail}</p>`} ${advice(status)}
          ${status === 401 ? '' : html`<p><a href="/">To the first page</a></p>`}
          ${requestId === undefined ? '' : html`<p><small>Request ${requestId}</small></p>`}
        </main>
      </body>
    </html> `;

/** Shows a browser the problem that it asked its way into as a page: same status, same headers, same words. */
export function showProblems(): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    await next();
    const isProblem = c.res.headers.get('content-type') === problemType;
    if (!isProblem || !asksForPage(c)) return;
    const told = problemBody.parse(await c.res.json());
    const headers = new Headers(c.res.headers);
    headers.set('content-type', 'text/html; charset=UTF-8');
    headers.set('content-security-policy', policy);
    headers.delete('content-length');
    c.res = undefined;
    c.res = new Response(await asText(failurePage(told)), { status: told.status, headers });
  };
}
