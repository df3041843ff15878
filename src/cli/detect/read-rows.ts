import { createTimeReader } from './parse-time.ts';
import { createRecordSplitter, fieldsOf, recordMax } from './records.ts';

/** A row of a series; texts as they stand in the file. */
export interface SeriesRow {
  atMs: number;
  value: number;
  timestampText: string;
  valueText: string;
}

export interface ColumnNames {
  timestamp: string;
  value: string;
}

/** So many faults are told, and so many end the reading. */
const toldMax = 20;
const faultsMax = 1000;

/** What is wrong with a file: the first faults in words, and how many there are. */
export interface Faults {
  told: string[];
  count: number;
}

export interface RowReader {
  write(chunk: string): void;
  end(): void;
  faults: Faults;
  /** Nothing more can be learned from reading on. */
  isHopeless(): boolean;
  /** Columns that are not read. */
  ignored(): readonly string[];
}

const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Reads a CSV file with a header, as it comes, into rows; every fault is named by its line. After the first fault no row is given out. */
export function createRowReader(names: ColumnNames, onRow: (row: SeriesRow) => void): RowReader {
  const faults: Faults = { told: [], count: 0 };
  const readTime = createTimeReader();
  let columns: { timestamp: number; value: number; count: number; ignored: string[] } | null = null;
  let lastAt = -Infinity;
  let last = { line: 0, text: '' };
  let hopeless = false;

  const fault = (line: number, text: string): void => {
    faults.count += 1;
    if (faults.told.length < toldMax) faults.told.push(`line ${line}: ${text}`);
    if (faults.count >= faultsMax) hopeless = true;
  };

  function header(fields: readonly string[], line: number): void {
    const named = fields.map((field) => field.toLowerCase());
    const found = { timestamp: places(named, names.timestamp), value: places(named, names.value) };
    const missing = [names.timestamp, names.value].filter((_, index) => [found.timestamp, found.value][index]?.length === 0);
    if (missing.length > 0) {
      hopeless = true;
      const hint = fields.length === 1 ? 'fields are separated by commas' : 'the first line names the columns';
      fault(line, `no column ${missing.map(quoted).join(' and none ')} in ${quoted(fields.join(','))}; ${hint}`);
      return;
    }
    for (const name of [names.timestamp, names.value]) {
      if (places(named, name).length < 2) continue;
      hopeless = true;
      fault(line, `the column ${quoted(name)} is there twice`);
    }
    const [timestamp = 0] = found.timestamp;
    const [value = 0] = found.value;
    const ignored = fields.filter((_, index) => index !== timestamp && index !== value);
    columns = { timestamp, value, count: fields.length, ignored };
  }

  function row(fields: readonly string[], line: number): void {
    if (columns === null) return;
    if (fields.length !== columns.count) {
      fault(line, `${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, the header has ${columns.count}`);
      return;
    }
    const timestampText = fields[columns.timestamp] as string;
    const valueText = fields[columns.value] as string;
    const atMs = readTime(timestampText);
    const value = numberPattern.test(valueText) ? Number(valueText) : Number.NaN;
    if (Number.isNaN(atMs)) {
      const kinds = 'is neither ISO 8601 nor a number of seconds or milliseconds since 1970';
      fault(line, timestampText === '' ? 'timestamp is empty' : `timestamp ${quoted(timestampText)} ${kinds}`);
    } else if (atMs < lastAt) {
      fault(
        line,
        `timestamp ${quoted(timestampText)} is before that of line ${last.line} (${clipped(last.text)}); sort the rows`,
      );
    } else {
      lastAt = atMs;
      last = { line, text: timestampText };
    }
    if (!Number.isFinite(value)) {
      const what =
        /^[+-]?(nan|inf|infinity)$/i.test(valueText) || value === Infinity || value === -Infinity ? 'not finite' : 'not a number';
      fault(line, valueText === '' ? 'value is empty' : `value ${quoted(valueText)} is ${what}`);
    }
    if (faults.count === 0) onRow({ atMs, value, timestampText, valueText });
  }

  const splitter = createRecordSplitter((text, line) => {
    if (hopeless) return;
    if (text.length > recordMax) {
      hopeless = true;
      fault(line, 'longer than 1 MB; is this a CSV file?');
      return;
    }
    const fields = fieldsOf(text);
    if (fields === null) fault(line, 'a quote is not closed, or stands within a field');
    else if (columns === null) header(fields, line);
    else row(fields, line);
    if (columns === null) hopeless = true;
  });

  return {
    write: splitter.write,
    end() {
      splitter.end();
      const both = `${quoted(names.timestamp)} and ${quoted(names.value)}`;
      if (columns === null && faults.count === 0) fault(1, `nothing there; the first line names the columns ${both}`);
    },
    faults,
    isHopeless: () => hopeless,
    ignored: () => columns?.ignored ?? [],
  };
}

const places = (named: readonly string[], name: string): number[] =>
  named.flatMap((each, index) => (each === name.toLowerCase() ? [index] : []));

const clipped = (text: string): string => {
  const shown = text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]/g, '\ufffd');
  return shown.length > 40 ? `${shown.slice(0, 39)}…` : shown;
};
const quoted = (text: string): string => `"${clipped(text)}"`;
