import { html } from 'hono/html';
import type { Incident } from '../../incident/incident.ts';
import type { SlaStatus } from '../../sla/status.ts';
import type { DagSources } from '../sources.ts';
import { dagMarks, nextRun } from './dag-list.ts';
import { agoFact, airflowLink, fact, openIncidents } from './facts.ts';
import type { Html } from './frame.ts';
import type { RowFacts } from './incident-rows.ts';
import { dagPath } from './incident-side.ts';
import { countText } from '../../lib/number-text.ts';
import { runStrip, runTable } from './run-strip.ts';
import { slaRows } from './sla-list.ts';
import { taskRows, type TaskView } from './task-rows.ts';
import { exactText } from '../../lib/time-text.ts';

export interface DagView extends RowFacts {
  detail: Awaited<ReturnType<DagSources['read']>>;
  /** Of it, not over, consequences of others included. */
  incidents: readonly Incident[];
  slas: readonly SlaStatus[];
  /** One page of its tasks. */
  tasks: readonly TaskView[];
  /** Which page, from 0. */
  taskPage: number;
  taskPages: number;
  /** Part of their names that was asked for; empty: all. */
  named: string;
  airflow: { url: string | null; version: string };
}

const runsShown = 30;
/** Of more tasks than one page shows, some can be asked for by name. */
const manyTasks = 20;

/** One DAG: its last runs, what is wrong, its SLAs, and its tasks against what is expected of them. */
export function dagPage(view: DagView): Html {
  const { detail, incidents, slas, now, airflow } = view;
  const { dag, lastRuns, activeRuns } = detail.summary;
  const runs = lastRuns.slice(0, runsShown);
  return html`<h1>${dag.dagId} ${dagMarks(dag)}</h1>
    <p class="meta lead">
      ${dag.owners === '' ? '' : html`<span>${dag.owners}</span>`}<span>${dag.schedule === '' ? 'no schedule' : dag.schedule}</span>${dag.tags.map((tag) => html`<span>${tag}</span>`)}<span>${dag.file}</span>${airflowLink(airflow, { dagId: dag.dagId })}
    </p>
    ${facts(view)} ${openIncidents(incidents, view)}
    <section>
      <h2>
        Last runs
        <small
          >${countText(runs.length, 'run')}, the newest at the right; as tall as they are
          long${activeRuns === 0 ? '' : `; ${activeRuns} active`}</small
        >
      </h2>
      <div class="card strip">
        ${runs.length === 0 ? html`<p class="soft">It has not run since Windsock came.</p>` : html`${runStrip(runs, { height: 72, step: 11, stretch: true, now })}${runTable(runs, view)}`}
      </div>
    </section>
    ${
      slas.length === 0
        ? ''
        : html`<section>
            <h2>SLAs</h2>
            ${slaRows(slas, now)}
          </section>`
    }
    ${tasksOf(view)}`;
}

function facts({ detail, incidents, now }: DagView): Html {
  const { dag, counts } = detail.summary;
  const next = nextRun(dag, now);
  const ended = counts === null ? 0 : counts.failure + counts.success;
  const failed =
    ended === 0
      ? 'no run ended since Windsock came'
      : `${counts?.failure} of ${countText(ended, 'run')} failed since Windsock came`;
  return html`<dl class="facts four">
    ${fact('Next run', next, next === '–' || dag.nextRunAt === null ? '' : exactText(dag.nextRunAt, now))}
    ${agoFact('Last success', counts?.lastSuccessAt, now)}
    ${fact('Failures in a row', String(counts?.consecutiveFailures ?? 0), failed)}
    ${fact('Open incidents', String(incidents.length))}
  </dl>`;
}

function tasksOf({ detail, tasks, taskPage, taskPages, named, now }: DagView): Html {
  const path = dagPath(detail.summary.dag.dagId);
  const at = (page: number): string =>
    `${path}?${new URLSearchParams({ ...(named === '' ? {} : { named }), tasks: String(page) }).toString()}#tasks`;
  if (detail.tasks.length === 0) return html`<p class="soft">Its tasks are not read yet.</p>`;
  return html`<section>
    <h2 id="tasks">
      Tasks
      <small
        >${countText(detail.tasks.length, 'task')}: the last tries in their band, the last duration, the usual wait, failures
        since Windsock came</small
      >
    </h2>
    ${detail.tasks.length > manyTasks ? filter(path, named) : ''}
    ${tasks.length === 0 ? html`<p class="card calm"><b>No task matches.</b> <a href="${path}#tasks">Show all</a></p>` : ''}
    ${taskRows(detail.summary.dag.dagId, tasks, now)}
    ${
      taskPages < 2
        ? ''
        : html`<p class="paging">
            ${taskPage === 0 ? '' : html`<a href="${at(taskPage - 1)}" rel="prev">Before</a>`}
            <span class="soft">page ${taskPage + 1} of ${taskPages}</span>
            ${taskPage + 1 >= taskPages ? '' : html`<a href="${at(taskPage + 1)}" rel="next">Next</a>`}
          </p>`
    }
  </section>`;
}

const filter = (path: string, named: string): Html =>
  html`<form class="filters short" method="get" action="${path}#tasks" role="search" aria-label="Filter tasks">
    <label>Task<input name="named" value="${named}" maxlength="500" autocomplete="off" spellcheck="false" /></label>
    <button>Filter</button>
    ${named === '' ? '' : html`<a class="clear" href="${path}#tasks">Clear</a>`}
  </form>`;
