import { exactText } from '../../lib/time-text.ts';
import { redact } from '../../redact/redact.ts';

// Texts of logs, DAGs and people in Slack's markup. Lengths are UTF-16 units of what is sent, entities included: no count of Slack's is longer.

/** What is longer is cut before any rule looks at it; nothing shown comes near it. */
const rawMax = 8192;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** They look the same and format nothing. An underscore inside a word formats nothing either, and names are copied. */
const lookalikes: Readonly<Record<string, string>> = { '*': '∗', '~': '∼', '`': 'ˋ', _: 'ˍ' };

// oxlint-disable-next-line no-control-regex -- they are what is taken out, with marks that turn the direction of text round
const unseen = /[\u0000-\u0008\u000E-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g;

/** Redacted again, without what cannot be seen, and well-formed. */
const safe = (text: string): string => redact(text.slice(0, rawMax).toWellFormed()).replaceAll(unseen, '');
const folded = (text: string): string => safe(text).replaceAll(/\s+/g, ' ').trim();

/** `text` with `& < >` as entities, at most `max` long; the cut is shown and splits neither a character nor an entity. */
function escaped(text: string, max: number): string {
  let whole = '';
  let cut = '';
  for (const character of text) {
    whole += entities[character] ?? character;
    if (whole.length < max) cut = whole;
    if (whole.length > max) return `${cut}…`;
  }
  return whole;
}

/** Text where no markup is read, such as a header's. */
export const plain = (text: string, max: number): string => escaped(folded(text), max);

/** Text within markup, on one line: it is shown as it is, and nothing of it formats, mentions or links. */
export function said(text: string, max: number): string {
  const unformatted = folded(text)
    .replaceAll(/[*~`]|(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])/gu, (marks) =>
      marks.replaceAll(/./gu, (mark) => lookalikes[mark] ?? mark),
    )
    .replace(/^>/, '›')
    .replaceAll(/:(?=(?:[+-]1|[\w+-]*[a-z][\w+-]*):)/gi, '∶');
  return escaped(unformatted, max);
}

/** Lines of a log as a block of code, each of at most `max`; empty without any. */
export function code(lines: readonly string[], max: number): string {
  if (lines.length === 0) return '';
  const shown = lines.map((line) =>
    escaped(
      folded(line).replaceAll(/``+/g, (run) => 'ˋ'.repeat(run.length)),
      max,
    ),
  );
  return `\`\`\`\n${shown.join('\n')}\n\`\`\``;
}

/** Whether an address shows a secret, such as one in the name of a run. */
function showsSecret(href: string): boolean {
  try {
    const read = decodeURIComponent(href);
    return redact(read) !== read;
  } catch {
    return true;
  }
}

/** A link with words of ours; null where there is none, or it is not to the web, too long, or shows a secret. */
export function link(url: string | null, words: string, max: number): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, username, href } = new URL(url);
  if ((protocol !== 'https:' && protocol !== 'http:') || username !== '' || showsSecret(href)) return null;
  const bare = href.replaceAll(/[|<>`]/g, encodeURIComponent).replaceAll('&', '&amp;');
  const whole = `<${bare}|${words}>`;
  return whole.length > max ? null : whole;
}

/** A time in the reader's own time zone. */
export const time = (at: Date, now: Date): string =>
  `<!date^${Math.floor(at.getTime() / 1000)}^{date_short_pretty} {time}|${exactText(at, now)}>`;
