import type { CycleStatus } from './cycle-messages.ts';
import type { Logger } from './telemetry/logger.ts';

/** Says what goes wrong when it begins and when it is over, and not in every cycle between. */
export function createCycleLog(logger: Logger) {
  let warnings = new Set<string>();
  let collectors = new Map<string, string>();

  /** What works with less: warnings, and collectors that fail while the cycle goes on. */
  function status({ warnings: now, reports, snapshotAtMs }: CycleStatus): void {
    // A failed cycle tells nothing of its collectors.
    if (snapshotAtMs === null) return;
    for (const warning of now) if (!warnings.has(warning)) logger.warn(warning);
    warnings = new Set(now);
    const failing = new Map(reports.flatMap(({ collector, ok, error }) => (ok ? [] : [[collector, error ?? 'failed'] as const])));
    for (const [collector, error] of failing) {
      if (collectors.get(collector) !== error)
        logger.warn(`the collector ${collector} fails, its metrics are left out; the rest goes on`, { error });
    }
    for (const collector of collectors.keys()) if (!failing.has(collector)) logger.info(`the collector ${collector} works again`);
    collectors = failing;
  }

  let leader = false;
  let cycleError: string | null = null;
  let last: string | null = null;

  /** What the tick came to, once it is over: `beside` is what failed beside the cycle. */
  function tick(beside: string | null): void {
    const error = cycleError ?? beside;
    if (error === last) return;
    last = error;
    if (error === null) logger.info(leader ? 'cycles work again' : 'following works again');
    else if (cycleError !== null) logger.warn('the cycle failed; the next one tries again', { error });
    else
      logger.warn(leader ? 'work between cycles failed; it is tried again' : 'the leader cannot be followed; it is tried again', {
        error,
      });
  }

  return {
    status,
    tick,
    cycle(error: string | null): void {
      cycleError = error;
    },
    role(isLeader: boolean, airflow: string): void {
      leader = isLeader;
      cycleError = null;
      const words = isLeader
        ? 'leading: this Windsock reads Airflow'
        : 'following: another Windsock leads, or the store does not say who';
      logger.info(words, { airflow });
    },
  };
}
