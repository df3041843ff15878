import type { Clock } from '../../lib/clock.ts';

/** Whether so many may come now: a bucket that holds a minute's worth and fills by itself. */
export function rateOf(perMinute: number, clock: Clock): (count: number) => boolean {
  let left = perMinute;
  let atMs = clock.monotonicMs();
  return (count) => {
    const nowMs = clock.monotonicMs();
    left = Math.min(perMinute, left + ((nowMs - atMs) * perMinute) / 60_000);
    atMs = nowMs;
    if (count > left) return false;
    left -= count;
    return true;
  };
}
