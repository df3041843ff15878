import { html } from 'hono/html';
import type { Incident } from '../../incident/incident.ts';
import type { DagSources } from '../sources.ts';
import { badge } from './badge.ts';
import type { Html } from './frame.ts';
import { dagPath } from './incident-side.ts';
import { countText, secondsText } from '../../lib/number-text.ts';
import { ago } from './time.ts';
import { kindNames } from '../../incident/words.ts';

type DagDetail = Awaited<ReturnType<DagSources['read']>>;
type Task = DagDetail['tasks'][number];

const shownMax = 8;

/** What a task waits for and what waits for it, by the newest graph of its DAG: what is wrong with each, and when it last succeeded. */
export function neighbours({ tasks }: DagDetail, subject: Incident['subject'], around: readonly Incident[], now: Date): Html {
  if (subject.type !== 'task') return html``;
  const here = tasks.find(({ taskId }) => taskId === subject.taskId);
  if (here === undefined) return html``;
  const before = tasks.filter(({ downstream }) => downstream.includes(here.taskId));
  const wrong = new Map(around.flatMap(({ kind, subject: of }) => (of.type === 'task' ? [[of.taskId, kind] as const] : [])));
  const after = tasks.filter(({ taskId }) => here.downstream.includes(taskId));
  return html`<section>
    <h2>
      Upstream and downstream <small>in <a href="${dagPath(subject.dagId)}">${subject.dagId}</a></small>
    </h2>
    <div class="card flow">
      ${column('Waits for', before, wrong, now, 'nothing: it comes first')}
      <div class="flow-here"><b>${here.taskId}</b><small>${here.operator}</small></div>
      ${column('Then come', after, wrong, now, 'nothing: it comes last')}
    </div>
  </section>`;
}

function column(
  title: string,
  tasks: readonly Task[],
  wrong: ReadonlyMap<string, Incident['kind']>,
  now: Date,
  none: string,
): Html {
  const rest = tasks.length - shownMax;
  return html`<div>
    <h3>${title}</h3>
    ${tasks.length === 0 ? html`<p class="soft">${none}</p>` : ''}
    <ul>
      ${tasks.slice(0, shownMax).map(
        ({ taskId, counts }) =>
          html`<li>
            <b>${taskId}</b> ${troubleOf(wrong.get(taskId))}
            <small
              >${
                counts?.lastSuccessAt == null
                  ? 'no success since Windsock came'
                  : html`succeeded
                    ${ago(counts.lastSuccessAt, now)}${
                      counts.lastDurationSeconds === null ? '' : `, ${secondsText(counts.lastDurationSeconds)}`
                    }`
              }</small
            >
          </li>`,
      )}
      ${rest > 0 ? html`<li class="soft">and ${countText(rest, 'other')}</li>` : ''}
    </ul>
  </div>`;
}

const troubleOf = (kind: Incident['kind'] | undefined): Html | '' =>
  kind === undefined ? '' : badge(kind === 'task_failed' ? 'bad' : 'warn', kindNames[kind].toLowerCase());
