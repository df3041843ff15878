import type { App } from '../app.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Supervisors kill after their own patience; ours ends before (the promise is 5 s). */
const stopTimeoutMs = 4800;

/** Resolves to the first SIGTERM or SIGINT from now on. */
export function toldToStop(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
}

/**
 * Runs `app` until `told`, reloads it on SIGHUP, and stops it within 5 s; a second signal stops at once. Where `told` rejects
 * the app cannot go on: it is stopped, and the error is thrown.
 */
export async function runUntilStopped(app: App, logger: Logger, told = toldToStop()): Promise<void> {
  const reload = () => void app.reload();
  process.on('SIGHUP', reload);
  const [outcome] = await Promise.allSettled([told]);
  process.off('SIGHUP', reload);
  if (outcome.status === 'fulfilled') logger.info('stopping', { signal: outcome.value });
  for (const again of ['SIGTERM', 'SIGINT'] as const) process.once(again, () => process.exit(1));
  const late = setTimeout(() => {
    logger.error('not everything stopped in time; leaving');
    process.exit(1);
  }, stopTimeoutMs);
  await app.stop();
  clearTimeout(late);
  if (outcome.status === 'rejected') throw outcome.reason;
}
