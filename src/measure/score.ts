/**
 * How unusual a value is, 0 (not at all) to 1, by the probability `p` of one at least as far out: 0.5 where p is `alpha`, the
 * probability at which it becomes a finding at the default budget. 1 - 2^(-ln p / ln alpha): each further factor alpha halves
 * the rest. RangeError unless 0 <= p <= 1 and 0 < alpha < 1.
 */
export function scoreOf(p: number, alpha: number): number {
  if (!(p >= 0 && p <= 1 && alpha > 0 && alpha < 1)) throw new RangeError(`a score needs probabilities, got ${p} and ${alpha}`);
  return 1 - 2 ** (-Math.log(p) / Math.log(alpha));
}
