import { html } from 'hono/html';
import { runbookOf, shownOf } from '../../explain/causes.ts';
import { certaintyOf, type Explanation } from '../../explain/explanation.ts';
import type { IncidentDetail } from '../sources.ts';
import { categoryBadge, certaintyMark } from './badge.ts';
import { cite, outside } from './cite.ts';
import { feedbackForms } from './feedback.ts';
import type { Html } from './frame.ts';
import { ago } from './time.ts';
import { spaced, withoutHeadline } from '../../incident/words.ts';

/** Citations that stand below the cause. */
export const proofsShown = 3;

const sourceText = ({ source, rule }: Pick<Explanation, 'source' | 'rule'>): string => {
  switch (source) {
    case 'rules':
      return rule === null ? 'by what is recorded; no rule says more' : `by the rule “${rule}”`;
    case 'llm':
      return 'by a language model, checked';
    case 'cache':
      return 'by a language model for the same error before, checked again';
  }
};

const outlooks: Record<Explanation['transient'], string> = {
  yes: 'Trying again may help.',
  no: 'Trying again will not help.',
  unclear: '',
};

/** Why it happened, by which lines, and what to do: the middle of an incident's page. */
export function incidentWhy({ incident, explanation }: IncidentDetail, mayWrite: boolean, now: Date): Html {
  if (explanation === undefined)
    return html`<section class="card why-card" aria-labelledby="why">
      <h2 id="why">Why</h2>
      <p class="cause">Not explained yet.</p>
      <p class="soft">Windsock looks at the log and at what surrounds it within a cycle or two of what went wrong.</p>
    </section>`;
  const { shown } = shownOf(explanation);
  const isOlder = explanation.event !== incident.latest.event;
  return html`<section class="card why-card" aria-labelledby="why">
    <h2 id="why">Why</h2>
    <p class="cause">
      ${withoutHeadline(incident, shown.rootCause)}${outlooks[shown.transient] === '' ? '' : html` <small>${outlooks[shown.transient]}</small>`}
    </p>
    <p class="marks">
      ${categoryBadge(shown)} ${certaintyMark(certaintyOf(shown.confidence))} <span class="soft">${sourceText(shown)}</span>
    </p>
    ${isOlder ? html`<p class="soft">This explains an earlier occurrence, ${ago(explanation.madeAt, now)}.</p>` : ''}
    ${proofs(shown)} ${steps(shown, runbookOf(explanation))} ${mayWrite ? feedbackForms(incident.id, shown) : ''}
  </section>`;
}

function proofs({ evidence }: Explanation): Html {
  const first = evidence.slice(0, proofsShown);
  if (first.length === 0) return html``;
  return html`<div class="proofs">${first.map(cite)}</div>`;
}

function steps({ nextSteps, docs }: Explanation, own: string | null): Html {
  const links = [
    ...(own === null ? [] : [outside(own, 'Runbook')]),
    ...(docs === null || docs === own ? [] : [outside(docs, 'Read more about this error')]),
  ];
  const runbook = links.length === 0 ? '' : html`<p class="runbook">${links}</p>`;
  if (nextSteps.length === 0) return html`${runbook}`;
  return html`<h3>What to do</h3>
    <ol class="steps">
      ${nextSteps.map((step) => html`<li>${step}</li>`)}
    </ol>
    ${runbook}`;
}

/** What else it might be, and what the other side says where rules and a model differ. */
export function otherCauses({ explanation }: IncidentDetail): Html {
  if (explanation === undefined) return html``;
  const { shown, other } = shownOf(explanation);
  const rows = [
    ...shown.alternatives.map(({ category, cause, source }) => ({
      category,
      cause,
      who: source === 'rules' ? 'rules' : 'model',
    })),
    ...(other === null || other.rootCause === shown.rootCause
      ? []
      : [{ category: other.category, cause: other.rootCause, who: other.source === 'rules' ? 'rules' : 'model, not verified' }]),
  ];
  const more = shown.evidence.slice(proofsShown);
  if (rows.length === 0 && more.length === 0) return html``;
  return html`<section>
    <h2>Other possible causes</h2>
    <ul class="card plain-rows">
      ${rows.map(
        ({ category, cause, who }) =>
          html`<li><span class="badge plain">${spaced(category)}</span> ${cause} <small class="soft">${who}</small></li>`,
      )}
      ${more.map((each) => html`<li>${cite(each)}</li>`)}
    </ul>
  </section>`;
}
