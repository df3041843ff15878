import { html } from 'hono/html';
import type { IncidentEvent, IncidentEventKind } from '../../incident/incident.ts';
import type { IncidentDetail } from '../sources.ts';
import { badge } from './badge.ts';
import { evidenceNames } from './cite.ts';
import type { Html } from './frame.ts';
import { incidentPath, incidentRows, type RowFacts } from './incident-rows.ts';
import { countText } from '../../lib/number-text.ts';
import { exact } from './time.ts';
import { spaced } from '../../incident/words.ts';

/** What is known besides the log, one line an item. */
export function evidenceList({ explanation }: IncidentDetail): Html {
  if (explanation === undefined || explanation.evidence.length === 0) return html``;
  return html`<section>
    <h2 id="evidence">Evidence</h2>
    <dl class="card evidence">
      ${explanation.evidence.map(
        ({ id, text }) =>
          html`<div id="${id}" class="${id === 'E8' ? 'changed' : ''}">
            <dt>${evidenceNames[id]}</dt>
            <dd>${text.split('; ').map((part) => html`<p>${part}</p>`)}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

const membersShown = 50;

/** What follows from it, and what it belongs to. */
export function membersOf({ incident, members }: IncidentDetail, facts: RowFacts): Html {
  const root =
    incident.rootId === null
      ? ''
      : html`<p class="note info">
          Part of <a href="${incidentPath(incident.rootId)}">another incident</a>${
            incident.memberReason === null ? '' : html`: ${incident.memberReason}`
          }.
        </p>`;
  if (members.length === 0) return html`${root}`;
  return html`${root}
    <section>
      <h2 id="members">Consequences <small>${countText(members.length, 'incident')} that this one explains</small></h2>
      ${incidentRows(members.slice(0, membersShown), facts)}
      ${members.length > membersShown ? html`<p class="soft">and ${countText(members.length - membersShown, 'other')}</p>` : ''}
    </section>`;
}

/** Others with the same error, and how they ended. */
export function similarTo({ similar }: IncidentDetail, facts: RowFacts): Html {
  if (similar.length === 0) return html``;
  return html`<section>
    <h2>Similar incidents <small>with the same error</small></h2>
    ${incidentRows(similar, facts)}
  </section>`;
}

const eventNames: Record<IncidentEventKind, string> = {
  opened: 'Opened',
  recurred: 'Seen again',
  retried: 'Tried again',
  severity_raised: 'Got worse',
  escalated: 'Escalated',
  acknowledged: 'Acknowledged',
  unacknowledged: 'Given back',
  suppressed: 'Suppressed',
  unsuppressed: 'Told again',
  joined: 'Joined',
  split: 'Taken out',
  noted: 'Note',
  explained: 'Explained',
  told: 'Told',
  resolved: 'Resolved',
};
const eventsShown = 100;

/** Of recurrences in a row, newest first, the newest stands for those before it. Pure. */
export function foldRepeats(newestFirst: readonly IncidentEvent[]): (IncidentEvent & { before: number })[] {
  const folded: (IncidentEvent & { before: number })[] = [];
  for (const event of newestFirst) {
    const last = folded.at(-1);
    if (last?.kind === 'recurred' && event.kind === 'recurred') last.before += 1;
    else folded.push({ ...event, before: 0 });
  }
  return folded;
}

/** What happened to it, newest first. */
export function timeline({ events }: IncidentDetail, now: Date): Html {
  const told = foldRepeats(events.toReversed());
  const shown = told.slice(0, eventsShown);
  const rest = told.length - shown.length;
  return html`<section>
    <h2 id="timeline">Timeline</h2>
    <ol class="card timeline">
      ${shown.map(
        ({ id, at, kind, who, text, before }) =>
          html`<li class="${kind}">
            <span class="when">${exact(at, now)}</span>
            <div>
              <b>${eventNames[kind]}</b> ${who === 'windsock' ? '' : html`<small>by ${who}</small>`}
              <p id="event-${id}">${text}</p>
              ${before === 0 ? '' : html`<small class="soft">and ${countText(before, 'time')} before</small>`}
            </div>
          </li>`,
      )}
      ${rest > 0 ? html`<li><span></span><span class="soft">and ${countText(rest, 'event')} before</span></li>` : ''}
    </ol>
  </section>`;
}

/** How Alertmanager last had its alerts; nothing where none was sent. */
export function alertStates({ alerts }: IncidentDetail): Html {
  if (alerts.size === 0) return html``;
  return html`<section>
    <h2>In Alertmanager</h2>
    <ul class="card plain-rows">
      ${[...alerts].map(
        ([severity, { state, silencedBy, inhibitedBy }]) =>
          html`<li>
            ${badge(state === 'active' ? 'warn' : 'wait', spaced(state))} alert with severity
            ${severity}${
              silencedBy.length === 0 ? '' : html`, silenced by ${silencedBy.join(', ')}`
            }${inhibitedBy.length === 0 ? '' : html`, held back by ${countText(inhibitedBy.length, 'other alert')}`}
          </li>`,
      )}
    </ul>
  </section>`;
}
