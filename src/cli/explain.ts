import { Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { loadConfig, type Config, type Environment } from '../config.ts';
import { AppError } from '../lib/errors.ts';
import { systemClock } from '../lib/clock.ts';
import { redact, redactedJson } from '../redact/redact.ts';
import { providerNames, type ProviderName } from '../llm/config.ts';
import { askModel } from './explain/ask-model.ts';
import { answerJson, type Answer } from './explain/answer.ts';
import { explainFile } from './explain/explain-file.ts';
import { explainTry } from './explain/explain-try.ts';
import { answerLines } from './explain/text.ts';
import { examples } from './frame.ts';
import { columnsOf } from './wrap.ts';

interface Options {
  log?: string;
  baseline: string[];
  operator?: string;
  config?: string;
  mapIndex?: number;
  json?: boolean;
  format: 'text' | 'json' | 'yaml';
  llm: 'none' | ProviderName;
}

/** `windsock explain`: why a task failed, by rules: of a log file, offline, or of a try of the Airflow that is configured. */
export function explainCommand(environment: Environment): Command {
  return new Command('explain')
    .description('Say why a task failed: what kind of failure, the cause, the lines that show it, and what to do')
    .argument('[dag]', 'a DAG of the Airflow that is configured')
    .argument('[task]', 'its task')
    .argument('[run]', 'the id of the run')
    .argument('[try]', 'the number of the try (default: the newest)', whole)
    .option('--map-index <index>', 'which instance of a mapped task', whole)
    .option('--log <file>', 'the log of one try, as Airflow 2 or 3 writes it, or any other; - reads standard input')
    .addOption(
      new Option('--baseline <file>', 'the log of an earlier success of the same task; may be given again')
        .argParser(listed)
        .default([], 'none'),
    )
    .option('--operator <name>', 'the operator of the task, where the log does not tell it: the error signature holds it')
    .option('--config <file>', 'YAML configuration file, for rules of your own and redaction (default: WINDSOCK_CONFIG)')
    .addOption(
      new Option('--llm <provider>', 'a language model to ask as well, as it is configured')
        .choices(['none', ...providerNames])
        .default('none'),
    )
    .addOption(new Option('--format <format>', 'how the answer is written').choices(['text', 'json', 'yaml']).default('text'))
    .option('--json', 'the same as --format json')
    .addHelpText(
      'after',
      examples(
        'windsock explain --log attempt=2.log --baseline success.log',
        'windsock explain orders load manual__2026-11-26 2',
      ),
    )
    .action(
      async (
        dag: string | undefined,
        task: string | undefined,
        run: string | undefined,
        tryNumber: number | undefined,
        options: Options,
      ) => {
        const byRules =
          dag === undefined
            ? await answerOfFile(options, environment)
            : await answerOfTry({ dagId: dag, taskId: task, runId: run, tryNumber }, options, environment);
        const answer =
          options.llm === 'none'
            ? byRules
            : await askModel(byRules, {
                config: settingsOf(environment, options.config),
                provider: options.llm,
                dagId: dag ?? '',
                taskId: task ?? '',
              });
        const format = options.json === true ? 'json' : options.format;
        process.stdout.write(`${written(answer, format)}\n`);
      },
    );
}

function listed(text: string, before: string[]): string[] {
  if (text === '-') throw new InvalidArgumentError('It is a file.');
  return [...before, text];
}

function whole(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It is a whole number.');
  return value;
}

async function answerOfTry(
  {
    dagId,
    taskId,
    runId,
    tryNumber,
  }: { dagId: string; taskId: string | undefined; runId: string | undefined; tryNumber: number | undefined },
  { log, config, mapIndex = -1 }: Options,
  environment: Environment,
): Promise<Answer> {
  if (log !== undefined) throw new AppError('INVALID', 'name a log file or a try, not both');
  if (taskId === undefined || runId === undefined)
    throw new AppError('INVALID', 'name the DAG, its task and the run: windsock explain DAG TASK RUN [TRY]');
  const loaded = loadConfig(environment, config ?? environment['WINDSOCK_CONFIG']);
  return explainTry(loaded, { dagId, taskId, runId, tryNumber, mapIndex }, systemClock);
}

async function answerOfFile({ log, baseline, operator, config }: Options, environment: Environment): Promise<Answer> {
  if (log === undefined)
    throw new AppError('INVALID', 'name a log or a try: windsock explain --log FILE, or windsock explain DAG TASK RUN');
  const file = config ?? environment['WINDSOCK_CONFIG'];
  return explainFile({
    log,
    baselines: baseline,
    operator,
    config: file === undefined ? undefined : settingsOf(environment, file),
    now: () => systemClock.monotonicMs(),
  });
}

/** Explaining a file needs no Airflow: a database that is not named is no fault here. */
function settingsOf(environment: Environment, file: string | undefined): Config {
  return loadConfig(environment, file ?? environment['WINDSOCK_CONFIG'], {
    WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://localhost/airflow',
  });
}

/** An answer in one of the formats. Redacted once more, as everything that leaves: text by text, so that JSON stays JSON. */
function written(answer: Answer, format: Options['format']): string {
  const json = (): string => redactedJson(answerJson(answer), 2);
  switch (format) {
    case 'text':
      return answerLines(answer, columnsOf(process.stdout)).map(redact).join('\n');
    case 'json':
      return json();
    case 'yaml':
      return stringify(JSON.parse(json()), { lineWidth: 0 }).trimEnd();
  }
}
