import { html } from 'hono/html';
import type { ShortCause } from '../../explain/causes.ts';
import type { Incident } from '../../incident/incident.ts';
import { badge, categoryBadge, severityBadge, stateBadge } from './badge.ts';
import type { Html } from './frame.ts';
import { countText } from '../../lib/number-text.ts';
import { exactText } from '../../lib/time-text.ts';
import { ago } from './time.ts';
import { headline, kindNames, saidMore, unusual, withoutHeadline } from '../../incident/words.ts';

/** What rows of incidents need besides these. */
export interface RowFacts {
  causes: ReadonlyMap<string, ShortCause>;
  /** How many members they have; those with none are absent. */
  members: ReadonlyMap<string, number>;
  now: Date;
}

export const incidentPath = (id: string): string => `/incidents/${encodeURIComponent(id)}`;

/** Incidents as rows: how bad, what and why, how unusual, since when, and who has it. */
export function incidentRows(incidents: readonly Incident[], facts: RowFacts): Html {
  return html`<ol class="incidents">
    ${incidents.map((each) => row(each, facts))}
  </ol>`;
}

function row(incident: Incident, { causes, members, now }: RowFacts): Html {
  const { id, kind, state, alertSeverity, openedAt, labels } = incident;
  const how = unusual(incident);
  const owner = labels['team'] ?? labels['dag_owner'];
  const count = members.get(id) ?? 0;
  const meta = [
    kindNames[kind],
    ...(owner === undefined ? [] : [owner]),
    ...(count === 0 ? [] : [`with ${countText(count, 'consequence')}`]),
  ];
  return html`<li class="incident ${state === 'resolved' ? 'over' : alertSeverity}">
    <div class="severity">${severityBadge(alertSeverity)}</div>
    <div class="what">
      <a class="headline" href="${incidentPath(id)}">${headline(incident)}</a>
      <p class="why">${why(incident, causes.get(id))}</p>
      <p class="meta">${meta.map((text) => html`<span>${text}</span>`)}</p>
    </div>
    <div class="unusual"><b>${how.short}</b>${how.more === '' ? '' : html`<small>${how.more}</small>`}</div>
    <div class="since"><b>${ago(openedAt, now)}</b><small>${exactText(openedAt, now)}</small></div>
    <div class="who">${standing(incident, now)}</div>
  </li>`;
}

function why(incident: Incident, cause: ShortCause | undefined): Html {
  return cause === undefined
    ? html`${saidMore(incident)}`
    : html`${categoryBadge(cause)} ${withoutHeadline(incident, cause.cause)}`;
}

function standing({ state, acknowledgedBy, resolvedAt, suppression }: Incident, now: Date): Html {
  const by =
    state === 'acknowledged' && acknowledgedBy !== null
      ? html`<small>by ${acknowledgedBy}</small>`
      : state === 'resolved' && resolvedAt !== null
        ? html`<small>${ago(resolvedAt, now)}</small>`
        : '';
  const quiet = suppression === null || state === 'resolved' ? '' : badge('wait', 'suppressed');
  return html`${stateBadge(state)}${quiet}${by}`;
}
