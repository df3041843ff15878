/** A record may be this long; what is longer is no series. */
export const recordMax = 1_000_000;

/** Splits CSV text, as it comes, into records: lines, but for line breaks within quotes. A byte order mark and blank lines are left out. */
export function createRecordSplitter(onRecord: (text: string, line: number) => void): {
  write: (chunk: string) => void;
  end: () => void;
} {
  let rest = '';
  let line = 1;
  let first = true;
  const take = (text: string): void => {
    const record = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (record.length > 0 && (record.length > 64 || record.trim() !== '')) onRecord(record, line);
  };
  const write = (chunk: string): void => {
    let text = rest + chunk;
    if (first && text.length > 0) {
      first = false;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    let from = 0;
    // Of the record at hand: each piece is looked at once, however many lines a quote holds.
    let [quotes, breaks] = [0, 0];
    for (let searched = 0; ;) {
      const end = text.indexOf('\n', searched);
      if (end < 0) break;
      quotes += quotesIn(text.slice(searched, end));
      searched = end + 1;
      // Within quotes the line break belongs to the field.
      if (quotes % 2 === 1 && end - from < recordMax) {
        breaks += 1;
        continue;
      }
      take(text.slice(from, end));
      line += 1 + breaks;
      from = searched;
      [quotes, breaks] = [0, 0];
    }
    rest = text.slice(from);
    if (rest.length <= recordMax) return;
    take(rest.slice(0, recordMax + 1));
    rest = '';
  };
  return {
    write,
    end: () => {
      if (rest !== '') take(rest);
      rest = '';
    },
  };
}

function quotesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}

const blank = 32;
const noBreakSpace = 160;
/** Hardly any field has blanks to take off. */
function trimmed(field: string): string {
  const [first, last] = [field.charCodeAt(0), field.charCodeAt(field.length - 1)];
  return first <= blank || last <= blank || first >= noBreakSpace || last >= noBreakSpace ? field.trim() : field;
}

/** The fields of a record (RFC 4180), blanks around them taken off; null when a quote is not closed or not where it may be. */
export function fieldsOf(record: string): string[] | null {
  if (!record.includes('"')) {
    const plain = record.split(',');
    for (let i = 0; i < plain.length; i += 1) plain[i] = trimmed(plain[i] as string);
    return plain;
  }
  const fields: string[] = [];
  // Blanks round a plain field belong to it until they are taken off: were they matched apart, many of them could be shared out in many ways.
  const field = /(?:\s*"((?:[^"]|"")*)"\s*|([^",]*))(,|$)/y;
  for (;;) {
    const at = field.lastIndex;
    const found = field.exec(record);
    if (found === null || at > record.length) return null;
    fields.push((found[1]?.replaceAll('""', '"') ?? found[2] ?? '').trim());
    if (found[3] === '') return fields;
  }
}
