import { html } from 'hono/html';
import { spanText } from '../../lib/time-text.ts';
import type { StatusSummary } from '../sources.ts';
import { fact } from './facts.ts';
import type { Html } from './frame.ts';

const importErrorsMax = 50;
const stacktraceCharsMax = 4000;

const day = (iso: string): string => iso.slice(0, 10);
const timeOfDay = (iso: string): string => `${iso.slice(11, 19)} UTC`;

/** A time as text, in full for machines and for a pointer that rests on it. */
function time(ms: number, shown: (iso: string) => string): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${shown(iso)}</time>`;
}

const milliseconds = (seconds: number): string => (seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`);

function lastCycle({ snapshotAgeMs, snapshotAtMs, cycleSeconds }: StatusSummary): Html {
  if (snapshotAgeMs === null || snapshotAtMs === null) return fact('Last look at Airflow', 'none yet');
  const ago = snapshotAgeMs < 1000 ? 'just now' : `${spanText(snapshotAgeMs)} ago`;
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

/** How Windsock and its reading of Airflow are. */
export const statusPage = (status: StatusSummary): Html =>
  html`<h1>Status</h1>
    ${notes(status)}${facts(status)}${importErrors(status)}${collectors(status)}${links(status)}`;
