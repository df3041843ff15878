import { html } from 'hono/html';
import { taskRunUrl } from '../../airflow/deep-links.ts';
import type { Incident } from '../../incident/incident.ts';
import { exactText } from '../../lib/time-text.ts';
import { outside } from './cite.ts';
import type { Html } from './frame.ts';
import { incidentRows, type RowFacts } from './incident-rows.ts';
import { ago } from './time.ts';

/** One fact of a row of them: its name, what it is, and a line below that says more. */
export const fact = (name: string, value: Html | string, more: Html | string = ''): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}${more === '' ? '' : html`<small>${more}</small>`}</dd>
  </div>`;

/** How long ago something was, and when. */
export const agoFact = (name: string, at: Date | null | undefined, now: Date): Html =>
  at == null ? fact(name, '–') : fact(name, ago(at, now), exactText(at, now));

/** The way to the same DAG or task in Airflow; nothing where its address is not configured. */
export function airflowLink(
  { url, version }: { url: string | null; version: string },
  place: { dagId: string; taskId?: string },
): Html | '' {
  const to = url === null ? null : taskRunUrl(url, version, place, null);
  return to === null ? '' : html`<span>${outside(to, 'Airflow')}</span>`;
}

/** What is wrong with it now; nothing where nothing is. */
export const openIncidents = (incidents: readonly Incident[], facts: RowFacts): Html | '' =>
  incidents.length === 0
    ? ''
    : html`<section>
        <h2>Open incidents</h2>
        ${incidentRows(incidents, facts)}
      </section>`;
