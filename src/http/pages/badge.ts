import { html } from 'hono/html';
import type { ShortCause } from '../../explain/causes.ts';
import type { Incident } from '../../incident/incident.ts';
import type { Html } from './frame.ts';
import { spaced } from '../../incident/words.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'worst' | 'info' | 'wait';

/** A short word in a colour; the word says everything, the colour nothing more. */
export const badge = (tone: Tone, text: string): Html => html`<span class="badge ${tone}">${text}</span>`;

const severityTones: Record<Incident['severity'], Tone> = { critical: 'worst', error: 'bad', warning: 'warn', info: 'info' };
export const severityBadge = (severity: Incident['severity']): Html => badge(severityTones[severity], severity);

const stateTones: Record<Incident['state'], Tone> = { open: 'wait', acknowledged: 'info', resolved: 'good' };
export const stateBadge = (state: Incident['state']): Html => badge(stateTones[state], state);

export const categoryBadge = ({ category, subcategory }: Pick<ShortCause, 'category' | 'subcategory'>): Html =>
  html`<span class="badge plain"
    >${category === 'unknown' ? 'unknown cause' : spaced(category)}${subcategory === '' ? '' : html` <span class="sub">${spaced(subcategory)}</span>`}</span
  >`;

/** How sure an explanation is: three bars and the word. */
export const certaintyMark = (certainty: ShortCause['certainty']): Html =>
  html`<span class="certainty ${certainty}"><i></i><i></i><i></i> ${certainty} confidence</span>`;
