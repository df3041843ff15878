import { createServer, type Server } from 'node:http';
import { AppError, errorText } from '../lib/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { HttpConfig } from './config.ts';
import { createApp } from './create-app.ts';
import { bcryptThread, createPasswordCheck } from './passwords.ts';
import { createHttpServer, usualLimits, type Limits } from './server.ts';
import type { HttpSources } from './sources.ts';
import { watchWebConfig } from './watch-web-config.ts';

export interface Listening {
  /** As this machine reaches it. */
  url: string;
  port: number;
  /** Puts new tokens and another web config file into force; throws CONFIG, and changes nothing, when the file is bad. */
  reconfigure(config: HttpConfig): Promise<void>;
  /** Ends within about a second, whatever clients do. */
  close(): Promise<void>;
}

/** Serves `sources` on the port of the configuration until it is closed. Throws CONFIG or CONFLICT when it cannot. */
export async function listen(
  sources: HttpSources,
  config: HttpConfig,
  logger: Logger,
  given: Partial<Limits & { webConfigEveryMs: number }> = {},
): Promise<Listening> {
  const { webConfigEveryMs = 1000, ...limits } = given;
  const watch = (file: string | undefined) => watchWebConfig(file, logger, webConfigEveryMs, ({ tls }) => http.secure(tls));
  let current = config;
  const app = createApp({
    sources,
    settings: () => ({
      tokens: current.tokens,
      webhookSecret: current.webhooks.alertmanager.secret,
      users: web.now().users,
      headers: web.now().headers,
    }),
    checkPassword: createPasswordCheck(bcryptThread()),
    logger,
  });
  const http = createHttpServer((request, env) => app.fetch(request, env), { ...usualLimits, ...limits });
  let web = await watch(config.web_config_file);
  http.secure(web.now().tls);
  const port = await bind(http.server, config).catch((error: unknown) => {
    web.stop();
    throw error;
  });

  // Without this, running out of file descriptors would end the process.
  http.server.on('error', (error) => logger.error('a connection cannot be accepted', { error }));

  async function reconfigure(next: HttpConfig): Promise<void> {
    const before = web;
    web = await watch(next.web_config_file);
    before.stop();
    current = next;
    http.secure(web.now().tls);
  }

  return {
    port,
    url: urlOf(config.host, port, web.now().tls !== null),
    reconfigure,
    close() {
      web.stop();
      return http.close();
    },
  };
}

/** Throws what `listen` would when the port cannot be had now: for those who have much to do before they listen. */
export async function assertPortFree(config: HttpConfig): Promise<void> {
  const server = createServer();
  await bind(server, config);
  await new Promise((done) => {
    server.close(done);
  });
}

async function bind(server: Server, { host, port }: HttpConfig): Promise<number> {
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      done();
    });
  }).catch((error: unknown) => {
    throw describe(error, host, port);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function describe(error: unknown, host: string, port: number): AppError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'EADDRINUSE':
      return new AppError(
        'CONFLICT',
        `port ${port} is in use on ${host}; end what listens there, or set another http.port (--port; 0 takes a free one)`,
        { cause: error },
      );
    case 'EACCES':
      return new AppError(
        'CONFIG',
        `port ${port} needs rights that this process lacks; set http.port (--port) to one above 1023`,
        {
          cause: error,
        },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new AppError('CONFIG', `http.host ${host} is no address of this machine; 0.0.0.0 stands for all of them`, {
        cause: error,
      });
    default:
      return new AppError('CONFIG', `cannot listen on ${host}, port ${port}: ${errorText(error)}`, { cause: error });
  }
}

function urlOf(host: string, port: number, secure: boolean): string {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${secure ? 'https' : 'http'}://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}
