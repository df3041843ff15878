import { html } from 'hono/html';
import type { Incident } from '../../incident/incident.ts';
import type { StatusSummary } from '../sources.ts';
import type { Html } from './frame.ts';
import { incidentRows, type RowFacts } from './incident-rows.ts';
import { countText } from '../../lib/number-text.ts';
import { spanText } from '../../lib/time-text.ts';
import { verdictOf } from './verdict.ts';

export interface HomeView extends RowFacts {
  /** Those that are not over; null when the store does not answer. */
  incidents: readonly Incident[] | null;
  /** There are more than these. */
  more: boolean;
  status: StatusSummary;
}

/** The first page: what is wrong with Airflow now, and how well Windsock sees it. */
export function homePage(view: HomeView): Html {
  const { incidents, more, status } = view;
  return html`${lead(view)}
  ${
    incidents === null
      ? html`<p class="note bad" role="alert">Windsock's store does not answer, so that no incidents can be shown.</p>`
      : incidents.length === 0
        ? html`<p class="card calm">What breaks, is late or unusually slow shows up here, with its cause.</p>`
        : incidentRows(incidents, view)
  }
  ${more ? html`<p class="paging"><a href="/incidents">All incidents</a></p>` : ''} ${sight(status)}`;
}

/** What the browser's tab says of it. */
export function homeTitle({ incidents, more, status }: Pick<HomeView, 'incidents' | 'more' | 'status'>): string {
  if (incidents === null) return 'Incidents unknown';
  if (incidents.length > 0) return `${incidents.length}${more ? '+' : ''} open`;
  const { tone, text } = verdictOf(status);
  return tone === 'good' || tone === 'warn' ? 'All calm' : text;
}

/** Nothing known of is no calm while Airflow is not seen. */
function calm(status: StatusSummary): string {
  if (status.snapshotAgeMs === null) return 'Windsock has not seen Airflow yet';
  return verdictOf(status).tone === 'bad'
    ? 'Nothing was wrong when Windsock last saw Airflow'
    : 'Nothing is wrong that Windsock can see';
}

function lead({ incidents, more, status }: HomeView): Html {
  if (incidents === null) return html`<h1>Incidents</h1>`;
  if (incidents.length === 0) return html`<h1>${calm(status)}</h1>`;
  const open = incidents.filter(({ state }) => state === 'open').length;
  const taken = incidents.length - open;
  const count = `${countText(incidents.length, 'incident')}${more ? ' and more' : ''}`;
  return html`<h1>
    ${count} <small>${taken === 0 ? 'nobody has taken one up yet' : open === 0 ? 'all taken up' : `${taken} taken up`}</small>
  </h1>`;
}

function sight(status: StatusSummary): Html {
  const { airflowVersion, snapshotAgeMs, series, backfill, leader } = status;
  const { tone, text } = verdictOf(status);
  const parts = [
    ...(airflowVersion === '' ? [] : [`Airflow ${airflowVersion}`]),
    snapshotAgeMs === null ? 'not read yet' : `read ${spanText(snapshotAgeMs)} ago`,
    leader ? 'leader' : 'follower',
    `${series.toLocaleString('en')} series`,
    ...(backfill < 1 ? [`${Math.floor(backfill * 100)} % of its history read`] : []),
  ];
  return html`<section class="card sight" aria-label="Status">
    <span class="verdict ${tone}">${text}</span>
    <p class="meta">${parts.map((part) => html`<span>${part}</span>`)}</p>
    <p class="meta"><a href="/status">Status of Windsock</a> <a href="/metrics">Metrics</a> <a href="/openapi.json">API</a></p>
  </section>`;
}
