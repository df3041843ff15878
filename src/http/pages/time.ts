import { html } from 'hono/html';
import { agoText, exactText } from '../../lib/time-text.ts';
import type { Html } from './frame.ts';

/** A time as people say it; in full for machines, and for a pointer that rests on it. */
export function ago(at: Date, now: Date): Html {
  return html`<time datetime="${at.toISOString()}" title="${exactText(at, now)}">${agoText(at, now)}</time>`;
}

/** A time in full, with how long ago that is. */
export function exact(at: Date, now: Date): Html {
  return html`<time datetime="${at.toISOString()}" title="${agoText(at, now)}">${exactText(at, now)}</time>`;
}
