/** How many of so many trials failed. */
export interface Failures {
  readonly failed: number;
  readonly runs: number;
}

/** A Beta distribution of a share. */
export interface BetaPrior {
  readonly a: number;
  readonly b: number;
}

/** Of a share of which nothing is known: Jeffreys' prior. */
export const unknownShare: BetaPrior = { a: 0.5, b: 0.5 };

/** Fewer units estimate a prior too badly, as with scales. */
const unitsMin = 20;
/** However alike the units look, the prior weighs no more than so many trials of one. */
const weightMax = 200;

/**
 * What the shares of many units say about the share of any one: Beta(a, b) with the pooled share as mean and the weight a + b =
 * 1/rho − 1, rho the intraclass correlation by moments: sum n_i (p_i − p)² = p (1 − p) ((N − 1) + rho (S − N + 1)), S = sum n_i −
 * sum n_i²/sum n_i. Never less sceptical of failures than Jeffreys' Beta(½, ½): where a would be below ½, that one. RangeError
 * unless 0 <= failed <= runs. Source: Kleinman (1973), JASA 68.
 */
export function estimateSharePrior(units: readonly Failures[]): BetaPrior {
  const known = units.filter(({ runs }) => runs > 0);
  const bad = known.find(({ failed, runs }) => !(failed >= 0 && failed <= runs));
  if (bad !== undefined) throw new RangeError(`failures must lie between 0 and the runs, got ${bad.failed} of ${bad.runs}`);
  if (known.length < unitsMin) return unknownShare;
  const sum = (of: (unit: Failures) => number): number => known.reduce((total, unit) => total + of(unit), 0);
  const runs = sum((unit) => unit.runs);
  const share = sum((unit) => unit.failed) / runs;
  if (share <= 0 || share >= 1) return unknownShare;
  const spread = sum((unit) => unit.runs * (unit.failed / unit.runs - share) ** 2);
  const between = runs - sum((unit) => unit.runs ** 2) / runs - (known.length - 1);
  const rho = (spread / (share * (1 - share)) - (known.length - 1)) / between;
  const weight = Math.min(weightMax, rho <= 0 ? weightMax : 1 / rho - 1);
  const a = share * weight;
  return a < unknownShare.a ? unknownShare : { a, b: (1 - share) * weight };
}
