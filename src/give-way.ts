import { getPriority, setPriority } from 'node:os';

/** Of two threads that want one processor, one this much nicer gets a quarter of it. */
const nicer = 5;

/**
 * The calling thread gives way to the other threads of this process, and to what else runs beside them. Linux only, where a
 * priority is that of a thread: elsewhere it would be the whole process.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, Math.min(19, getPriority(0) + nicer));
  } catch {
    // A sandbox may forbid it: then all are alike, as they were.
  }
}
