import { sleep, type Clock } from '../../lib/clock.ts';

/** Turns in lanes, each with a least distance between two, by the monotonic clock. */
export function createPace(clock: Clock) {
  const freeAt = new Map<string, number>();
  const waitMs = (lane: string): number => Math.max(0, (freeAt.get(lane) ?? 0) - clock.monotonicMs());
  return {
    waitMs,
    /** Waits for the next turn and takes it. */
    async turn(lane: string, everyMs: number, signal: AbortSignal): Promise<void> {
      const wait = waitMs(lane);
      freeAt.set(lane, clock.monotonicMs() + wait + everyMs);
      if (wait > 0) await sleep(wait, signal);
    },
    /** The lane is closed for this long from now, or longer. */
    close(lane: string, ms: number): void {
      freeAt.set(lane, Math.max(freeAt.get(lane) ?? 0, clock.monotonicMs() + ms));
    },
  };
}

export type Pace = ReturnType<typeof createPace>;
