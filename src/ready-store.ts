import type { Config } from './config.ts';
import { sleep, systemClock } from './lib/clock.ts';
import { AppError } from './lib/errors.ts';
import { backoffMs } from './lib/retry.ts';
import { startEmbedded } from './store/embedded.ts';
import { migrate } from './store/migrate.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';

/** How long a store of the user's own may take to come up before we give up. */
const storeWaitMs = 30_000;

/** Our own database, up to date: the embedded one, or the user's, which may take a while to come up. */
export async function readyStore(config: Config, logger: Logger, closers: (() => Promise<void>)[]): Promise<Store> {
  let url = config.store.database_url;
  if (url === undefined) {
    const postgres = await startEmbedded({ dataDir: config.store.data_dir, log: (message) => logger.warn(message) });
    closers.unshift(() => postgres.stop());
    url = await postgres.databaseUrl('windsock');
  }
  const store = await openStore({ url, applicationName: 'windsock', max: 2 });
  closers.unshift(() => store.close());
  const began = systemClock.monotonicMs();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await migrate(store);
      return store;
    } catch (error) {
      const waitMs = backoffMs(attempt, { baseMs: 250, capMs: 5000 }, Math.random());
      const late = systemClock.monotonicMs() - began + waitMs > storeWaitMs;
      if (late || !(error instanceof AppError) || error.code !== 'UNAVAILABLE') throw error;
      logger.warn('the store is not ready yet; trying again', { error });
      await sleep(waitMs);
    }
  }
}
