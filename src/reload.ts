import type { Config } from './config.ts';
import type { Reloaded } from './http/sources.ts';
import { errorText } from './lib/errors.ts';
import type { Logger } from './telemetry/logger.ts';

/** What only a new start can change, as [room, key]; without a key the whole room. */
const fixed = [['store'], ['telemetry'], ['airflow', 'name'], ['http', 'host'], ['http', 'port']] as const;

/** `next` with what cannot change while we run as it is in `current`, and the keys where the two differ. */
export function keepFixed(current: Config, next: Config): { config: Config; needsRestart: string[] } {
  const config: Record<string, unknown> = { ...next };
  const needsRestart: string[] = [];
  for (const [room, key] of fixed) {
    const [before, after]: [object, object] = [current[room], next[room]];
    const at = (slice: object): unknown =>
      key === undefined ? slice : Object.entries(slice).find(([name]) => name === key)?.[1];
    if (JSON.stringify(at(before)) === JSON.stringify(at(after))) continue;
    needsRestart.push(key === undefined ? room : `${room}.${key}`);
    config[room] = key === undefined ? before : { ...(config[room] as object), [key]: at(before) };
  }
  return { config: config as Config, needsRestart };
}

export interface ReloadParts {
  current: () => Config;
  /** Throws CONFIG when the configuration is bad. */
  reread: () => Config;
  /** Puts the new configuration into force, or throws and changes nothing. */
  apply: (config: Config) => Promise<void>;
  logger: Logger;
  /** Whether the configuration that was read is in force now. */
  report: (ok: boolean) => void;
}

/** Reads the configuration again: one reload after the other, and a bad one leaves the old in force. */
export function createReload({ current, reread, apply, logger, report }: ReloadParts): () => Promise<Reloaded> {
  let last: Promise<unknown> = Promise.resolve();

  async function reload(): Promise<Reloaded> {
    try {
      const { config, needsRestart } = keepFixed(current(), reread());
      await apply(config);
      logger.info('configuration read again', needsRestart.length === 0 ? {} : { needs_restart: needsRestart });
      report(true);
      return { ok: true, needsRestart };
    } catch (error) {
      logger.error('reload refused: the old configuration stays in force', { error });
      report(false);
      return { ok: false, message: errorText(error) };
    }
  }

  return () => {
    const turn = last.then(reload);
    last = turn;
    return turn;
  };
}
