import { Command, InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../config.ts';
import { faultKinds, type FaultKind } from '../demo/config.ts';
import { favourSize, limitHeaps } from '../heaps.ts';
import { parseDuration } from '../lib/durations.ts';
import { addInjectCommand } from './demo-inject.ts';
import { defaultFolder } from './demo-lines.ts';
import type { DemoOptions } from './run-demo.ts';

/** `windsock demo`: a simulated Airflow and Windsock beside it, until SIGTERM or SIGINT. */
export function demoCommand(environment: Environment): Command {
  const command = new Command('demo')
    .description('Show Windsock beside a simulated busy Airflow, with nothing else installed')
    .addOption(new Option('--airflow <release>', 'which Airflow to simulate').choices(['3', '2.11']).default('3'))
    .addOption(new Option('--history <duration>', 'how much history the Airflow has').argParser(daysOf).default(30, '30d'))
    .option('--seed <number>', 'the same seed gives the same history', wholeNumber, 1)
    .option(
      '--anomaly-probability <ratio>',
      'how often a try goes wrong by itself: half of those are slow, half fail',
      ratio,
      0.01,
    )
    .addOption(
      new Option('--inject <kind>', 'a fault from the start; may be given again')
        .choices(faultKinds)
        .argParser(collectKind)
        .default([], 'none'),
    )
    .option('--port <port>', 'port to listen on, 0 for a free one (default: http.port, 9112)')
    .option('--config <file>', 'YAML configuration file (default: WINDSOCK_CONFIG, else the environment alone)')
    .option('--data-dir <folder>', 'folder for databases and task logs; emptied at each start', defaultFolder)
    .action(async (options: DemoOptions) => {
      limitHeaps();
      favourSize();
      const { runDemo } = await import('./run-demo.ts');
      await runDemo(options, environment);
    });
  addInjectCommand(command, defaultFolder);
  return command;
}

/** More would be written for an hour, and Windsock looks at 30 days. */
const historyDaysMax = 365;

function daysOf(text: string): number {
  const days = (parseDuration(text) ?? Number.NaN) / 86_400_000;
  if (!(days <= historyDaysMax)) throw new InvalidArgumentError(`Write a duration such as 30d, ${historyDaysMax}d at most.`);
  return days;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number of at most nine digits.');
  return Number(text);
}

function ratio(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('Write a number from 0 to 1.');
  return value;
}

function collectKind(text: string, before: FaultKind[]): FaultKind[] {
  const kind = faultKinds.find((known) => known === text);
  if (kind === undefined) throw new InvalidArgumentError(`Allowed choices are ${faultKinds.join(', ')}.`);
  return [...before, kind];
}
