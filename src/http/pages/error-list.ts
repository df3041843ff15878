import { html } from 'hono/html';
import type { ClusterSummary } from '../../patterns/list-clusters.ts';
import { lastDays, trendBars } from './bars.ts';
import type { Html } from './frame.ts';
import { countText } from '../../lib/number-text.ts';
import { exactText } from '../../lib/time-text.ts';
import { ago } from './time.ts';
import { spaced } from '../../incident/words.ts';

export interface ErrorListView {
  query: { dag_id: string; type: string };
  clusters: readonly ClusterSummary[];
  /** Address of the next page; null on the last. */
  next: string | null;
  now: Date;
}

const errorPath = (id: string): string => `/errors/${encodeURIComponent(id)}`;
const trendDays = 30;
const dagsShown = 3;

/** Repeated errors, each as one; the most lately met first. */
export function errorList({ query, clusters, next, now }: ErrorListView): Html {
  const isFiltered = query.dag_id !== '' || query.type !== '';
  return html`<h1>Errors <small>repeated ones as one, the most lately met first</small></h1>
    <form class="filters short" method="get" action="/errors" role="search" aria-label="Filter errors">
      <label>DAG<input name="dag_id" value="${query.dag_id}" maxlength="500" autocomplete="off" spellcheck="false" /></label>
      <label>Class<input name="type" value="${query.type}" maxlength="300" autocomplete="off" spellcheck="false" /></label>
      <button>Filter</button>
      ${isFiltered ? html`<a class="clear" href="/errors">Clear</a>` : ''}
    </form>
    ${
      clusters.length === 0
        ? html`<p class="card calm">
            <b>${isFiltered ? 'No error matches.' : 'No error is known.'}</b> Errors come from the logs of failed tasks, and from
            programs that tell of theirs.
          </p>`
        : html`<ol class="incidents errors">
            ${clusters.map((each) => row(each, now))}
          </ol>`
    }
    ${next === null ? '' : html`<p class="paging"><a href="${next}" rel="next">Older</a></p>`}`;
}

function row({ cluster, places, days, members }: ClusterSummary, now: Date): Html {
  const { id, type, template, example, count, firstSeenAt, lastSeenAt, cause } = cluster;
  const dags = [...new Set(places.map(({ dagId }) => dagId))];
  const rest = dags.length - dagsShown;
  const where = [...dags.slice(0, dagsShown), ...(rest > 0 ? [`and ${countText(rest, 'other DAG')}`] : [])];
  return html`<li class="incident">
    <div class="what">
      <a class="headline" href="${errorPath(id)}">${type}</a>
      <p class="message"><code>${example === '' ? template : example}</code></p>
      ${cause === null ? '' : html`<p class="why"><span class="badge plain">${spaced(cause.category)}</span> ${cause.text}</p>`}
      <p class="meta">
        ${where.map((each) => html`<span>${each}</span>`)}${members > 1 ? html`<span>${countText(members, 'distinct error')}</span>` : ''}
      </p>
    </div>
    <div class="count"><b>${count.toLocaleString('en')}×</b></div>
    <div class="trend">${trendBars(lastDays(days, trendDays, now), [150, 30])}<small>last ${trendDays} days</small></div>
    <div class="since">
      <b>${ago(lastSeenAt, now)}</b><small>first ${exactText(firstSeenAt, now).replace(/ \d\d:.*/, '')}</small>
    </div>
  </li>`;
}
