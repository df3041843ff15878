import { html } from 'hono/html';
import type { DagSummary } from '../sources.ts';
import { badge } from './badge.ts';
import type { Html } from './frame.ts';
import { dagPath } from './incident-side.ts';
import { countText } from '../../lib/number-text.ts';
import { runStrip } from './run-strip.ts';
import { ago } from './time.ts';

export interface DagListView {
  query: { named: string; owner: string; tag: string };
  dags: readonly DagSummary[];
  /** Address of the next page; null on the last. */
  next: string | null;
  now: Date;
}

/** Why a DAG does not run as others do. */
export function dagMarks({ pausedAt, hiddenAt, goneAt }: DagSummary['dag']): Html[] {
  return [
    ...(goneAt === null ? [] : [badge('wait', 'gone')]),
    ...(hiddenAt === null ? [] : [badge('bad', 'does not parse')]),
    ...(pausedAt === null ? [] : [badge('wait', 'paused')]),
  ];
}

/** When it runs next; nothing where nothing starts it by itself. */
export function nextRun({ nextRunAt, pausedAt, hiddenAt, goneAt }: DagSummary['dag'], now: Date): Html | '–' {
  if (nextRunAt === null || pausedAt !== null || hiddenAt !== null || goneAt !== null) return '–';
  return html`${nextRunAt < now ? 'due ' : ''}${ago(nextRunAt, now)}`;
}

/** DAGs that Airflow has, with their last runs. */
export function dagList({ query, dags, next, now }: DagListView): Html {
  const isFiltered = query.named !== '' || query.owner !== '' || query.tag !== '';
  return html`<h1>DAGs</h1>
    <form class="filters short" method="get" action="/dags" role="search" aria-label="Filter DAGs">
      <label>DAG<input name="named" value="${query.named}" maxlength="500" autocomplete="off" spellcheck="false" /></label>
      <label>Owner<input name="owner" value="${query.owner}" maxlength="500" autocomplete="off" spellcheck="false" /></label>
      <label>Tag<input name="tag" value="${query.tag}" maxlength="500" autocomplete="off" spellcheck="false" /></label>
      <button>Filter</button>
      ${isFiltered ? html`<a class="clear" href="/dags">Clear</a>` : ''}
    </form>
    ${
      dags.length === 0
        ? html`<p class="card calm"><b>${isFiltered ? 'No DAG matches.' : 'No DAG is known yet.'}</b></p>`
        : html`<ol class="incidents dags">
            ${dags.map((each) => row(each, now))}
          </ol>`
    }
    ${next === null ? '' : html`<p class="paging"><a href="${next}" rel="next">More</a></p>`}`;
}

function row({ dag, counts, openIncidents, lastRuns }: DagSummary, now: Date): Html {
  const failing = counts?.consecutiveFailures ?? 0;
  return html`<li class="incident ${openIncidents > 0 ? 'error' : ''}">
    <div class="what">
      <a class="headline" href="${dagPath(dag.dagId)}">${dag.dagId}</a> ${dagMarks(dag)}
      <p class="meta">
        ${dag.owners === '' ? '' : html`<span>${dag.owners}</span>`}<span>${dag.schedule === '' ? 'no schedule' : dag.schedule}</span>${dag.tags.slice(0, 4).map((tag) => html`<span>${tag}</span>`)}
      </p>
    </div>
    <div class="trend">${runStrip(lastRuns, { height: 30, step: 11, now })}</div>
    <div class="since">
      <b>${counts?.lastSuccessAt == null ? '–' : ago(counts.lastSuccessAt, now)}</b><small>last success</small>
    </div>
    <div class="since"><b>${nextRun(dag, now)}</b><small>next run</small></div>
    <div class="who">
      ${openIncidents === 0 ? '' : badge('bad', countText(openIncidents, 'incident'))}
      ${failing > 1 ? html`<small>${failing} failures in a row</small>` : ''}
    </div>
  </li>`;
}
