/** A line is kept this long; what is longer is cut. */
const lineMax = 131_072;

/** Whoever takes lines gets the text they stand in, and where; a line break stands at `end`. */
export type LineTaker = (text: string, start: number, end: number) => void;

/** Splits text, as it comes, into lines; no line is ever copied but the one that a chunk ends within. */
export function createLineSplitter(take: LineTaker): { write: (chunk: string) => void; end: () => void } {
  let rest = '';
  let tooLong = false;
  const keep = (part: string): void => {
    if (rest.length + part.length > lineMax) tooLong = true;
    if (rest.length < lineMax) rest += part.slice(0, lineMax - rest.length);
  };
  const takeRest = (): void => {
    // The break of a cut line may have been cut off.
    const text = `${rest}\n`;
    const end = rest.endsWith('\r') && !tooLong ? rest.length - 1 : rest.length;
    rest = '';
    tooLong = false;
    take(text, 0, end);
  };
  return {
    write(chunk) {
      let from = 0;
      if (rest !== '' || tooLong) {
        const end = chunk.indexOf('\n');
        if (end < 0) return keep(chunk);
        keep(chunk.slice(0, end));
        takeRest();
        from = end + 1;
      }
      for (;;) {
        const end = chunk.indexOf('\n', from);
        if (end < 0) break;
        take(chunk, from, end > from && chunk.charCodeAt(end - 1) === 13 ? end - 1 : Math.min(end, from + lineMax));
        from = end + 1;
      }
      if (from < chunk.length) keep(chunk.slice(from));
    },
    end() {
      if (rest !== '') takeRest();
    },
  };
}
