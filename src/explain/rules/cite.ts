import { headline, type Frame } from '../../logs/exceptions.ts';
import { linesOf } from '../../logs/record.ts';
import type { Citation } from '../explanation.ts';
import { textAt, type Candidate } from '../call/candidates.ts';
import { isOrder, leftOut, orderless } from '../call/orders.ts';
import type { Reduction } from '../log/reduce-log.ts';
import { folded } from '../call/visible.ts';

const quoteMax = 160;
const citationsMax = 5;

/** So much of a line about its part from `at` on as a quote may hold. It stands there word for word; what speaks to a model is left out. */
export function quoteOf(text: string, at = 0): string {
  if (isOrder(text)) return folded(orderless(text).replace(leftOut, '')).slice(0, quoteMax).trim();
  if (text.length <= quoteMax) return folded(text);
  // From the beginning where that shows what was found, else from a word before it.
  const start = at <= quoteMax / 2 ? 0 : text.lastIndexOf(' ', at - 20) + 1;
  const part = text.slice(start, start + quoteMax);
  const end = start + quoteMax >= text.length ? part.length : part.lastIndexOf(' ');
  return folded(end > quoteMax / 2 ? part.slice(0, end) : part);
}

const cite = (line: number, quote: string): Citation => ({ ref: `L${line}`, quote, verified: true });

/** Where in the log a rule found what it knows. */
export interface Place {
  candidate: Candidate;
  at: number;
}

/** So many lines below its class the message of an exception may begin. */
const messageBelowMax = 5;

/** A text about its part from `at` on, as it stands on a line; of an exception whose message begins below its class, the message there. */
function citeText(line: number, text: string, at: number, records: Reduction['records']): Citation {
  const quote = quoteOf(text, at);
  const own = records.findLast((each) => each.line <= line);
  // What is told as data stands on its line as data.
  const isData = own === undefined || own.error !== undefined;
  if (isData || linesOf(own).some((each) => each.line === line && folded(each.text).includes(quote))) return cite(line, quote);
  const begins = text.indexOf(': ') + 2;
  const message = begins < 2 ? '' : quoteOf(text.slice(begins), Math.max(0, at - begins));
  const places = message === '' ? [] : Array.from({ length: messageBelowMax + 1 }, (_, below) => line + below);
  const place = places.find((each) => folded(textAt(records, each, message) ?? '').includes(message));
  return place === undefined ? cite(line, quoteOf(textAt(records, line) ?? '')) : cite(place, message);
}

/** The line of a text of several lines on which its part at `at` stands. */
function citeFound({ candidate: { text, line }, at }: Place, records: Reduction['records']): Citation {
  const start = text.lastIndexOf('\n', Math.max(0, at - 1)) + 1;
  const end = text.indexOf('\n', start);
  const own = text.slice(start, end < 0 ? text.length : end);
  const below = start === 0 ? 0 : text.slice(0, start).split('\n').length - 1;
  // A message that stands in one JSON line has that line's number throughout.
  const isThere = below > 0 && textAt(records, line + below)?.includes(own.trim()) === true;
  return citeText(isThere ? line + below : line, own, at - start, records);
}

/** A call as the log has it or, where it stands there as data, as Python writes it. */
function callText({ file, line, function: name, at }: Frame, records: Reduction['records']): string {
  const text = textAt(records, at, name) ?? '';
  return text.includes(name) ? text.trim() : `File "${file}", line ${line}, in ${name}`;
}

/** Where a cause is shown: where a rule found it, then the error itself, what it came out as, what wraps it, and the last call in the user's code. */
export function citationsOf({ records, failure, log }: Reduction, found?: Place): Citation[] {
  const citations: Citation[] = found === undefined ? [] : [citeFound(found, records)];
  if (failure === undefined) {
    const last = log.lines.at(-1);
    if (last !== undefined && found === undefined) citations.push(cite(last.line, quoteOf(last.text)));
  } else {
    const { type, message, line, exception, wrapper, frame } = failure;
    if (exception === undefined)
      citations.push(cite(line, quoteOf(message.trim().split('\n', 1)[0] || (textAt(records, line) ?? ''))));
    else
      citations.push(
        citeText(line, headline({ type, message }), 0, records),
        citeText(exception.line, headline(exception), 0, records),
      );
    if (wrapper !== undefined) citations.push(citeText(wrapper.line, headline(wrapper), 0, records));
    if (frame !== undefined) citations.push(cite(frame.at, quoteOf(callText(frame, records))));
  }
  const seen = new Set<string>();
  return citations.filter(({ ref, quote }) => quote !== '' && !seen.has(ref) && seen.add(ref)).slice(0, citationsMax);
}
