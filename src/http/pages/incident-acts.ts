import { html } from 'hono/html';
import type { Incident } from '../../incident/incident.ts';
import type { Html } from './frame.ts';
import { incidentPath } from './incident-rows.ts';

const form = (id: string, act: string, body: Html): Html =>
  html`<form method="post" action="${incidentPath(id)}/${act}">${body}</form>`;

const button = (id: string, act: string, text: string, look = ''): Html =>
  form(id, act, html`<button class="${look}">${text}</button>`);

/** What people can do to an incident: plain forms, which work without a script. */
export function incidentActs({ id, state, rootId, suppression }: Incident, mayWrite: boolean): Html {
  if (!mayWrite) return html`<p class="soft">Your token may only read: changing an incident needs the scope write.</p>`;
  const isOver = state === 'resolved';
  const suppressed = suppression?.reason === 'person';
  return html`<section class="card side acts" aria-label="Actions">
    ${
      isOver
        ? ''
        : html`<div class="buttons">
            ${state === 'open' ? button(id, 'acknowledge', 'Acknowledge', 'primary') : button(id, 'unacknowledge', 'Give back')}
            ${button(id, 'resolve', 'Resolve')} ${suppressed ? button(id, 'unsuppress', 'Tell again') : ''}
            ${rootId === null ? '' : button(id, 'split', 'Take out of its incident')}
          </div>`
    }
    ${
      isOver || suppressed
        ? ''
        : html`<details id="suppress">
            <summary>Suppress</summary>
            ${suppressForm(id)}
          </details>`
    }
    <details id="note">
      <summary>Add a note</summary>
      ${form(
        id,
        'note',
        html`<label>Note<textarea name="text" required maxlength="2000" rows="3"></textarea></label><button>Add note</button>`,
      )}
    </details>
  </section>`;
}

function suppressForm(id: string): Html {
  return form(
    id,
    'suppress',
    html`<label
        >Tell nobody for<select name="hours">
          <option value="1">an hour</option>
          <option value="4">4 hours</option>
          <option value="24">a day</option>
          <option value="168">a week</option>
        </select></label
      >
      <label>Why<input name="note" maxlength="2000" /></label><button>Suppress</button>`,
  );
}
