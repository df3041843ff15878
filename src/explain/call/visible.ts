import { withoutEscapes } from '../../lib/ansi.ts';

/** Control characters, soft hyphens, zero width, directions of writing, tags: what hides text, or what only looks like a gap. */
const hidden =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB\u{E0000}-\u{E0FFF}]/gu;

/** `text` without what a reader cannot see. */
export const visible = (text: string): string => withoutEscapes(text).replaceAll(hidden, '');

/** `text` on one line: what can be seen, with single blanks. */
export const folded = (text: string): string => visible(text).replaceAll(/\s+/g, ' ').trim();

/** `text` at most `max` characters long, cut between words where that loses little, with a mark. */
export function capped(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '');
  const blank = cut.lastIndexOf(' ');
  return `${(blank > max * 0.7 ? cut.slice(0, blank) : cut).trimEnd()}…`;
}
