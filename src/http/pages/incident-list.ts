import { html } from 'hono/html';
import type { Incident } from '../../incident/incident.ts';
import type { Html } from './frame.ts';
import { incidentRows, type RowFacts } from './incident-rows.ts';
import { kindNames } from '../../incident/words.ts';

/** What is asked for, as it stands in the address; empty: everything. */
export interface ListQuery {
  state: 'open' | 'acknowledged' | 'resolved' | 'active' | 'all';
  severity: string;
  kind: string;
  dag_id: string;
  owner: string;
}

export interface IncidentListView extends RowFacts {
  query: ListQuery;
  incidents: readonly Incident[];
  /** Cursor of the next page; null on the last. */
  next: string | null;
  /** Not the first page. */
  later: boolean;
  /** What ended last, shown below what is not over; empty when something else is asked for. */
  resolved: readonly Incident[];
}

const states: [ListQuery['state'], string][] = [
  ['active', 'Not over'],
  ['open', 'Open'],
  ['acknowledged', 'Acknowledged'],
  ['resolved', 'Resolved'],
  ['all', 'All'],
];
const severities = ['critical', 'error', 'warning', 'info'];

const option = (value: string, text: string, chosen: string): Html =>
  value === chosen ? html`<option value="${value}" selected>${text}</option>` : html`<option value="${value}">${text}</option>`;

/** The address of a list with `changes` made. */
function listPath(query: ListQuery, changes: Record<string, string> = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, ...changes }))
    if (value !== '' && !(name === 'state' && value === 'active')) params.set(name, value);
  const text = params.toString();
  return text === '' ? '/incidents' : `/incidents?${text}`;
}

function filters(query: ListQuery): Html {
  const isFiltered = listPath(query, { state: 'active' }) !== '/incidents';
  return html`<form class="filters" method="get" action="/incidents" role="search" aria-label="Filter incidents">
    <label
      >State<select name="state">
        ${states.map(([value, text]) => option(value, text, query.state))}
      </select></label
    >
    <label
      >Severity<select name="severity">
        ${option('', 'Any', query.severity)}${severities.map((each) => option(each, each, query.severity))}
      </select></label
    >
    <label
      >Kind<select name="kind">
        ${option('', 'Any', query.kind)}${Object.entries(kindNames).map(([kind, name]) => option(kind, name, query.kind))}
      </select></label
    >
    <label>DAG<input name="dag_id" value="${query.dag_id}" maxlength="500" autocomplete="off" spellcheck="false" /></label>
    <label>Owner<input name="owner" value="${query.owner}" maxlength="500" autocomplete="off" spellcheck="false" /></label>
    <button>Filter</button>
    ${isFiltered ? html`<a class="clear" href="${listPath({ ...query, severity: '', kind: '', dag_id: '', owner: '' })}">Clear</a>` : ''}
  </form>`;
}

const empty = (query: ListQuery): Html =>
  listPath(query) === '/incidents'
    ? html`<p class="calm card">
        <b>Nothing is wrong that Windsock can see.</b> What breaks, is late or unusually slow shows up here.
      </p>`
    : html`<p class="calm card"><b>No incident matches.</b> <a href="/incidents">Show all that are not over</a></p>`;

/** The list of incidents, with filters; those that are not over unless something else is asked for. */
export function incidentList(view: IncidentListView): Html {
  const { query, incidents, next, later, resolved } = view;
  return html`<h1>Incidents</h1>
    ${filters(query)} ${incidents.length === 0 ? empty(query) : incidentRows(incidents, view)}
    ${
      later || next !== null
        ? html`<p class="paging">
            ${later ? html`<a href="${listPath(query)}">Newest</a>` : ''}
            ${next === null ? '' : html`<a href="${listPath(query, { cursor: next })}" rel="next">Older</a>`}
          </p>`
        : ''
    }
    ${
      resolved.length === 0
        ? ''
        : html`<section>
            <h2>
              Resolved lately <small><a href="${listPath({ ...query, state: 'resolved' })}">all</a></small>
            </h2>
            ${incidentRows(resolved, view)}
          </section>`
    }`;
}
