import { folded } from './visible.ts';

/** Shorter ones stand anywhere; a whole line may be as short as it is. */
const quoteMin = 6;
/** Shorter ones differ by a letter that changes what they say. */
const fuzzyMin = 16;
const similarityMin = 0.9;

/** What a model puts round a quote: the line's name before it, quotation marks, dots where it stopped. */
function bare(quote: string): string {
  return folded(quote)
    .replace(/^(?:\[?[LE]\d{1,9}\]?[:.]?\s+)/, '')
    .replace(/^(["'`“‘«])(.*)["'`”’»]$/s, '$2')
    .replace(/^(?:…|\.{3})\s?|\s?(?:…|\.{3})$/g, '')
    .trim();
}

/** Numbers must be the line's own: one digit is another order, another host, another time. */
const numbersOf = (text: string): string[] => text.match(/\d+/g) ?? [];
/** And so must be what turns a sentence round. */
const negations = /\b(?:not?|never|none|without|cannot|un\w{3,}|in(?:valid|complete|sufficient)\w*|\w+n't)\b/gi;
const turnsOf = (text: string): number => (text.match(negations) ?? []).length;

/**
 * Where `quote` stands on `line`, as the line has it: word for word but for blanks, or with at most a tenth of its letters
 * wrong; in parts where it leaves something out. Undefined: it does not stand there.
 */
export function findQuote(quote: string, line: string): string | undefined {
  const wanted = bare(quote);
  const text = folded(line);
  if (wanted === '' || text === '') return undefined;
  if (wanted.length < quoteMin) return wanted === text ? text : undefined;
  if (placeOf(wanted, text) >= 0) return wanted;
  const parts = wanted.split(/\s?(?:…|\.{3})\s?/).filter((part) => part !== '');
  if (parts.length > 1) return inParts(parts, text);
  return nearly(wanted, text);
}

/** Whether what stands from `start` to `end` begins or ends within a number: `exit code 1` does not stand in `exit code 137`. */
const cutsNumber = (text: string, start: number, end: number): boolean =>
  /\d[.,]?\d$/.test(text.slice(Math.max(0, start - 2), start + 1)) || /^\d[.,]?\d/.test(text.slice(end - 1, end + 2));

/** Where `wanted` stands word for word, at `from` or behind it; -1: nowhere. */
function placeOf(wanted: string, text: string, from = 0): number {
  for (let at = text.indexOf(wanted, from); at >= 0; at = text.indexOf(wanted, at + 1))
    if (!cutsNumber(text, at, at + wanted.length)) return at;
  return -1;
}

function inParts(parts: readonly string[], text: string): string | undefined {
  if (parts.some((part) => part.length < quoteMin)) return undefined;
  let [from, start] = [0, -1];
  for (const part of parts) {
    const at = placeOf(part, text, from);
    if (at < 0) return undefined;
    if (start < 0) start = at;
    from = at + part.length;
  }
  return text.slice(start, from);
}

function nearly(wanted: string, text: string): string | undefined {
  if (wanted.length < fuzzyMin) return undefined;
  const { distance, start, end } = nearest(wanted.toLowerCase(), text.toLowerCase());
  if (1 - distance / wanted.length < similarityMin || cutsNumber(text, start, end)) return undefined;
  const found = text.slice(start, end);
  const own = numbersOf(found);
  if (numbersOf(wanted).join(' ') !== own.join(' ')) return undefined;
  return turnsOf(found) === turnsOf(wanted) ? found.trim() : undefined;
}

/** The part of `text` with the least edit distance to `wanted` (Sellers, 1980). */
function nearest(wanted: string, text: string): { distance: number; start: number; end: number } {
  // Of each prefix of `wanted`, against what ends at the letter of the round: the distance, and where that begins.
  let distances = Array.from({ length: wanted.length + 1 }, (_, row) => row);
  let starts = distances.map(() => 0);
  let best = { distance: wanted.length, start: 0, end: 0 };
  for (let column = 1; column <= text.length; column += 1) {
    const [nextDistances, nextStarts] = [[0], [column]];
    for (let row = 1; row <= wanted.length; row += 1) {
      const same = wanted[row - 1] === text[column - 1] ? 0 : 1;
      const [both, inserted, left] = [
        (distances[row - 1] ?? 0) + same,
        (distances[row] ?? 0) + 1,
        (nextDistances[row - 1] ?? 0) + 1,
      ];
      const least = Math.min(both, inserted, left);
      nextDistances[row] = least;
      nextStarts[row] = (least === both ? starts[row - 1] : least === inserted ? starts[row] : nextStarts[row - 1]) ?? 0;
    }
    [distances, starts] = [nextDistances, nextStarts];
    const distance = distances[wanted.length] ?? wanted.length;
    if (distance < best.distance) best = { distance, start: starts[wanted.length] ?? 0, end: column };
  }
  return best;
}
