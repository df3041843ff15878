import { Command } from 'commander';
import { styleText } from 'node:util';
import { loadConfig, type Config, type Environment } from '../config.ts';
import { AppError, errorText, type ErrorCode } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import { checkAirflow } from './check/airflow.ts';
import { checkExplanations } from './check/explanations.ts';
import { checkHttp } from './check/http.ts';
import type { Check, Tell } from './check/line.ts';
import { llmChecks } from './check/llm.ts';
import { checkSlack } from './check/slack.ts';
import { checkSla } from './check/sla.ts';
import { checkStore } from './check/store.ts';
import { checkTaskLogs } from './check/task-logs.ts';
import { columnsOf, wrap } from './wrap.ts';

/** What is tried, in this order. */
const checks = {
  sla: checkSla,
  http: checkHttp,
  store: checkStore,
  airflow: checkAirflow,
  'task logs': checkTaskLogs,
  explanations: checkExplanations,
} satisfies Record<string, Check>;

interface Given {
  config?: string;
  json?: boolean;
  llm?: boolean;
  slack?: boolean;
}

/** `windsock check`: everything that `serve` needs, tried once, a line each; exit code 0 unless a line fails. */
export function checkCommand(environment: Environment): Command {
  return new Command('check')
    .description('Try the configuration, both databases, the permissions and the cost of each collector')
    .option('--config <file>', 'YAML configuration file (default: WINDSOCK_CONFIG, else the environment alone)')
    .option('--llm', 'ask each language model for one word, which may cost a little')
    .option('--slack', 'post a test message to each channel that is configured')
    .option('--json', 'one JSON object a line')
    .action(async ({ config: given, json = false, llm = false, slack = false }: Given) => {
      const tell = json ? tellJson : tellPeople;
      const failed = await runChecks(environment, given ?? environment['WINDSOCK_CONFIG'], { tell, askModels: llm, post: slack });
      if (failed !== null) throw new AppError(failed, 'the check failed; the lines marked as failed say why');
    });
}

const tellJson: Tell = (line) => void process.stdout.write(`${JSON.stringify({ ...line, detail: redact(line.detail) })}\n`);

const marks = { ok: ['green', 'ok  '], warn: ['yellow', 'warn'], fail: ['red', 'FAIL'] } as const;

const tellPeople: Tell = ({ what, state, detail }) => {
  const [color, mark] = marks[state];
  const name = what.padEnd(24);
  const [prefix, shown] = [`${mark} ${name} `, `${styleText(color, mark)} ${name} `];
  const lines = wrap({ prefix, shown, text: redact(detail), indent: 5 }, columnsOf(process.stdout));
  process.stdout.write(`${lines.join('\n')}\n`);
};

/** Runs every check; returns the code of the first error, or null. */
async function runChecks(
  environment: Environment,
  file: string | undefined,
  { tell, askModels, post }: { tell: Tell; askModels: boolean; post: boolean },
): Promise<ErrorCode | null> {
  let config: Config;
  try {
    config = loadConfig(environment, file);
  } catch (error) {
    for (const detail of faultsOf(error)) tell({ what: 'configuration', state: 'fail', detail });
    return codeOf(error);
  }
  tell({ what: 'configuration', state: 'ok', detail: file ?? 'from the environment' });
  let failed: ErrorCode | null = null;
  const noted: Tell = (line) => {
    if (line.state === 'fail') failed ??= 'UNAVAILABLE';
    tell(line);
  };
  const all: [string, Check][] = [...Object.entries(checks), ['slack', checkSlack(post)], ...llmChecks(config, askModels)];
  for (const [what, check] of all) {
    await check(config, noted).catch((error: unknown) => {
      failed ??= codeOf(error);
      tell({ what, state: 'fail', detail: errorText(error) });
    });
  }
  return failed;
}

const codeOf = (error: unknown): ErrorCode => (error instanceof AppError ? error.code : 'UNAVAILABLE');

/** A line for each fault of a configuration: under a head that counts them, or the one there is. */
function faultsOf(error: unknown): string[] {
  const [head = '', ...faults] = error instanceof AppError ? error.message.split('\n') : [errorText(error)];
  return faults.length === 0 ? [head] : faults.map((fault) => fault.trim());
}
