import { AppError } from '../lib/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { noWebConfig, readWebConfig, type WebConfig } from './web-config.ts';

export interface WatchedWebConfig {
  now(): WebConfig;
  stop(): void;
}

const describe = ({ tls, users }: WebConfig) => ({
  tls: tls !== null,
  ...(tls === null ? {} : { certificate_valid_until: tls.validUntil.toISOString() }),
  users: users.size,
});

/**
 * A web config file that is read again when it or a file it names changes. Throws CONFIG when it is bad now; bad new content
 * later is logged once, and the old stays in force. `onChange` is told of the new. Files are read and compared every
 * `everyMs` rather than watched: Kubernetes swaps links, and network file systems report nothing.
 */
export async function watchWebConfig(
  file: string | undefined,
  logger: Logger,
  everyMs: number,
  onChange: (config: WebConfig) => void,
): Promise<WatchedWebConfig> {
  if (file === undefined) return { now: () => noWebConfig, stop: () => undefined };
  const first = await readWebConfig(file);
  if (!first.result.ok) throw new AppError('CONFIG', first.result.message);
  let current = first.result.config;
  let seen = first.digest;
  let stopped = false;
  logger.info('web config file read', describe(current));

  async function look(path: string): Promise<void> {
    const { digest, result } = await readWebConfig(path);
    if (stopped || digest === seen) return;
    seen = digest;
    if (!result.ok) return logger.error('bad web config file: what was read before stays in force', { error: result.message });
    onChange(result.config);
    current = result.config;
    logger.info('web config file read again', describe(current));
  }

  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look(file)
      .catch((error: unknown) => logger.error('the web config file cannot be looked at', { error }))
      .finally(() => {
        looking = false;
      });
  }, everyMs).unref();
  const stop = () => {
    stopped = true;
    clearInterval(timer);
  };
  return { now: () => current, stop };
}
