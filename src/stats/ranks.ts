import { chi2Sf } from './chi2.ts';
import { logChoose } from './discrete.ts';
import { normalSf } from './normal.ts';

interface Ranking {
  /** Rank of each value, 1 for the least; tied values share the mean of their ranks. */
  readonly ranks: Float64Array;
  /** Σ (t³ − t) over groups of t tied values; 0 without ties. */
  readonly tieTerm: number;
}

function midRanks(values: readonly number[]): Ranking {
  for (const value of values) if (Number.isNaN(value)) throw new RangeError('values to rank must be numbers, got NaN');
  const order = [...values.keys()].sort((left, right) => (values[left] ?? 0) - (values[right] ?? 0));
  const ranks = new Float64Array(values.length);
  let tieTerm = 0;
  for (let from = 0; from < order.length;) {
    const value = values[order[from] ?? 0];
    let to = from + 1;
    while (to < order.length && values[order[to] ?? 0] === value) to += 1;
    for (const index of order.slice(from, to)) ranks[index] = (from + 1 + to) / 2;
    tieTerm += (to - from) ** 3 - (to - from);
    from = to;
  }
  return { ranks, tieTerm };
}

/** `greater`: the first sample tends to be the larger one. */
export type Alternative = 'greater' | 'less' | 'two-sided';

export interface MannWhitneyResult {
  /** Pairs in which the first sample's value is the larger one; a tie counts ½. */
  readonly u: number;
  readonly p: number;
  /** Whether p comes from the exact distribution of u. */
  readonly exact: boolean;
}

/** The exact distribution of u has n1 n2 + 1 counts; this bounds its cost to about a millisecond. */
const exactPairsMax = 10_000;

/**
 * Mann–Whitney test of two samples. Exact when there are no ties, the number of arrangements C(n1 + n2, n1) fits a double
 * (30 against 30 does not, 7 against 30 does) and n1 n2 <= 10 000; else by the normal approximation with tie correction and
 * continuity ½. All values equal: p = 1. RangeError for an empty sample or NaN.
 * Source: Mann & Whitney (1947), Ann. Math. Statist. 18; ties: Lehmann (1975), Nonparametrics.
 */
export function mannWhitney(first: readonly number[], second: readonly number[], alternative: Alternative): MannWhitneyResult {
  const n1 = first.length;
  const n2 = second.length;
  if (n1 === 0 || n2 === 0) throw new RangeError('mannWhitney needs two samples that are not empty');
  const { ranks, tieTerm } = midRanks([...first, ...second]);
  const u = ranks.subarray(0, n1).reduce((sum, rank) => sum + rank, 0) - (n1 * (n1 + 1)) / 2;
  const pairs = n1 * n2;
  const exact = tieTerm === 0 && pairs <= exactPairsMax && logChoose(n1 + n2, n1) < Math.log(Number.MAX_SAFE_INTEGER);
  const deviation = Math.sqrt((pairs / 12) * (n1 + n2 + 1 - tieTerm / ((n1 + n2) * (n1 + n2 - 1))));
  const upperTail = (statistic: number): number => {
    if (exact) return exactUpperTail(statistic, n1, n2);
    return deviation === 0 ? 1 : normalSf((statistic - pairs / 2 - 0.5) / deviation);
  };
  switch (alternative) {
    case 'greater':
      return { u, exact, p: upperTail(u) };
    case 'less':
      return { u, exact, p: upperTail(pairs - u) };
    case 'two-sided':
      return { u, exact, p: Math.min(1, 2 * upperTail(Math.max(u, pairs - u))) };
  }
}

/**
 * P(U >= u) when all arrangements are equally likely. Their numbers are the coefficients of the Gaussian binomial
 * ∏ (1 − q^(n2+i)) / (1 − q^i), i = 1 … n1: whole numbers, so nothing is rounded. By symmetry P(U >= u) = P(U <= n1 n2 − u),
 * and that sums the fewer terms when u is large.
 */
function exactUpperTail(u: number, n1: number, n2: number): number {
  const few = Math.min(n1, n2);
  const many = Math.max(n1, n2);
  const counts = new Float64Array(n1 * n2 + 1);
  counts[0] = 1;
  for (let i = 1; i <= few; i += 1) {
    for (let at = counts.length - 1; at >= many + i; at -= 1) counts[at] = (counts[at] ?? 0) - (counts[at - many - i] ?? 0);
    for (let at = i; at < counts.length; at += 1) counts[at] = (counts[at] ?? 0) + (counts[at - i] ?? 0);
  }
  const last = n1 * n2 - u;
  let tail = 0;
  let total = 0;
  for (const [at, count] of counts.entries()) {
    total += count;
    if (at <= last) tail += count;
  }
  return tail / total;
}

export interface KruskalWallisResult {
  /** Chi-squared with (groups − 1) degrees of freedom when all groups have one distribution. */
  readonly h: number;
  readonly p: number;
}

/**
 * Kruskal–Wallis test that all groups have the same location, corrected for ties; the chi-squared approximation wants about 5
 * values a group. All values equal: h = 0, p = 1. RangeError for fewer than two groups, an empty one, or NaN.
 * H = 12/(N(N+1)) Σ R²/n − 3(N+1), divided by 1 − Σ(t³ − t)/(N³ − N). Source: Kruskal & Wallis (1952), JASA 47.
 */
export function kruskalWallis(groups: readonly (readonly number[])[]): KruskalWallisResult {
  if (groups.length < 2 || groups.some((group) => group.length === 0))
    throw new RangeError('kruskalWallis needs at least two groups, none of them empty');
  const { ranks, tieTerm } = midRanks(groups.flat());
  const n = ranks.length;
  const correction = 1 - tieTerm / (n ** 3 - n);
  if (correction <= 0) return { h: 0, p: 1 };
  let spread = 0;
  let from = 0;
  for (const group of groups) {
    const rankSum = ranks.subarray(from, from + group.length).reduce((sum, rank) => sum + rank, 0);
    spread += group.length * (rankSum / group.length - (n + 1) / 2) ** 2;
    from += group.length;
  }
  const h = ((12 / (n * (n + 1))) * spread) / correction;
  return { h, p: chi2Sf(h, groups.length - 1) };
}
