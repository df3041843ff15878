import type { OpenAPIHono } from '@hono/zod-openapi';
import { html } from 'hono/html';
import { formatDuration } from '../lib/durations.ts';
import { assetRoutes, logo, style } from './assets.ts';
import type { HttpEnv } from './env.ts';
import type { HttpSources, StatusSummary } from './sources.ts';

type Html = ReturnType<typeof html>;

/** No script, and nothing from elsewhere: what Airflow's users wrote stays text even if an escape were forgotten. */
const pagePolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface Verdict {
  tone: 'good' | 'warn' | 'bad' | 'wait';
  text: string;
}

/** So many intervals without a look at Airflow, and at least this long, mean that it stands still. */
const staleIntervals = 3;
const staleAfterMsMin = 30_000;
const importErrorsMax = 50;
const stacktraceCharsMax = 4000;

/** How well Windsock does its work; what is wrong in Airflow is not its business here. */
export function verdictOf(status: StatusSummary): Verdict {
  const { lastError, snapshotAgeMs: ageMs, intervalMs, reports, warnings } = status;
  if (lastError !== null) return { tone: 'bad', text: 'The last cycle failed' };
  if (ageMs === null) return { tone: 'wait', text: 'Starting' };
  if (ageMs > Math.max(staleIntervals * intervalMs, staleAfterMsMin))
    return { tone: 'bad', text: `No news for ${formatDuration(ageMs)}` };
  const failed = reports.filter(({ ok }) => !ok).length;
  if (failed > 0) return { tone: 'warn', text: failed === 1 ? '1 collector fails' : `${failed} collectors fail` };
  if (warnings.length > 0) return { tone: 'warn', text: warnings.length === 1 ? '1 warning' : `${warnings.length} warnings` };
  return { tone: 'good', text: 'Up to date' };
}

const day = (iso: string): string => iso.slice(0, 10);
const timeOfDay = (iso: string): string => `${iso.slice(11, 19)} UTC`;

/** A time as text, in full for machines and for a pointer that rests on it. */
function time(ms: number, shown: (iso: string) => string): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${shown(iso)}</time>`;
}

function fact(name: string, value: Html | string, more: Html | string = ''): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}${more === '' ? '' : html`<small>${more}</small>`}</dd>
  </div>`;
}

const milliseconds = (seconds: number): string => (seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`);

function lastCycle({ snapshotAgeMs, snapshotAtMs, cycleSeconds }: StatusSummary): Html {
  if (snapshotAgeMs === null || snapshotAtMs === null) return fact('Last look at Airflow', 'none yet');
  const ago = snapshotAgeMs < 1000 ? 'just now' : `${formatDuration(snapshotAgeMs)} ago`;
  const took = cycleSeconds === null ? '' : `, took ${milliseconds(cycleSeconds)}`;
  return fact('Last look at Airflow', ago, html`${time(snapshotAtMs, timeOfDay)}${took}`);
}

function facts(status: StatusSummary): Html {
  const percent = Math.floor(status.backfill * 100);
  const history = html`<progress max="100" value="${percent}" aria-label="history read">${percent} %</progress>`;
  const role = status.leader ? fact('Role', 'leader', 'reads Airflow') : fact('Role', 'follower', 'serves what the leader reads');
  return html`<dl class="facts">
    ${fact('Airflow', status.airflowVersion === '' ? 'not seen yet' : status.airflowVersion, status.deployment)} ${role}
    ${lastCycle(status)} ${fact('Series', status.series.toLocaleString('en'), 'of Airflow, in each scrape')}
    ${fact('History read', `${percent} %`, percent < 100 ? history : 'what there was at the first start')}
  </dl>`;
}

function notes({ lastError, warnings }: StatusSummary): Html {
  const failed = lastError === null ? '' : html`<div class="note bad" role="alert"><p>${lastError}</p></div>`;
  const listed = warnings.map((warning) => html`<li>${warning}</li>`);
  return html`${failed}${
    listed.length === 0
      ? ''
      : html`<div class="note warn">
          <ul>
            ${listed}
          </ul>
        </div>`
  }`;
}

function collectorRow({ collector, ok, seconds, error }: StatusSummary['reports'][number]): Html {
  const state = html`<span class="state ${ok ? 'good' : 'bad'}">${ok ? 'ok' : 'failed'}</span>`;
  const why = error === undefined ? '' : html`<p>${error}</p>`;
  return html`<tr>
    <th scope="row">${collector}</th>
    <td>${state}${why}</td>
    <td class="number">${milliseconds(seconds)}</td>
  </tr>`;
}

function collectors({ reports }: StatusSummary): Html {
  const table = html`<table>
    <thead>
      <tr>
        <th scope="col">Collector</th>
        <th scope="col">State</th>
        <th scope="col" class="number">Time</th>
      </tr>
    </thead>
    <tbody>
      ${reports.map(collectorRow)}
    </tbody>
  </table>`;
  const empty = html`<p class="empty">None has run yet.</p>`;
  return html`<section>
    <h2>Collectors <small>in the last cycle</small></h2>
    <div class="card">${reports.length === 0 ? empty : table}</div>
  </section>`;
}

function importErrors({ importErrors: all }: StatusSummary): Html {
  if (all.length === 0) return html``;
  const shown = all.slice(0, importErrorsMax).map(({ filename, atMs, stacktrace }) => {
    const since = atMs === null ? '' : html`<small>since ${time(atMs, (iso) => `${day(iso)} ${timeOfDay(iso)}`)}</small>`;
    const cut = stacktrace.length > stacktraceCharsMax ? `${stacktrace.slice(0, stacktraceCharsMax)}\n…` : stacktrace;
    return html`<details>
      <summary><span>${filename} ${since}</span></summary>
      <pre>${cut}</pre>
    </details>`;
  });
  const rest = all.length - shown.length;
  const more = rest > 0 ? html`<p class="empty">and ${rest} more</p>` : '';
  return html`<section>
    <h2>DAG files that do not parse <small>${all.length}</small></h2>
    <div class="card">${shown}${more}</div>
  </section>`;
}

function links({ airflowUrl }: StatusSummary): Html {
  const airflow = airflowUrl === null ? '' : html`<li><a href="${airflowUrl}" rel="noreferrer">Airflow</a></li>`;
  return html`<section>
    <h2>Look further</h2>
    <ul class="links">
      <li><a href="/metrics">Metrics</a></li>
      ${airflow}
      <li><a href="/readyz">Readiness</a></li>
      <li><a href="/openapi.json">API description</a></li>
    </ul>
  </section>`;
}

/** The landing page: how Windsock and its reading of Airflow are. Values are escaped by the tagged template. */
function landingPage(status: StatusSummary): Html {
  const { tone, text } = verdictOf(status);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${text} · ${status.deployment} · Windsock</title>
        <link rel="icon" href="${logo.url}" />
        <link rel="stylesheet" href="${style.url}" />
      </head>
      <body>
        <header>
          <img src="${logo.url}" alt="" width="48" height="48" />
          <div>
            <h1>Windsock</h1>
            <p>beside Airflow “${status.deployment}”</p>
          </div>
          <span class="verdict ${tone}">${text}</span>
        </header>
        <main>${notes(status)}${facts(status)}${importErrors(status)}${collectors(status)}${links(status)}</main>
        <footer>Windsock ${status.version}</footer>
      </body>
    </html> `;
}

/** GET /: the landing page, and the files it loads. */
export function landingRoutes(app: OpenAPIHono<HttpEnv>, sources: Pick<HttpSources, 'status'>): void {
  assetRoutes(app);
  app.get('/', (c) => {
    c.header('content-security-policy', pagePolicy);
    return c.html(landingPage(sources.status()));
  });
}
