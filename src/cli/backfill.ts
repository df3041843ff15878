import { Command } from 'commander';
import { loadConfig, type Environment } from '../config.ts';
import { parseDuration } from '../lib/durations.ts';
import { AppError } from '../lib/errors.ts';
import { readHistoryAgain } from './read-history-again.ts';
import { withStore } from './read-store.ts';

interface Options {
  config?: string;
  history?: string;
}

/** `windsock backfill`: reads the history again from its newest run, with progress; for a Windsock that is not serving. */
export function backfillCommand(environment: Environment): Command {
  return new Command('backfill')
    .description('Read the history of runs again (serve does it by itself at its first start)')
    .option('--config <file>', 'YAML configuration file (default: WINDSOCK_CONFIG, else the environment alone)')
    .option('--history <duration>', 'how far back, for instance 30d (default: the setting `history`)')
    .action(async ({ config: file, history }: Options) => {
      const config = loadConfig(environment, file ?? environment['WINDSOCK_CONFIG']);
      const historyMs = history === undefined ? config.history : parseDuration(history);
      if (historyMs === undefined) throw new AppError('INVALID', `--history ${history}: write a duration such as 30d`);
      if (await withStore(config, 'windsock-backfill', (store) => readHistoryAgain(config, store, historyMs))) return;
      throw new AppError(
        'CONFLICT',
        `a Windsock is serving ${config.airflow.name} and fills its history by itself; stop it first to read the history again`,
      );
    });
}
