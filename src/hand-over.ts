import type { Clock } from './lib/clock.ts';
import { offer, type Lease } from './store/lease.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';

export interface HandOverOptions {
  store: Store;
  clock: Clock;
  logger: Logger;
  /** How long Airflow must have been out of reach, in ms. */
  afterMs: number;
}

/**
 * A leader that does not reach Airflow offers its lease, and goes on leading until a replica that does reach it takes over: somebody
 * must say that Airflow is out of reach, and where it is so for all, nothing goes back and forth.
 */
export function createHandOver({ store, clock, logger, afterMs }: HandOverOptions) {
  /** The beginning of the first cycle that did not reach it; null while it is reached. */
  let lostAtMs: number | null = null;
  let isOffered = false;

  /** After each cycle of a leader. */
  async function note(lease: Lease, { reachesAirflow, beganMs }: { reachesAirflow: boolean; beganMs: number }): Promise<void> {
    lostAtMs = reachesAirflow ? null : (lostAtMs ?? beganMs);
    const mayGo = lostAtMs !== null && clock.monotonicMs() - lostAtMs >= afterMs;
    if (mayGo === isOffered) return;
    await offer(store, lease, mayGo);
    isOffered = mayGo;
    if (mayGo) logger.warn("Airflow's database stays out of reach; another replica that reaches it may take over");
  }

  /** Another leads: what was noted is over. */
  function forget(): void {
    lostAtMs = null;
    isOffered = false;
  }

  return { note, forget };
}
