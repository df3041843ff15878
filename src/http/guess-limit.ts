import type { Clock } from '../lib/clock.ts';

/** So many wrong ones within the window, and then none is looked at until it is over. */
const guessesMax = 10;
const windowMs = 60_000;
const keptMax = 10_000;

/**
 * Counts wrong passwords by who tries them: an address and a user. Passwords of people may be weak; tokens are not limited, since
 * they are long, and since whoever shares a proxy's address with a guesser must not be locked out.
 */
export function createGuessLimit(clock: Pick<Clock, 'monotonicMs'>) {
  const wrong = new Map<string, { count: number; sinceMs: number }>();

  const current = (key: string): { count: number; sinceMs: number } | undefined => {
    const found = wrong.get(key);
    return found !== undefined && clock.monotonicMs() - found.sinceMs < windowMs ? found : undefined;
  };

  const isOver = (key: string): boolean => (current(key)?.count ?? 0) >= guessesMax;

  const note = (key: string): void => {
    const found = current(key);
    if (found !== undefined) {
      found.count += 1;
      return;
    }
    wrong.delete(key);
    // The oldest is the first: a guesser with many addresses costs a bounded memory.
    if (wrong.size >= keptMax) wrong.delete(wrong.keys().next().value ?? '');
    wrong.set(key, { count: 1, sinceMs: clock.monotonicMs() });
  };

  return { isOver, note };
}
