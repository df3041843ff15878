import { gone } from './gone.ts';

/** What stands before a quoted value: a prefix of Python's, a call that wraps it, and the quote itself, perhaps escaped. */
const opening = /(?:[A-Za-z_][\w.]{0,40}\()?[bBrRuUfF]{0,2}(\\{0,15})("""|'''|["'])/y;
const scheme = /(bearer|basic|token|digest|negotiate|ntlm|apikey|api-key|splunk|hawk|snowflake|aws4-hmac-sha256)[ ]{1,3}/iy;
const blank = /[\s"']/g;
const inUrl = /[\s"'&#<>]/g;
const lineEnd = /[\r\n]/g;
const quoteOrLineEnd = /["'\r\n]/g;
const tag = /[<\r\n]/g;
const closers: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}' };
/** No closing bracket is looked for beyond this: all up to there counts as the value. */
const listLengthMax = 5000;

const indexOf = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.index ?? text.length;
};

/**
 * From where to where the value goes that begins at `at` and belongs to a name with this core: between quotes, between escaped
 * quotes, between brackets, or up to a blank. An unclosed quote holds the rest of the line. Linear in what it passes.
 */
export function valueAt(text: string, at: number, core: string): [start: number, end: number] {
  opening.lastIndex = at;
  const open = opening.exec(text);
  if (open !== null) return [opening.lastIndex, closingQuote(text, opening.lastIndex, open[1] ?? '', open[2] ?? '"')];
  const closer = closers[text.charAt(at)];
  if (closer !== undefined && !text.startsWith(gone, at)) {
    const end = closingBracket(text, at, text.charAt(at), closer);
    // What goes on behind the bracket is no list.
    return /[^\s,;:)\]}"'\\]/.test(text.charAt(end + 1)) ? [at, indexOf(blank, text, end)] : [at + 1, end];
  }
  if (text.charAt(at - 1) === '>' && text.charAt(at - 2) !== '=') return [at, indexOf(tag, text, at)];
  if (core === 'cookie') return [at, indexOf(quoteOrLineEnd, text, at)];
  scheme.lastIndex = at;
  const named = scheme.exec(text)?.[1]?.toLowerCase();
  if (named !== undefined) {
    const start = scheme.lastIndex;
    // These give several values, with quotes and commas between them.
    const several = named === 'digest' || named === 'hawk' || named.startsWith('aws4');
    return [start, indexOf(several ? lineEnd : blank, text, start)];
  }
  const query = /[?&][\w%.-]{0,60}=$/.test(text.slice(Math.max(0, at - 64), at));
  return [at, indexOf(query ? inUrl : blank, text, at)];
}

const indexOfText = (text: string, part: string, at: number): number => {
  const found = text.indexOf(part, at);
  return found < 0 ? text.length : found;
};

const ends = new Map<string, RegExp>();

function endOf(escapes: string, quote: string): RegExp {
  const known = ends.get(escapes + quote);
  if (known !== undefined) return known;
  const source =
    escapes === '' ? String.raw`\\.|[${quote}\r\n]` : String.raw`(?<!\\)${escapes.replaceAll('\\', '\\\\')}${quote}|[\r\n]`;
  const made = new RegExp(source, 'g');
  ends.set(escapes + quote, made);
  return made;
}

/** Where the quote closes that was opened with so many backslashes before it. */
function closingQuote(text: string, start: number, escapes: string, quote: string): number {
  if (quote.length > 1) return Math.min(indexOf(lineEnd, text, start), indexOfText(text, quote, start));
  const end = endOf(escapes, quote);
  end.lastIndex = start;
  for (let found = end.exec(text); found !== null; found = end.exec(text)) {
    // Of a plain quote: what a backslash escapes does not end it.
    if (escapes !== '' || !found[0].startsWith('\\')) return found.index;
  }
  return text.length;
}

/** Where the bracket closes that stands at `at`, or the end of its line. */
function closingBracket(text: string, at: number, opener: string, closer: string): number {
  const limit = Math.min(text.length, at + listLengthMax);
  let depth = 0;
  for (let index = at; index < limit; index += 1) {
    const char = text.charAt(index);
    if (char === '\n') return index;
    if (char === opener) depth += 1;
    if (char === closer && (depth -= 1) === 0) return index;
  }
  return limit;
}
