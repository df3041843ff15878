import { html } from 'hono/html';
import { taskRunUrl } from '../../airflow/deep-links.ts';
import { shownOf } from '../../explain/causes.ts';
import type { EvidenceId } from '../../explain/explanation.ts';
import { outside } from './cite.ts';
import { fact } from './facts.ts';
import type { Html } from './frame.ts';
import type { IncidentView } from './incident-view.ts';
import { proofsShown } from './incident-why.ts';
import { countText } from '../../lib/number-text.ts';
import { ago, exact } from './time.ts';
import { endTexts, unusual } from '../../incident/words.ts';

export const dagPath = (dagId: string): string => `/dags/${encodeURIComponent(dagId)}`;

export const taskPath = (dagId: string, taskId: string): string => `${dagPath(dagId)}/tasks/${encodeURIComponent(taskId)}`;

/** Since when, how unusual, where: beside the cause. */
export function incidentFacts({ detail, airflow, now }: IncidentView): Html {
  const { incident } = detail;
  const { latest, labels, recurrences, first, acknowledgedAt, acknowledgedBy, resolvedAt, endReason } = incident;
  const { occasion, subject } = latest;
  const how = unusual(incident);
  const history = incident.kind === 'task_failed' || incident.kind === 'dag_run_failed' ? partsOf(detail, 'E5')[0] : undefined;
  const dagId = 'dagId' in subject ? subject.dagId : '';
  const url =
    airflow.url === null
      ? null
      : taskRunUrl(airflow.url, airflow.version, { dagId, taskId: 'taskId' in subject ? subject.taskId : '' }, occasion);
  const tried = occasion?.tryNumber ?? null;
  const owner = [labels['dag_owner'], labels['team']].filter((name) => name !== undefined).join(', team ');
  return html`<section class="card side" aria-label="Facts">
    <dl>
      ${fact('Since', html`${exact(first.since, now)} <small>${ago(first.since, now)}</small>`)}
      ${how.short === '' ? '' : fact(recurrences > 0 && latest.expected === null ? 'How often' : 'How unusual', html`<b>${how.short}</b>${how.more === '' ? '' : html` <small>${how.more}</small>`}`)}
      ${history === undefined ? '' : fact('Before', history)}
      ${dagId === '' ? '' : fact('DAG', html`<a href="${dagPath(dagId)}">${dagId}</a>`)}
      ${subject.type === 'task' ? fact('Task', html`<a href="${taskPath(dagId, subject.taskId)}">${subject.taskId}</a>${mapped(occasion?.mapIndex)}`) : ''}
      ${
        occasion === null
          ? ''
          : fact(
              'Run',
              html`${url === null ? occasion.runId : outside(url, occasion.runId)}${tried === null ? '' : html` <small>try ${tried}</small>`}`,
            )
      }
      ${owner === '' ? '' : fact('Owner', owner)}
      ${acknowledgedBy === null || acknowledgedAt === null ? '' : fact('Acknowledged', html`${acknowledgedBy} <small>${ago(acknowledgedAt, now)}</small>`)}
      ${resolvedAt === null ? '' : fact('Resolved', html`${exact(resolvedAt, now)}${endReason === null ? '' : html` <small>${endTexts[endReason]}</small>`}`)}
    </dl>
  </section>`;
}

const mapped = (index: number | null | undefined): string =>
  index === null || index === undefined || index < 0 ? '' : ` [${index}]`;

/** These begin a clause and are no names. */
const ownWords = /^(?:it|deadline|since|the|no|nothing|run)(?= )/;
const asSentence = (part: string): string => part.replace(ownWords, (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);

/** What an item of the evidence says, part by part; empty where there is none. */
const partsOf = ({ explanation }: IncidentView['detail'], id: EvidenceId): string[] =>
  explanation?.evidence.find((item) => item.id === id)?.text.split('; ') ?? [];

/** Who is affected: what the evidence says, and what follows from it. */
export function incidentImpact({ detail }: IncidentView): Html {
  const { members } = detail;
  const known = partsOf(detail, 'E10');
  const open = members.filter(({ state }) => state !== 'resolved').length;
  const follows =
    open === 0
      ? ''
      : html`<p><a href="#members">${countText(open, 'consequence')}</a> ${open === 1 ? 'is' : 'are'} part of this incident.</p>`;
  return html`<section class="card side" aria-labelledby="impact">
    <h2 id="impact">Who is affected</h2>
    ${known.length === 0 && open === 0 ? html`<p class="soft">Nobody else, as far as is known.</p>` : known.map((part) => html`<p>${asSentence(part)}</p>`)}${follows}
  </section>`;
}

/** What changed since the last success, if that is known. */
export function whatChanged(detail: IncidentView['detail']): Html {
  const { explanation } = detail;
  const cited = explanation === undefined ? [] : shownOf(explanation).shown.evidence.slice(0, proofsShown);
  const known = partsOf(detail, 'E8').filter((part) => !cited.some(({ ref, quote }) => ref === 'E8' && quote === part));
  if (known.length === 0) return html``;
  return html`<section class="card side" aria-labelledby="changed">
    <h2 id="changed">What changed</h2>
    ${known.map((part) => html`<p>${asSentence(part)}</p>`)}
  </section>`;
}
