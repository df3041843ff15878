import { Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { loadConfig, type Config, type Environment } from '../config.ts';
import { AppError } from '../lib/errors.ts';
import { systemClock } from '../lib/clock.ts';
import { redact } from '../redact/redact.ts';
import { answerJson, type Answer } from './explain/answer.ts';
import { explainFile } from './explain/explain-file.ts';
import { answerLines } from './explain/text.ts';
import { columnsOf } from './wrap.ts';

interface Options {
  log?: string;
  baseline: string[];
  operator?: string;
  config?: string;
  json?: boolean;
  format: 'text' | 'json' | 'yaml';
}

/** `windsock explain --log FILE`: why a task failed, by rules, offline. */
export function explainCommand(environment: Environment): Command {
  return new Command('explain')
    .description('Say why a task failed: what kind of failure, the cause, the lines that show it, and what to do')
    .option('--log <file>', 'the log of one try, as Airflow 2 or 3 writes it, or any other; - reads standard input')
    .option('--baseline <file>', 'the log of an earlier success of the same task; may be given again', listed, [])
    .option('--operator <name>', 'the operator of the task, where the log does not tell it: the error signature holds it')
    .option('--config <file>', 'YAML configuration file, for rules of your own and redaction (default: WINDSOCK_CONFIG)')
    .addOption(new Option('--format <format>', 'how the answer is written').choices(['text', 'json', 'yaml']).default('text'))
    .option('--json', 'the same as --format json')
    .action(async (options: Options) => {
      const answer = await answerOf(options, environment);
      const format = options.json === true ? 'json' : options.format;
      process.stdout.write(`${written(answer, format)}\n`);
    });
}

function listed(text: string, before: string[]): string[] {
  if (text === '-') throw new InvalidArgumentError('It is a file.');
  return [...before, text];
}

async function answerOf({ log, baseline, operator, config }: Options, environment: Environment): Promise<Answer> {
  if (log === undefined) throw new AppError('INVALID', 'name a log: windsock explain --log FILE, or --log - for standard input');
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
function settingsOf(environment: Environment, file: string): Config {
  return loadConfig(environment, file, { WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://localhost/airflow' });
}

/** An answer in one of the formats. Redacted once more, as everything that leaves. */
function written(answer: Answer, format: Options['format']): string {
  switch (format) {
    case 'text':
      return answerLines(answer, columnsOf(process.stdout)).map(redact).join('\n');
    case 'json':
      return redact(JSON.stringify(answerJson(answer), null, 2));
    case 'yaml':
      return redact(stringify(answerJson(answer), { lineWidth: 0 })).trimEnd();
  }
}
