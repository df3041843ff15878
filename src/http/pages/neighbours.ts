import { html } from 'hono/html';
import { taskRunUrl } from '../../airflow/deep-links.ts';
import type { Incident } from '../../incident/incident.ts';
import type { CloserView, DagSources } from '../sources.ts';
import { badge } from './badge.ts';
import { outside } from './cite.ts';
import type { Html } from './frame.ts';
import { incidentPath } from './incident-rows.ts';
import { dagPath } from './incident-side.ts';
import { choose, neighbourhoodOf, type Hop } from './neighbourhood.ts';
import { agoText } from '../../lib/time-text.ts';
import { restRank, standingOf, type TaskStanding } from './task-state.ts';
import { kindNames } from '../../incident/words.ts';

type DagDetail = Awaited<ReturnType<DagSources['read']>>;
type Task = DagDetail['tasks'][number];

const shownMax = 6;
/** Of each hop, tasks whose state is asked for: of many, the ones in trouble are shown. */
const askedMax = 60;

export interface NeighboursView {
  dag: DagDetail;
  incident: Incident;
  /** What is open of the DAG. */
  around: readonly Incident[];
  /** What Airflow says of the run now. */
  closer: CloserView;
  airflow: { url: string | null; version: string };
  now: Date;
}

/** The task, and what surrounds it, whose states a page wants to know: bounded, whatever the DAG. Pure. */
export function tasksToAsk(dag: DagDetail, taskId: string): string[] {
  return (neighbourhoodOf(dag.tasks, taskId)?.hops ?? []).flatMap(({ taskIds }) => taskIds.slice(0, askedMax));
}

const hopNames: Record<string, string> = {
  '-2': 'Two steps before',
  '-1': 'Straight before',
  '0': 'This task',
  '1': 'Straight after',
  '2': 'Two steps after',
};

/** What a task waits for and what waits for it, two steps far, each in the state that it has in this run now. */
export function neighbours(view: NeighboursView): Html {
  const { dag, incident } = view;
  const { subject } = incident;
  if (subject.type !== 'task') return html``;
  const found = neighbourhoodOf(dag.tasks, subject.taskId);
  if (found === null) return html``;
  const tasks = new Map(dag.tasks.map((task) => [task.taskId, task]));
  const edge = (from: string, to: string): boolean => tasks.get(from)?.downstream.includes(to) ?? false;
  const facts = factsOf(view);
  const shown = choose(found.hops, { rank: (id) => facts(id).rank, shownMax, edge });
  const rows = Math.max(...shown.map(({ taskIds }) => taskIds.length));
  const count = (isSide: (hop: number) => boolean): number =>
    shown.filter(({ hop }) => isSide(hop)).reduce((sum, { taskIds }) => sum + taskIds.length, 0);
  const rest = [
    [found.upstream - count((hop) => hop < 0), 'upstream'],
    [found.downstream - count((hop) => hop > 0), 'downstream'],
  ] as const;
  const more = rest.flatMap(([left, side]) => (left > 0 ? [`… and ${left.toLocaleString('en')} more ${side}`] : []));
  const alone = found.upstream + found.downstream === 0;
  return html`<section>
    <h2 id="around">
      Upstream and downstream <small>in <a href="${dagPath(subject.dagId)}">${subject.dagId}</a>${statesText(view)}</small>
    </h2>
    <div class="card">
      <div class="flow" tabindex="0" role="region" aria-labelledby="around">
        ${shown.map((hop, index) => html`${index === 0 ? '' : connector(shown[index - 1], hop, rows, edge)}${column(hop, (id) => node(tasks.get(id), facts(id), edgesTo(id, shown, edge)))}`)}
      </div>
      ${alone ? html`<p class="log-foot">It stands alone: no task comes before or after it.</p>` : ''}
      ${more.length === 0 ? '' : html`<p class="log-foot">${more.map((text) => html`<span>${text}</span>`)}</p>`}
    </div>
  </section>`;
}

function statesText({ closer, incident }: NeighboursView): string {
  if (incident.latest.occasion === null) return '';
  if (!closer.ok) return `; Airflow's database does not say how they stand now: ${closer.reason}`;
  return closer.states.length === 0 ? '; Airflow does not have the run any more' : ', as they stand in this run now';
}

interface NodeFacts {
  standing: TaskStanding | undefined;
  rank: number;
  /** Of the task alone, where one is open. */
  open: Incident | undefined;
  isHere: boolean;
  url: string | null;
  now: Date;
}

function factsOf({ incident, around, closer, airflow, now }: NeighboursView): (taskId: string) => NodeFacts {
  const states = Map.groupBy(closer.ok ? closer.states : [], ({ taskId }) => taskId);
  const open = new Map(around.flatMap((each) => (each.subject.type === 'task' ? [[each.subject.taskId, each] as const] : [])));
  const { subject, latest } = incident;
  const dagId = 'dagId' in subject ? subject.dagId : '';
  return (taskId) => {
    const standing = standingOf(states.get(taskId) ?? [], now);
    const isHere = subject.type === 'task' && subject.taskId === taskId;
    const run = latest.occasion === null ? null : { ...latest.occasion, mapIndex: null, tryNumber: null };
    return {
      standing,
      rank: Math.min(open.has(taskId) ? 0 : restRank, standing?.rank ?? restRank),
      open: isHere ? undefined : open.get(taskId),
      isHere,
      url: airflow.url === null ? null : taskRunUrl(airflow.url, airflow.version, { dagId, taskId }, run),
      now,
    };
  };
}

const column = ({ hop, taskIds }: Hop, each: (taskId: string) => Html): Html =>
  html`<h3>${hopNames[String(hop)] ?? ''}</h3>
    <ul>
      ${taskIds.map(each)}
    </ul>`;

function node(task: Task | undefined, { standing, open, isHere, url, now }: NodeFacts, leadsTo: readonly string[]): Html {
  if (task === undefined) return html``;
  const { taskId, counts } = task;
  const name = url === null ? html`${taskId}` : outside(url, taskId);
  const last = counts?.lastSuccessAt == null ? '' : `succeeded ${agoText(counts.lastSuccessAt, now)}`;
  return html`<li class="node ${standing?.tone ?? ''} ${isHere ? 'here' : ''}">
    <b title="${taskId}">${name}</b>
    <span class="marks"
      >${standing === undefined ? html`<small>${last}</small>` : html`${badge(standing.tone, standing.word)}<small>${standing.more}</small>`}${open === undefined ? '' : html`<a href="${incidentPath(open.id)}">${kindNames[open.kind].toLowerCase()}</a>`}</span
    >
    ${leadsTo.length === 0 ? '' : html`<span class="unseen">leads to ${leadsTo.join(', ')}</span>`}
  </li>`;
}

const edgesTo = (taskId: string, shown: readonly Hop[], edge: (from: string, to: string) => boolean): string[] =>
  shown.flatMap(({ taskIds }) => taskIds.filter((to) => edge(taskId, to)));

/** Height of a node with the room round it, in rem: as in the stylesheet. */
const rowRem = 4.25;

/** The edges from one column to the next; the text of each task says them, too. */
function connector(from: Hop | undefined, to: Hop, rows: number, edge: (from: string, to: string) => boolean): Html {
  const height = rows * 100;
  const y = (hop: Hop, index: number): number => Math.round(height / 2 + (index + 0.5 - hop.taskIds.length / 2) * 100);
  const lines = (from?.taskIds ?? []).flatMap((source, left) =>
    to.taskIds.flatMap((target, right) => {
      if (from === undefined || !edge(source, target)) return [];
      const [a, b] = [y(from, left), y(to, right)];
      return [html`<path d="M0 ${a}C50 ${a} 50 ${b} 100 ${b}" />`];
    }),
  );
  return html`<svg
    class="edges"
    viewBox="0 0 100 ${height}"
    width="100%"
    height="${rows * rowRem}rem"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    ${lines}
  </svg>`;
}
