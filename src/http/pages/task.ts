import { html } from 'hono/html';
import type { Incident } from '../../incident/incident.ts';
import { countText } from '../../lib/number-text.ts';
import type { TaskLearned } from '../../measure/read-task.ts';
import type { CloserView, DagSources } from '../sources.ts';
import { codeChanges } from './code-changes.ts';
import { durationChart, type ChartPoint } from './duration-chart.ts';
import { agoFact, airflowLink, fact, openIncidents } from './facts.ts';
import type { Html } from './frame.ts';
import type { RowFacts } from './incident-rows.ts';
import { dagPath, taskPath } from './incident-side.ts';
import { expectedText, lastDuration, waits } from './task-rows.ts';

type Task = Awaited<ReturnType<DagSources['read']>>['tasks'][number];

export interface TaskPageView extends RowFacts {
  dagId: string;
  task: Task;
  /** Of the DAG. */
  tasks: readonly Task[];
  /** What is learned of it, one for each bucket of map indexes. */
  learned: readonly TaskLearned[];
  /** Of it, not over. */
  incidents: readonly Incident[];
  closer: CloserView;
  airflow: { url: string | null; version: string };
}

const pointsMax = 60;
const bucketsMax = 4;
const namesMax = 20;

/** One task: how long its tries take and wait against what is expected, what is wrong with it, and what it stands between. */
export function taskPage(view: TaskPageView): Html {
  const { dagId, task, learned, incidents, airflow } = view;
  const rest = learned.length - bucketsMax;
  return html`<h1>${task.taskId}</h1>
    <p class="meta lead">
      <span>in <a href="${dagPath(dagId)}">${dagId}</a></span
      ><span>${task.operator}</span>${airflowLink(airflow, { dagId, taskId: task.taskId })}
    </p>
    ${facts(view)} ${openIncidents(incidents, view)}
    ${learned.length === 0 ? html`<p class="card calm">No try of it is kept yet.</p>` : ''}
    ${learned.slice(0, bucketsMax).map((each, index) => series(each, String(index), view))}
    ${rest > 0 ? html`<p class="soft">and ${countText(rest, 'other group')} of map indexes</p>` : ''} ${around(view)}`;
}

function facts({ task: { counts }, learned: [first], now }: TaskPageView): Html {
  const tries = `${countText(counts?.retry ?? 0, 'retry', 'retries')}, ${countText(counts?.success ?? 0, 'success', 'successes')} since Windsock came`;
  return html`<dl class="facts four">
    ${fact('Last duration', lastDuration(counts), expectedText(first))}
    ${fact('Usual wait', first === undefined ? '–' : waits(first))} ${agoFact('Last success', counts?.lastSuccessAt, now)}
    ${fact('Failures', String(counts?.failure ?? 0), tries)}
  </dl>`;
}

/** How long tries ran and how long they waited, one chart each. */
function series({ mapped, baseline, tries }: TaskLearned, id: string, { closer, now }: TaskPageView): Html {
  const pointsOf = (seconds: (each: TaskLearned['tries'][number]) => number | null): ChartPoint[] =>
    tries.slice(-pointsMax).flatMap((each) => {
      const value = seconds(each);
      return value === null ? [] : [{ at: each.endedAt, seconds: value, outcome: each.outcome, marked: false }];
    });
  const band =
    baseline === null ? null : { lower: baseline.lower_seconds, middle: baseline.median_seconds, upper: baseline.upper_seconds };
  const versions = codeChanges(closer);
  const of = mapped === '' ? '' : html` <small>map indexes ${mapped}</small>`;
  const chart = (what: string, name: string, points: ChartPoint[], expected: typeof band): Html =>
    points.length < 2
      ? html``
      : html`<section class="card" aria-labelledby="${name}">
          <h2 id="${name}" class="quiet">${what}${of}</h2>
          ${durationChart({ points, band: expected, versions, name, now })}
        </section>`;
  return html`${chart(
    'Durations',
    `durations-${id}`,
    pointsOf(({ seconds }) => seconds),
    band,
  )}${chart(
    'Waits in the queue',
    `waits-${id}`,
    pointsOf(({ queueWaitSeconds }) => queueWaitSeconds),
    null,
  )}`;
}

function around({ dagId, task, tasks }: TaskPageView): Html {
  const before = tasks.filter(({ downstream }) => downstream.includes(task.taskId)).map(({ taskId }) => taskId);
  const list = (title: string, names: readonly string[], none: string): Html =>
    html`<section class="card side">
      <h2>${title}</h2>
      <p class="meta">
        ${names.slice(0, namesMax).map((name) => html`<span><a href="${taskPath(dagId, name)}">${name}</a></span>`)}
        ${names.length > namesMax ? html`<span>and ${(names.length - namesMax).toLocaleString('en')} more</span>` : ''}
        ${names.length === 0 ? html`<span>${none}</span>` : ''}
      </p>
    </section>`;
  return html`<div class="pair">
    ${list('Waits for', before, 'nothing: it comes first')}${list('Then come', task.downstream, 'nothing: it comes last')}
  </div>`;
}
