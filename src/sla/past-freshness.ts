import { addCount, type SlaChanges, type SlaTarget } from './memory.ts';
import { compare, type SlaObjective } from './objective.ts';

/**
 * Counts the slices of freshness in (fromMs, toMs] as `countFreshness` would one by one, from as many steps as there are hours:
 * months of minutes are millions of slices for a large deployment. What is past is no violation. `successes` are in order.
 */
export function countPastFreshness(
  { operator, threshold, evaluateEveryMs: everyMs }: SlaObjective,
  target: SlaTarget,
  successes: readonly number[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
  changes: SlaChanges,
): void {
  // Below, at and above the threshold nothing changes but by the next success.
  const isGood = [threshold - 1, threshold, threshold + 1].map((age) => compare(age, operator, threshold));
  for (const [index, successMs] of successes.entries()) {
    const turnMs = successMs + Math.round(threshold * 1000);
    const [firstMs, lastMs] = [Math.max(successMs, fromMs + 1), Math.min((successes[index + 1] ?? Infinity) - 1, toMs)];
    const parts = [
      [firstMs, Math.min(lastMs, turnMs - 1)],
      [Math.max(firstMs, turnMs), Math.min(lastMs, turnMs)],
      [Math.max(firstMs, turnMs + 1), lastMs],
    ] as const;
    for (const [part, [low, high]] of parts.entries())
      addCount(target, { lowMs: low, highMs: high, everyMs, good: isGood[part] === true, nowMs: toMs }, changes);
  }
}
