import type { Citation } from './explanation.ts';
import { textAt, type Candidate } from './candidates.ts';
import type { Reduction } from './reduce-log.ts';

const quoteMax = 160;
const citationsMax = 5;

/** So much of a text about its part from `at` on as a quote may hold; it stands there word for word. */
export function quoteOf(text: string, at = 0): string {
  if (text.length <= quoteMax) return text.trim();
  const start = Math.max(0, Math.min(at - 40, text.length - quoteMax));
  return text.slice(start, start + quoteMax).trim();
}

const cite = (line: number, quote: string): Citation => ({ ref: `L${line}`, quote, verified: true });

/** The line of a text of several lines on which its part at `at` stands, and what it says. */
function lineOf(
  { text, line }: Candidate,
  at: number,
  records: Reduction['records'],
): { line: number; text: string; at: number } {
  const start = text.lastIndexOf('\n', Math.max(0, at - 1)) + 1;
  const end = text.indexOf('\n', start);
  const own = text.slice(start, end < 0 ? text.length : end);
  const below = start === 0 ? 0 : text.slice(0, start).split('\n').length - 1;
  // A message that stands in one JSON line has that line's number throughout.
  const isThere = below > 0 && textAt(records, line + below)?.includes(own.trim()) === true;
  return { line: isThere ? line + below : line, text: own, at: at - start };
}

/** Where a cause is shown: where a rule found it, then the error itself, what wraps it, and the last call in the user's code. */
export function citationsOf(
  { records, failure, log }: Reduction,
  found: { candidate: Candidate; at: number } | undefined,
): Citation[] {
  const citations: Citation[] = [];
  if (found !== undefined) {
    const { line, text, at } = lineOf(found.candidate, found.at, records);
    citations.push(cite(line, quoteOf(text, at)));
  }
  if (failure !== undefined) {
    const { type, message, line, exception, wrapper, frame } = failure;
    const [first = ''] = message.split('\n', 1);
    citations.push(
      cite(line, quoteOf(exception === undefined || type === '' ? first : first === '' ? type : `${type}: ${first}`)),
    );
    if (wrapper !== undefined) citations.push(cite(wrapper.line, quoteOf(wrapper.message.split('\n', 1)[0] ?? '')));
    if (frame !== undefined)
      citations.push(cite(frame.at, quoteOf(`File "${frame.file}", line ${frame.line}, in ${frame.function}`)));
  } else {
    const last = log.lines.at(-1);
    if (last !== undefined && found === undefined) citations.push(cite(last.line, quoteOf(last.text)));
  }
  const seen = new Set<string>();
  return citations.filter(({ ref, quote }) => quote !== '' && !seen.has(ref) && seen.add(ref)).slice(0, citationsMax);
}
