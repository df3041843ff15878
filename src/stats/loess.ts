/** How a window of a series is fitted locally: a straight line with tricube weights times these. */
export interface LoessInput {
  readonly y: Float64Array;
  /** Observations a window spans; more than there are widens it beyond the ends. */
  readonly span: number;
  /** Robustness weights, one per observation; undefined: all 1. */
  readonly weights: Float64Array | undefined;
}

/**
 * The local line's value at position `at` (0 is the first observation; may lie outside), from observations left … right.
 * undefined when all of them have weight 0. Source: Cleveland et al. (1990), Journal of Official Statistics 6, section 2.
 */
export function loessAt({ y, span, weights }: LoessInput, at: number, left: number, right: number): number | undefined {
  const n = y.length;
  const reach = Math.max(at - left, right - at) + Math.max(0, Math.floor((span - n) / 2));
  const local = new Float64Array(right - left + 1);
  let sum = 0;
  let first = 0;
  let level = 0;
  for (let j = left; j <= right; j += 1) {
    const distance = Math.abs(j - at);
    if (distance > 0.999 * reach) continue;
    const ratio = distance / reach;
    const tricube = distance <= 0.001 * reach ? 1 : (1 - ratio * ratio * ratio) ** 3;
    const weight = weights === undefined ? tricube : tricube * (weights[j] as number);
    local[j - left] = weight;
    sum += weight;
    first += weight * (j - at);
    level += weight * (y[j] as number);
  }
  if (sum <= 0) return undefined;
  const centre = at + first / sum;
  let spread = 0;
  let tilt = 0;
  for (let j = left; j <= right; j += 1) {
    const moment = (local[j - left] as number) * (j - centre);
    spread += moment * (j - centre);
    tilt += moment * (y[j] as number);
  }
  // With almost all weight on one spot a slope means nothing: the mean then.
  const sloped = reach > 0 && Math.sqrt(spread / sum) > 0.001 * (n - 1);
  return level / sum + (sloped ? ((at - centre) * tilt) / spread : 0);
}

/** The smooth at every observation: each in the window of `span` nearest ones; where all weights are 0, the observation itself. */
export function loess(input: LoessInput): Float64Array {
  const { y, span } = input;
  const n = y.length;
  const smooth = new Float64Array(n);
  const half = (span + 1) >> 1;
  let left = 0;
  let right = Math.min(span, n) - 1;
  for (let i = 0; i < n; i += 1) {
    if (span < n && i >= half && right < n - 1) {
      left += 1;
      right += 1;
    }
    smooth[i] = loessAt(input, i, left, right) ?? (y[i] as number);
  }
  return smooth;
}
