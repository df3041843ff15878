import type { TryLog } from './read-try-log.ts';

/** So many characters of logs wait in memory in all; what is more is read again. */
const heldMax = 8_000_000;

/** Keeps logs that are needed once more while there is room. What is taken, null where there was none, is held no longer. */
export function createLogHold(max = heldMax): (log: TryLog) => () => TryLog | null {
  let held = 0;
  return (log) => {
    const size = log.found ? log.lines.reduce((sum, line) => sum + line.length, 0) : 0;
    if (held + size > max) return () => null;
    held += size;
    let kept: TryLog | null = log;
    return () => {
      const taken = kept;
      if (taken !== null) held -= size;
      kept = null;
      return taken;
    };
  };
}
