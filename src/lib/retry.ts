/** Milliseconds to wait before try `attempt` (1 = first repeat): exponential, capped, with full jitter from `random` in [0, 1). */
export function backoffMs(attempt: number, { baseMs, capMs }: { baseMs: number; capMs: number }, random: number): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(ceiling * (0.5 + random / 2));
}
