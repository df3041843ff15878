import type { Feedback } from './feedback-rows.ts';
import type { Category } from '../explanation.ts';

/** A rule that a confirmed opinion suggests, for a person to look at. */
export interface SuggestedRule {
  category: Category;
  /** Class of the exception, by its last name; empty: any. */
  type: string;
  /** Regular expression for the message, with what varies left open. */
  text: string;
  cause: string;
}

const textMax = 200;
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** What varies from one case to the next. */
const varying = /'[^']{1,80}'|"[^"]{1,80}"|\b(?=\w{0,6}\d)[0-9a-f]{7,}\b|\d+/g;
const open = (found: string): string =>
  /^\d/.test(found) && !/[a-f]/.test(found)
    ? String.raw`\d+`
    : /^['"]/.test(found)
      ? `${found[0]}[^${found[0]}]+${found[0]}`
      : '[0-9a-f]+';

/** The first line of a message as a pattern. */
function patternOf(message: string): string {
  const line = (message.split('\n', 1)[0] ?? '').slice(0, textMax);
  let [text, from] = ['', 0];
  for (const { 0: found, index } of line.matchAll(varying)) {
    text += escaped(line.slice(from, index)) + open(found);
    from = index + found.length;
  }
  return (text + escaped(line.slice(from))).trim();
}

/** The rule that a confirmed opinion suggests; null where there is none, or nothing that a rule could look for. Pure. */
export function suggestRule({ state, category, rootCause, said, errorType, errorMessage }: Feedback): SuggestedRule | null {
  const text = patternOf(errorMessage);
  if (state !== 'confirmed' || (text === '' && errorType === '')) return null;
  const type = errorType.split('.').at(-1) ?? '';
  return { category: category ?? said.category, type, text, cause: rootCause ?? said.rootCause };
}
