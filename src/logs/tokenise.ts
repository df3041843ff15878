import { newScan, scanLine, type Scan } from './scan-line.ts';
import { maskNames } from './scan-words.ts';

/** Changes when the same line may give other tokens than before: what was learned with other masks is learned anew. */
export const maskVersion = 2;

const shared = newScan();

/**
 * The tokens of `text` from `start` to `end`, split at blanks, with what varies replaced by `<NUM>`, `<IP>`, `<TIME>` and so on.
 * A blank must stand at `end`. `raws` gets each token as it stood.
 */
export function tokenise(text: string, start: number, end: number, raws: string[] | null = null): string[] {
  scanLine(text, start, end, shared);
  return tokensOf(text, shared, raws);
}

/** The tokens that a scan of `text` found. */
export function tokensOf(text: string, { tokenCount, tokens, pieces, pieceCount }: Scan, raws: string[] | null = null): string[] {
  const found: string[] = [];
  for (let index = 0; index < tokenCount; index += 1) {
    const first = tokens[3 * index + 2] as number;
    const last = index + 1 < tokenCount ? (tokens[3 * index + 5] as number) : pieceCount;
    let token = '';
    for (let piece = first; piece < last; piece += 1) {
      const [from, to] = [pieces[3 * piece] as number, pieces[3 * piece + 1] as number];
      if (from < to) token = token === '' ? text.slice(from, to) : token + text.slice(from, to);
      const mask = pieces[3 * piece + 2] as number;
      if (mask !== 0) token += maskNames[mask];
    }
    found.push(token);
    if (raws !== null) raws.push(text.slice(tokens[3 * index], tokens[3 * index + 1]));
  }
  return found;
}
