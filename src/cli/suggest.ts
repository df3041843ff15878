import { Command, InvalidArgumentError } from 'commander';
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { loadConfig, type Config, type Environment } from '../config.ts';
import { adviceJson, clusterJson } from '../http/api/pattern-schema.ts';
import { AppError } from '../lib/errors.ts';
import { findFailure } from '../logs/find-failure.ts';
import { parseLog } from '../logs/parse-log.ts';
import { advise } from '../patterns/advise.ts';
import { readAnalysis } from '../patterns/found.ts';
import { listClusters } from '../patterns/list-clusters.ts';
import { suggest } from '../patterns/suggest.ts';
import type { GivenError } from '../patterns/told-error.ts';
import { redactedJson } from '../redact/redact.ts';
import { createRedactor, type Redactor } from '../redact/redactor.ts';
import { fileRefusal } from './file-refusal.ts';
import { examples } from './frame.ts';
import { withStore } from './read-store.ts';
import { adviceLines, analysisLines, clusterLines } from './suggest-lines.ts';
import { columnsOf } from './wrap.ts';

interface Options {
  config?: string;
  error?: string;
  recent?: boolean;
  limit: number;
  multiple?: boolean;
  json?: boolean;
}

/** `windsock suggest`: what an error has in common with others, and what repeated errors go with. */
export function suggestCommand(environment: Environment): Command {
  return new Command('suggest')
    .description('Show what is known of an error, and which configurations failures go with')
    .argument('[file]', 'a log or a traceback that holds the error; - reads standard input')
    .option('--error <text>', "the error itself, as in --error 'KeyError: customer_id'")
    .option('--recent', 'the errors that were met last, and the configurations that failures in general go with')
    .option('--limit <count>', 'so many of them', whole, 10)
    .option('--multiple', 'take what goes with all clusters that the error is like, instead of the nearest one')
    .option('--config <file>', 'YAML configuration file (default: WINDSOCK_CONFIG, else the environment alone)')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', examples("windsock suggest --error 'KeyError: customer_id'", 'windsock suggest --recent'))
    .action((file: string | undefined, options: Options) => run(environment, file, options));
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 200) throw new InvalidArgumentError('It is a number from 1 to 200.');
  return value;
}

async function run(environment: Environment, file: string | undefined, options: Options): Promise<void> {
  const given = [file, options.error, options.recent].filter((each) => each !== undefined);
  if (given.length !== 1) throw new AppError('INVALID', 'name a file with the error, or give --error, or --recent: one of these');
  const config = loadConfig(environment, options.config ?? environment['WINDSOCK_CONFIG']);
  const { personal_data: personal, patterns } = config.redact;
  const redactor = createRedactor({ personal, patterns });
  const lines =
    options.recent === true
      ? await recent(config, options)
      : await ofError(config, options, await errorOf(file, options, redactor), redactor);
  for (const line of lines) process.stdout.write(`${line}\n`);
}

const linesMax = 5000;

async function errorOf(file: string | undefined, { error }: Options, redactor: Redactor): Promise<GivenError> {
  if (file === undefined) return readError(error ?? '');
  const text =
    file === '-'
      ? await textOf(process.stdin)
      : await readFile(file, 'utf8').catch((cause: unknown) => {
          throw fileRefusal(cause, file);
        });
  const line = redactor.log();
  const lines = text
    .split('\n')
    .slice(-linesMax)
    .map((each) => line(each));
  const failure = findFailure([...parseLog(lines)]);
  if (failure === undefined)
    throw new AppError(
      'INVALID',
      `no error is found in ${file === '-' ? 'standard input' : file}; give it by --error 'Class: message'`,
    );
  const { type, message } = failure;
  return { type: type === '' ? 'Exit' : type, message, trace: lines.join('\n') };
}

/** `Class: message`; what has no class in front is a message. */
function readError(text: string): GivenError {
  const [, type, message = ''] = /^([A-Za-z_][\w.]{0,250})(?:: ?([\s\S]*))?$/.exec(text.trim()) ?? [];
  return type === undefined ? { type: 'Exception', message: text } : { type, message };
}

async function ofError(
  config: Config,
  { multiple = false, json = false }: Options,
  error: GivenError,
  redactor: Redactor,
): Promise<string[]> {
  const request = { error, environment: null, host: null, multiple };
  const advice = await withStore(config, 'windsock-suggest', (store) => suggest(store, config.airflow.name, request, redactor));
  if (json) return [redactedJson(adviceJson(advice))];
  return adviceLines(advice, columnsOf(process.stdout));
}

async function recent(config: Config, { limit, json = false }: Options): Promise<string[]> {
  const { name } = config.airflow;
  const { clusters, analysis } = await withStore(config, 'windsock-suggest', async (store) => ({
    clusters: (await listClusters(store, name, {}, { after: null, limit })).items,
    analysis: await readAnalysis(store, name),
  }));
  const patterns = analysis?.patterns ?? [];
  const known = clusters.map((summary) => ({
    summary,
    advice: advise(
      [{ ...summary.cluster, similarity: 1 }],
      patterns.filter(({ clusterId }) => clusterId !== ''),
    ),
  }));
  if (json)
    return known.map(({ summary, advice }) =>
      redactedJson({ ...clusterJson(summary), all_suggestions: adviceJson(advice).all_suggestions }),
    );
  const columns = columnsOf(process.stdout);
  return [...analysisLines(analysis, columns), ...known.flatMap((each) => ['', ...clusterLines(each, columns)])];
}
