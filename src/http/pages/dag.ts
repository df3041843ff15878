import { html } from 'hono/html';
import { taskRunUrl } from '../../airflow/deep-links.ts';
import type { Incident } from '../../incident/incident.ts';
import type { SlaStatus } from '../../sla/status.ts';
import type { DagSources } from '../sources.ts';
import { outside } from './cite.ts';
import { dagMarks, nextRun } from './dag-list.ts';
import type { Html } from './frame.ts';
import { incidentRows, type RowFacts } from './incident-rows.ts';
import { dagPath } from './incident-side.ts';
import { countText } from '../../lib/number-text.ts';
import { runStrip, runTable } from './run-strip.ts';
import { slaRows } from './sla-list.ts';
import { taskRows, type TaskView } from './task-rows.ts';
import { exactText } from '../../lib/time-text.ts';
import { ago } from './time.ts';

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
  const url = airflow.url === null ? null : taskRunUrl(airflow.url, airflow.version, { dagId: dag.dagId }, null);
  const runs = lastRuns.slice(0, runsShown);
  return html`<h1>${dag.dagId} ${dagMarks(dag)}</h1>
    <p class="meta lead">
      ${dag.owners === '' ? '' : html`<span>${dag.owners}</span>`}<span>${dag.schedule === '' ? 'no schedule' : dag.schedule}</span>${dag.tags.map((tag) => html`<span>${tag}</span>`)}<span>${dag.file}</span>${url === null ? '' : html`<span>${outside(url, 'Airflow')}</span>`}
    </p>
    ${facts(view)}
    ${
      incidents.length === 0
        ? ''
        : html`<section>
            <h2>Open incidents</h2>
            ${incidentRows(incidents, view)}
          </section>`
    }
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
  const at = (date: Date | null | undefined): Html =>
    date === null || date === undefined
      ? html`<dd>–</dd>`
      : html`<dd>${ago(date, now)}<small>${exactText(date, now)}</small></dd>`;
  const failing = counts?.consecutiveFailures ?? 0;
  return html`<dl class="facts four">
    <div>
      <dt>Next run</dt>
      <dd>${nextRun(dag, now)}${dag.nextRunAt === null ? '' : html`<small>${exactText(dag.nextRunAt, now)}</small>`}</dd>
    </div>
    <div>
      <dt>Last success</dt>
      ${at(counts?.lastSuccessAt)}
    </div>
    <div>
      <dt>Failures in a row</dt>
      <dd>
        ${failing}<small
          >${counts === null || counts.failure + counts.success === 0 ? 'no run ended since Windsock came' : `${counts.failure} of ${counts.failure + counts.success} runs failed`}</small
        >
      </dd>
    </div>
    <div>
      <dt>Open incidents</dt>
      <dd>${incidents.length}</dd>
    </div>
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
      <small>${countText(detail.tasks.length, 'task')}: the last tries in their band, the last duration, the usual wait</small>
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
