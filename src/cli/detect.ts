import { Command, InvalidArgumentError } from 'commander';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Environment } from '../config.ts';
import { createRowJudge, defaultAlpha, type RowDetector, type RowVerdict } from '../detect/rows/judge-rows.ts';
import { AppError } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import { createRowReader, type ColumnNames, type Faults, type SeriesRow } from './detect/read-rows.ts';
import { spoolTo, spoolToFile, type Spool } from './detect/spool.ts';
import { fileRefusal } from './file-refusal.ts';
import { examples } from './frame.ts';
import { createProgress } from './progress.ts';

interface Options {
  output?: string;
  json?: boolean;
  sensitivity: number;
  timestampColumn: string;
  valueColumn: string;
}

/** A file smaller than this is done before anybody looks at a bar. */
const progressFrom = 4_000_000;

/** `windsock detect FILE.csv`: which rows of any series are anomalous. */
export function detectCommand(_environment: Environment): Command {
  return new Command('detect')
    .description('Find anomalous rows in any series: CSV with timestamp,value in, timestamp,value,anomaly_score,label out')
    .argument('<file>', 'a CSV file with a header, rows in order of time; - reads standard input')
    .option('-o, --output <file>', 'write there instead of standard output')
    .option('--json', 'one JSON object a line')
    .option('--sensitivity <factor>', 'more (2) or fewer (0.5) false findings than the usual 1 in 2000 rows', factor, 1)
    .option('--timestamp-column <name>', 'the column with the time', 'timestamp')
    .option('--value-column <name>', 'the column with the value', 'value')
    .addHelpText(
      'after',
      examples('windsock detect series.csv -o judged.csv', "psql -c 'COPY (…) TO STDOUT CSV HEADER' | windsock detect -"),
    )
    .action((file: string, options: Options) => detectFile(file, options));
}

function factor(text: string): number {
  const value = Number(text);
  if (!(value >= 0.01 && value <= 50)) throw new InvalidArgumentError('It is a number from 0.01 to 50.');
  return value;
}

async function detectFile(file: string, options: Options): Promise<void> {
  const name = file === '-' ? 'standard input' : file;
  const size = file === '-' ? 0 : await sizeOf(file);
  const spool = openSpool(options.output);
  try {
    const tally = newTally();
    const reader = createRowReader(columnsOf(options), judged(spool, tally, options));
    const progress = createProgress(name, size >= progressFrom ? process.stderr : { write: () => true });
    let read = 0;
    const input = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1_048_576 });
    input.setEncoding('utf8');
    for await (const chunk of input as AsyncIterable<string>) {
      reader.write(chunk);
      read += chunk.length;
      progress.show(Math.min(1, read / size));
      if (reader.isHopeless()) break;
    }
    progress.end();
    reader.end();
    if (reader.faults.count > 0) throw tellFaults(name, reader.faults);
    await spool.finish();
    if (process.stderr.isTTY) process.stderr.write(`${summaryOf(tally, reader.ignored(), options)}\n`);
  } catch (error) {
    spool.discard();
    throw fileRefusal(error, name);
  }
}

const columnsOf = ({ timestampColumn, valueColumn }: Options): ColumnNames => ({
  timestamp: timestampColumn,
  value: valueColumn,
});

async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new AppError('INVALID', `${file} is a folder; name a CSV file`);
    return found.size;
  } catch (error) {
    throw fileRefusal(error, file);
  }
}

function openSpool(output: string | undefined): Spool {
  if (output === undefined) return spoolTo(process.stdout);
  try {
    return spoolToFile(output);
  } catch (error) {
    throw fileRefusal(error, output);
  }
}

interface Tally {
  rows: number;
  anomalous: number;
  by: Map<RowDetector, number>;
}
const newTally = (): Tally => ({ rows: 0, anomalous: 0, by: new Map() });

/** What is done with each row: judged by the earlier ones, and written. */
function judged(spool: Spool, tally: Tally, { json = false, sensitivity }: Options): (row: SeriesRow) => void {
  const judge = createRowJudge(defaultAlpha * sensitivity);
  if (!json) spool.write('timestamp,value,anomaly_score,label\n');
  return (row) => {
    const verdict = judge(row.atMs, row.value);
    tally.rows += 1;
    if (verdict.by !== null) {
      tally.anomalous += 1;
      tally.by.set(verdict.by, (tally.by.get(verdict.by) ?? 0) + 1);
    }
    spool.write(json ? jsonLine(row, verdict) : csvLine(row, verdict));
  };
}

const csvLine = ({ timestampText, valueText }: SeriesRow, { score, by }: RowVerdict): string =>
  `${timestampText.includes(',') ? `"${timestampText}"` : timestampText},${valueText},${score},${by === null ? 0 : 1}\n`;

const jsonLine = ({ timestampText, value }: SeriesRow, { score, by }: RowVerdict): string =>
  `${JSON.stringify({ timestamp: timestampText, value, anomaly_score: score, label: by === null ? 0 : 1, detector: by })}\n`;

function tellFaults(name: string, { told, count }: Faults): AppError {
  for (const line of told) process.stderr.write(`${redact(line)}\n`);
  if (count > told.length) process.stderr.write(`… and ${count - told.length} more\n`);
  return new AppError('INVALID', `${name} has ${count === 1 ? 'a fault' : `${count} faults`}; nothing was written`);
}

function summaryOf({ rows, anomalous, by }: Tally, ignored: readonly string[], { output }: Options): string {
  const share = rows === 0 ? '' : ` (${((100 * anomalous) / rows).toPrecision(2)} %)`;
  const parts = [...by].map(([name, count]) => `${count.toLocaleString('en')} by ${name.replace('_', '-')}`);
  const which = parts.length === 0 ? '' : `: ${parts.join(', ')}`;
  const unread = ignored.length === 0 ? '' : `; not read: ${ignored.join(', ')}`;
  const where = output === undefined ? '' : `; written to ${output}`;
  return `${rows.toLocaleString('en')} rows, ${anomalous.toLocaleString('en')} anomalous${share}${which}${unread}${where}`;
}
