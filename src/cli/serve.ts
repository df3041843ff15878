import { Command } from 'commander';
import { loadConfig, type Environment } from '../config.ts';
import { limitHeaps } from '../heaps.ts';
import { redact } from '../redact/redact.ts';
import { createLogger } from '../telemetry/logger.ts';
import { examples } from './frame.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import { windsockVersion } from './version.ts';

interface Options {
  config?: string;
  port?: string;
}

/** `windsock serve`: runs until SIGTERM or SIGINT. */
export function serveCommand(environment: Environment): Command {
  return new Command('serve')
    .description('Read Airflow and serve its metrics until stopped')
    .option('--config <file>', 'YAML configuration file (default: WINDSOCK_CONFIG, else the environment alone)')
    .option('--port <port>', 'port to listen on, 0 for a free one (default: http.port, 9112)')
    .addHelpText('after', examples('WINDSOCK_AIRFLOW_DATABASE_URL=postgresql://windsock@db/airflow windsock serve'))
    .action(async ({ config: file, port }: Options) => {
      // An option of the command line is a setting like any other, and the last word.
      const settings = port === undefined ? environment : { ...environment, WINDSOCK_HTTP_PORT: port };
      const reread = () => loadConfig(settings, file ?? environment['WINDSOCK_CONFIG']);
      const config = reread();
      const logger = createLogger({ config: config.telemetry.log, redact });
      // While it starts and stops there is nothing to reload, but without a listener SIGHUP would end the process.
      process.on('SIGHUP', () => undefined);
      limitHeaps();
      // Loaded only here: it is most of the code, and the other commands start in half the time without it.
      const { startApp } = await import('../app.ts');
      const app = await startApp({ config, reread, environment, logger, version: windsockVersion() });
      logger.info(`listening on ${app.url}`, { metrics: `${app.url}/metrics` });
      await runUntilStopped(app, logger);
    });
}
