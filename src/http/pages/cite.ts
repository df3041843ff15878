import { html } from 'hono/html';
import type { Citation, EvidenceId } from '../../explain/explanation.ts';
import type { Html } from './frame.ts';

/** What each kind of evidence is about. */
export const evidenceNames: Record<EvidenceId, string> = {
  E1: 'This try',
  E2: 'Its log',
  E3: 'Earlier tries',
  E4: 'Last successes',
  E5: 'History',
  E6: 'Upstream',
  E7: 'Others with the same trouble',
  E8: 'What changed',
  E9: 'Platform',
  E10: 'Impact',
  E11: 'Known already',
  E12: 'Posted values',
};

const isEvidence = (ref: string): ref is EvidenceId => Object.hasOwn(evidenceNames, ref);

/** What proves a cause, quoted, with a link to where it stands. */
export function cite({ ref, quote, verified }: Citation): Html {
  const doubt = verified ? '' : html`<small class="doubt">not found where it is said to stand</small>`;
  if (isEvidence(ref))
    return html`<div class="cite">
      <a class="ref" href="#${ref}">${evidenceNames[ref]}</a>
      <q>${quote}</q>${doubt}
    </div>`;
  return html`<div class="cite line">
    <a class="ref" href="#${ref}">${ref}</a>
    <code>${quote}</code>${doubt}
  </div>`;
}

/** The numbers of the lines of the log that are cited. */
export const citedLines = (citations: readonly Citation[]): Set<number> =>
  new Set(citations.flatMap(({ ref }) => (isEvidence(ref) ? [] : [Number(ref.slice(1))])));

/** A link to elsewhere, if it is one to the web; else its text. */
export function outside(url: string, text: string): Html {
  const isWeb = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  return isWeb ? html`<a href="${url}" rel="noreferrer">${text}</a>` : html`${text}`;
}
