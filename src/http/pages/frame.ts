import { html } from 'hono/html';
import { live, logo, style } from '../assets.ts';
import type { HttpSources } from '../sources.ts';
import { verdictOf, type Verdict } from './verdict.ts';

export type Html = ReturnType<typeof html>;

/**
 * Scripts and styles of our own files only, and nothing from elsewhere: what Airflow's users wrote stays text even if an escape were
 * forgotten.
 */
export const pagePolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** What stands round every page. */
export interface Frame {
  deployment: string;
  version: string;
  verdict: Verdict;
  now: Date;
}

/** The frame of a page that is asked for now. */
export function frameOf(sources: Pick<HttpSources, 'status'>, now: Date): Frame {
  const status = sources.status();
  return { deployment: status.deployment, version: status.version, verdict: verdictOf(status), now };
}

const rooms = [
  ['/incidents', 'Incidents'],
  ['/errors', 'Errors'],
  ['/dags', 'DAGs'],
  ['/slas', 'SLAs'],
  ['/report', 'Report'],
  ['/status', 'Status'],
] as const;
export type Room = (typeof rooms)[number][0] | '/';

export interface Page {
  /** What the browser's tab says first. */
  title: string;
  room: Room;
  /** Seconds between two looks at the same page; absent: it stays as it is. */
  refreshSeconds?: number;
  /** Without a script it loads again, too: only what holds no text that somebody may be writing. */
  reloads?: boolean;
  /** Whose times it shows; absent: UTC. */
  timeZone?: string;
  body: Html;
}

function nav(room: Room): Html {
  const links = rooms.map(([path, name]) =>
    path === room ? html`<a href="${path}" aria-current="page">${name}</a>` : html`<a href="${path}">${name}</a>`,
  );
  return html`<nav aria-label="Pages">${links}</nav>`;
}

/** A whole document. Values are escaped by the tagged template. */
export function page({ deployment, version, verdict }: Frame, content: Page): Html {
  const { title, room, refreshSeconds, reloads = true, timeZone = 'UTC', body } = content;
  const refresh =
    refreshSeconds === undefined
      ? ''
      : html`${reloads ? html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}" /></noscript>` : ''}
          <script type="module" src="${live.url}"></script>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · ${deployment} · Windsock</title>
        <link rel="icon" href="${logo.url}" />
        <link rel="stylesheet" href="${style.url}" />
        ${refresh}
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header>
          <div class="bar">
            <a class="home" href="/"
              ><img src="${logo.url}" alt="" width="26" height="26" /><strong>Windsock</strong>
              <span class="deployment">${deployment}</span></a
            >
            ${nav(room)}
            <a class="verdict ${verdict.tone}" href="/status">${verdict.text}</a>
          </div>
        </header>
        <main id="main" ${refreshSeconds === undefined ? '' : html`data-refresh="${refreshSeconds}"`}>${body}</main>
        <footer>
          Windsock ${version} beside Airflow “${deployment}”. Times are ${timeZone === 'UTC' ? '' : 'those of '}${timeZone}.
        </footer>
      </body>
    </html> `;
}
