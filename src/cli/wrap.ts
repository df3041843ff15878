/** Below this many columns for the text itself it goes on further left. */
const textWidthMin = 36;

/**
 * `prefix` and `text`, broken between words so that no line is wider than `columns` where that can be; what follows stands
 * below the beginning of the text, or, where that leaves too little, `indent` columns from the left. `shown` is how the prefix
 * is printed: styled, it has more characters than columns.
 */
export function wrap(
  { prefix, shown = prefix, text, indent }: { prefix: string; shown?: string; text: string; indent: number },
  columns: number,
): string[] {
  const margin = ' '.repeat(columns - prefix.length >= textWidthMin ? prefix.length : indent);
  const lines: string[] = [];
  let line = prefix;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = margin + word;
    } else {
      line += isEmpty ? word : ` ${word}`;
    }
    isEmpty = false;
  }
  lines.push(line);
  const [first = '', ...rest] = lines;
  return [shown + first.slice(prefix.length), ...rest];
}

/** How many columns there are to print to: as many as it takes where that is no terminal. */
export const columnsOf = ({ isTTY, columns }: { isTTY?: boolean; columns?: number }): number =>
  isTTY === true && columns !== undefined && columns >= 40 ? columns : Infinity;
