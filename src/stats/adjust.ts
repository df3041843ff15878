function checkPValues(pValues: readonly number[]): void {
  for (const p of pValues) if (!(p >= 0 && p <= 1)) throw new RangeError(`a p-value must lie in [0, 1], got ${p}`);
}

/** Indices of the p-values, smallest first; equal ones in their own order. */
const ascending = (pValues: readonly number[]): number[] =>
  [...pValues.keys()].sort((left, right) => (pValues[left] ?? 0) - (pValues[right] ?? 0));

/** Step-up: q of rank i = min over ranks j >= i of p_j · factor / j. */
function stepUp(pValues: readonly number[], factor: number): number[] {
  checkPValues(pValues);
  const adjusted = Array.from<number>({ length: pValues.length });
  let least = 1;
  for (const [rank, index] of [...ascending(pValues).entries()].reverse()) {
    least = Math.min(least, (pValues[index] ?? 1) * (factor / (rank + 1)));
    adjusted[index] = least;
  }
  return adjusted;
}

/**
 * q-values in the order given: rejecting q <= x keeps the expected share of false rejections <= x, when the tests are
 * independent or positively dependent. Empty in, empty out. RangeError for a p-value outside [0, 1].
 * Source: Benjamini & Hochberg (1995), JRSS B 57.
 */
export const benjaminiHochberg = (pValues: readonly number[]): number[] => stepUp(pValues, pValues.length);

/** As benjaminiHochberg under any dependence, by a further factor Σ 1/i. Source: Benjamini & Yekutieli (2001), Ann. Statist. 29. */
export function benjaminiYekutieli(pValues: readonly number[]): number[] {
  let harmonic = 0;
  for (let rank = 1; rank <= pValues.length; rank += 1) harmonic += 1 / rank;
  return stepUp(pValues, pValues.length * harmonic);
}

/**
 * Adjusted p-values in the order given: rejecting those <= x keeps the probability of any false rejection <= x, under any
 * dependence. Empty in, empty out. RangeError for a p-value outside [0, 1]. Source: Holm (1979), Scand. J. Statist. 6.
 */
export function holm(pValues: readonly number[]): number[] {
  checkPValues(pValues);
  const adjusted = Array.from<number>({ length: pValues.length });
  let greatest = 0;
  for (const [rank, index] of ascending(pValues).entries()) {
    greatest = Math.max(greatest, Math.min(1, (pValues[index] ?? 1) * (pValues.length - rank)));
    adjusted[index] = greatest;
  }
  return adjusted;
}
