import { html } from 'hono/html';
import { categories, type Explanation } from '../../explain/explanation.ts';
import type { Html } from './frame.ts';
import { incidentPath } from './incident-rows.ts';
import { spaced } from '../../incident/words.ts';

/** Whether an explanation is right, and what would be: forms below the cause. */
export function feedbackForms(id: string, shown: Pick<Explanation, 'category'>): Html {
  const action = `${incidentPath(id)}/feedback`;
  const quick = (verdict: 'up' | 'down', text: string): Html =>
    html`<form method="post" action="${action}"><button name="verdict" value="${verdict}">${text}</button></form>`;
  return html`<div class="feedback" role="group" aria-label="Is this right?">
    <span class="soft">Is this right?</span> ${quick('up', 'Yes')} ${quick('down', 'No')}
    <details id="correct">
      <summary>Say what it was</summary>
      <form method="post" action="${action}">
        <input type="hidden" name="verdict" value="corrected" />
        <label
          >Category<select name="category">
            ${categories.map((each) => html`<option value="${each}" ${each === shown.category ? 'selected' : ''}>${spaced(each)}</option>`)}
          </select></label
        >
        <label>Cause, in a sentence<input name="root_cause" maxlength="240" /></label>
        <button>Send</button>
      </form>
    </details>
  </div>`;
}
