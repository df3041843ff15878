import { digit, kindOf, less, letter, query, quote, sign, slash, space } from './char-kinds.ts';
import { endOf, maskOf, scanDigits, scanMask, scanQuery, scanQuote, scanSign, scanWord } from './scan-words.ts';

/** What comes after so many tokens tells lines apart no more. */
const tokensMax = 256;

/** What a scan finds, as numbers: no text is made before somebody asks for it. */
export interface Scan {
  tokenCount: number;
  /** Of each token: where it begins, where it ends, its first piece. */
  tokens: Int32Array;
  /** Of each piece of a token: where it begins, where it ends, the mask that stands behind it. */
  pieces: Int32Array;
  pieceCount: number;
  /** Two hashes of the masked tokens: lines with the same ones have the same tokens, but for one chance in 10^18. */
  hashA: number;
  hashB: number;
}

const piecesMax = 8192;

export const newScan = (): Scan => ({
  tokenCount: 0,
  tokens: new Int32Array(3 * (tokensMax + 1)),
  pieces: new Int32Array(3 * piecesMax),
  pieceCount: 0,
  hashA: 0,
  hashB: 0,
});

/**
 * Finds the tokens of `text` from `start` to `end`, split at blanks, and in them what varies: times, numbers, addresses and so on.
 * A blank (a line break, say) must stand at `end`. One pass, each character looked at a few times at most, whatever the
 * line holds.
 */
export function scanLine(text: string, start: number, end: number, into: Scan): void {
  const { tokens, pieces } = into;
  let [tokenCount, pieceCount, hashA, hashB] = [0, 0, 0x811c9dc5, 0];
  let at = start;
  while (at < end && tokenCount < tokensMax) {
    if (kindOf(text.charCodeAt(at)) === space) {
      at += 1;
      continue;
    }
    const from = at;
    let copied = at;
    let inPath = false;
    tokens[3 * tokenCount] = from;
    tokens[3 * tokenCount + 2] = pieceCount;
    for (;;) {
      const kind = kindOf(text.charCodeAt(at));
      if (kind === space || at >= end) break;
      let found = 0;
      if (kind === letter) found = scanWord(text, at, inPath && at > from);
      else if (kind === digit) found = scanDigits(text, at);
      else if (kind === sign) found = scanSign(text, at, from);
      else if (kind === quote) found = scanQuote(text, at, from, end);
      else if (kind === less) found = scanMask(text, at);
      else if (kind === slash) inPath = true;
      else if (kind === query && inPath) found = scanQuery(text, at);
      const next = found === 0 ? at + 1 : endOf(found);
      const mask = maskOf(found);
      if (mask !== 0) {
        if (pieceCount < piecesMax - tokensMax) {
          pieces[3 * pieceCount] = copied;
          pieces[3 * pieceCount + 1] = at;
          pieces[3 * pieceCount + 2] = mask;
          pieceCount += 1;
          copied = next;
          hashA = Math.imul(hashA ^ (mask + 0x10000), 0x01000193);
          hashB = Math.imul(hashB + mask + 0x10000, 0x5bd1e995);
        }
      } else
        for (; at < next; at += 1) {
          const code = text.charCodeAt(at);
          hashA = Math.imul(hashA ^ code, 0x01000193);
          hashB = Math.imul(hashB + code, 0x5bd1e995);
        }
      at = next;
    }
    pieces[3 * pieceCount] = copied;
    pieces[3 * pieceCount + 1] = at;
    pieces[3 * pieceCount + 2] = 0;
    pieceCount += 1;
    tokens[3 * tokenCount + 1] = at;
    tokenCount += 1;
    // A blank between two tokens.
    hashA = Math.imul(hashA ^ 32, 0x01000193);
    hashB = Math.imul(hashB + 32, 0x5bd1e995);
  }
  into.tokenCount = tokenCount;
  into.pieceCount = pieceCount;
  into.hashA = hashA;
  into.hashB = hashB;
}
