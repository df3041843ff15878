import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { writeFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { loadConfig, type Environment } from '../config.ts';
import { reportJson } from '../http/api/report-json.ts';
import { systemClock } from '../lib/clock.ts';
import { publicUrlOf } from '../report-sources.ts';
import { htmlOf } from '../report/html.ts';
import { markdownOf } from '../report/markdown.ts';
import { isDate, periodAsked, reportKinds, type ReportKind } from '../report/period.ts';
import { readReport } from '../report/read-report.ts';
import type { Report } from '../report/report.ts';
import { tell } from '../report/tell.ts';
import { fileRefusal } from './file-refusal.ts';
import { examples } from './frame.ts';
import { withStore } from './read-store.ts';
import { reportLines } from './report/report-lines.ts';
import { columnsOf } from './wrap.ts';

const formats = ['text', 'markdown', 'html', 'json'] as const;
type Format = (typeof formats)[number];

interface Options {
  date?: string;
  format: Format;
  json?: boolean;
  out?: string;
  config?: string;
}

/** `windsock report`: a day or a week told, out of the store. */
export function reportCommand(environment: Environment): Command {
  return new Command('report')
    .description('Tell a day or a week: what failed and why, what is slower, SLAs, who took care, noise and cost')
    .addArgument(new Argument('[kind]', 'a day, or a week from Monday on').choices(reportKinds).default('daily'))
    .option('--date <day>', 'a day of it, such as 2026-11-25 (default: the last one that is over)', day)
    .addOption(new Option('--format <format>', 'how it is written').choices(formats).default('text'))
    .option('--out <file>', 'write it to a file')
    .option('--config <file>', 'YAML configuration file (default: WINDSOCK_CONFIG, else the environment alone)')
    .option('--json', 'the same as --format json')
    .addHelpText('after', examples('windsock report weekly --format html --out week.html'))
    .action((kind: ReportKind, options: Options) => run(environment, kind, options));
}

function day(text: string): string {
  if (!isDate(text)) throw new InvalidArgumentError('It is a day such as 2026-11-25.');
  return text;
}

async function run(
  environment: Environment,
  kind: ReportKind,
  { date, format, json = false, out, config: file }: Options,
): Promise<void> {
  const config = loadConfig(environment, file ?? environment['WINDSOCK_CONFIG']);
  const now = systemClock.now();
  // Before the store is opened: what cannot be told is said at once.
  const period = periodAsked(kind, date ?? null, config.report.time_zone, now);
  const report = await withStore(config, 'windsock-report', (store) => readReport(store, config.airflow.name, period, now));
  const columns = out === undefined ? columnsOf(process.stdout) : 100;
  const text = written(report, json ? 'json' : format, { base: publicUrlOf(config), columns });
  if (out === undefined) return void process.stdout.write(text);
  // Colours are for the terminal.
  await writeFile(out, stripVTControlCharacters(text)).catch((cause: unknown) => {
    throw fileRefusal(cause, out);
  });
}

function written(report: Report, format: Format, { base, columns }: { base: string; columns: number }): string {
  switch (format) {
    case 'text':
      return `${reportLines(tell(report, base), columns).join('\n')}\n`;
    case 'markdown':
      return markdownOf(tell(report, base));
    case 'html':
      return htmlOf(tell(report, base));
    case 'json':
      return `${JSON.stringify(reportJson(report))}\n`;
  }
}
