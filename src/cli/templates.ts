import { Command, InvalidArgumentError, Option } from 'commander';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Environment } from '../config.ts';
import { AppError, errorText } from '../lib/errors.ts';
import { cleanLine, lineLengthMax } from '../logs/clean-line.ts';
import { createDrain, defaultDrain, templateOf, type Drain } from '../logs/drain.ts';
import { endOfHeader } from '../logs/header.ts';
import { createLineLearner } from '../logs/line-cache.ts';
import { createMasker, parseMask, type ExtraMask, type Masker } from '../logs/masks.ts';
import { messageOfJson } from '../logs/parse-json.ts';
import { passed } from './detect/spool.ts';
import { fileRefusal } from './file-refusal.ts';
import { examples } from './frame.ts';
import { createProgress } from './progress.ts';
import { createLineSplitter } from './templates/split-lines.ts';
import { createTemplateLines } from './templates/template-lines.ts';
import type { Cluster } from '../logs/similarity.ts';

interface Options {
  depth: number;
  similarity: number;
  maxChildren: number;
  maxClusters: number;
  mask: ExtraMask[];
  follow?: boolean;
  json?: boolean;
}

/** A file smaller than this is done before anybody looks at a bar. */
const progressFrom = 16_000_000;
/** A whole log holds more templates than a task; memory ends it. */
const clustersMax = 10_000;

/** `windsock templates FILE`: which lines of any log are alike, and what they have in common. */
export function templatesCommand(_environment: Environment): Command {
  return new Command('templates')
    .description(
      'Group the lines of any log by their templates (Drain): for each line in, the number of its cluster and its template out',
    )
    .argument('<file>', 'a log; - reads standard input')
    .option(
      '--depth <levels>',
      'levels of the tree, 3 to 20: more keep lines apart by their first words',
      whole(3, 20),
      defaultDrain.depth,
    )
    .option(
      '--similarity <share>',
      'words that a line must have in common with a template, 0 to 1',
      share,
      defaultDrain.similarity,
    )
    .option('--max-children <count>', 'different words at one place of the tree', whole(2, 100_000), defaultDrain.maxChildren)
    .option('--max-clusters <count>', 'clusters that are remembered', whole(1, 1_000_000), clustersMax)
    .addOption(
      new Option('--mask <name=regex>', 'a mask of your own, before the built-in ones; may be given again')
        .argParser(masks)
        .default([], 'none'),
    )
    .option('--follow', 'write each line as it comes, with its template as known by then, instead of at the end')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      examples('windsock templates app.log | sort | uniq -c | sort -rn', "windsock templates --mask 'order=ORD-\\d+' app.log"),
    )
    .action((file: string, options: Options) => templatesOf(file, options));
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
    return value;
  };
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('It is a number from 0 to 1.');
  return value;
}

function masks(text: string, before: ExtraMask[]): ExtraMask[] {
  try {
    return [...before, parseMask(text)];
  } catch (error) {
    throw new InvalidArgumentError(`${errorText(error)}.`);
  }
}

async function templatesOf(file: string, options: Options): Promise<void> {
  const name = file === '-' ? 'standard input' : file;
  try {
    const size = file === '-' ? 0 : await sizeOf(file);
    const progress = createProgress(name, size >= progressFrom ? process.stderr : { write: () => true });
    const drain = createDrain(options);
    const waiting = createTemplateLines(options.json === true ? jsonLine : textLine);
    const learn = learner(drain, options.mask);
    const lines = createLineSplitter((text, start, end) => waiting.add(learn(text, start, end)));
    const input = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1_048_576 });
    input.setEncoding('utf8');
    let read = 0;
    for await (const chunk of input as AsyncIterable<string>) {
      lines.write(chunk);
      read += chunk.length;
      progress.show(Math.min(1, read / size));
      if ((options.follow === true || waiting.isFull()) && !(await written(waiting.take()))) return;
    }
    progress.end();
    lines.end();
    await written(waiting.take());
  } catch (error) {
    throw fileRefusal(error, name);
  }
}

/** Each piece is taken once the one before is gone; false once who reads has stopped reading. */
async function written(pieces: Iterable<Buffer>): Promise<boolean> {
  for (const piece of pieces) if (!(await passed(process.stdout, piece))) return false;
  return true;
}

const textLine = (cluster: Cluster): string => `${cluster.id}\t${templateOf(cluster)}\n`;
const jsonLine = (cluster: Cluster): string => `${JSON.stringify({ cluster_id: cluster.id, template: templateOf(cluster) })}\n`;

/** Learns a line: its message only, where it has a header or is JSON. */
function learner(drain: Drain, extra: readonly ExtraMask[]): (text: string, start: number, end: number) => Cluster {
  const masker: Masker | undefined = extra.length === 0 ? undefined : createMasker({ extra });
  const learn = createLineLearner(drain);
  const ofText = (text: string): Cluster => {
    const line = `${text}\n`;
    const from = endOfHeader(line, 0, text.length);
    return masker === undefined ? learn(line, from, text.length) : drain.learnTokens(masker.split(text.slice(from))).cluster;
  };
  let chunk = '';
  let clean = true;
  return (text, start, end) => {
    if (text !== chunk) {
      chunk = text;
      // An escape or a carriage return, for which lines must be made clean first; most logs have none.
      clean = masker === undefined && !text.includes('\u001B') && !/\r[^\n]/.test(text);
    }
    if (text.charCodeAt(start) === 123) {
      const message = messageOfJson(text.slice(start, end));
      if (message !== undefined) return ofText(cleanLine(message));
    }
    const until = Math.min(end, start + lineLengthMax);
    if (!clean || until < end) return ofText(cleanLine(text.slice(start, end)));
    return learn(text, endOfHeader(text, start, until), until);
  };
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file);
  if (found.isDirectory()) throw new AppError('INVALID', `${file} is a folder; name a log file`);
  return found.size;
}
