/**
 * A 2×2 table of counts. Rows: with the property, without. Columns: failed, not failed.
 * a failed with, b did not fail with, c failed without, d did not fail without.
 */
export interface Table {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/** RangeError unless all four are whole numbers >= 0. */
export function checkTable({ a, b, c, d }: Table): void {
  if (![a, b, c, d].every((count) => Number.isSafeInteger(count) && count >= 0))
    throw new RangeError(`a 2×2 table needs whole numbers >= 0, got ${a}, ${b}, ${c}, ${d}`);
}

/** A two-sided test counts tables as likely as the one seen although their probability was rounded otherwise. */
const tieTolerance = 1 + 1e-7;

/**
 * Fisher's exact test: the p-value of a table given its margins. `greater`: P(A >= a), the property goes with failure;
 * `two-sided`: all tables that are no likelier than this one. 1 when a margin is empty. O(smallest margin) time.
 * Source: hypergeometric distribution of a; its weights are built from its mode by ratios of neighbours, so neither ln Γ nor
 * underflow costs digits.
 */
export function fisherExact(table: Table, alternative: 'greater' | 'two-sided'): number {
  checkTable(table);
  const { a, b, c, d } = table;
  const marked = a + c;
  const drawn = a + b;
  const low = Math.max(0, drawn - (b + d));
  const high = Math.min(marked, drawn);
  const mode = Math.min(high, Math.max(low, Math.floor(((drawn + 1) * (marked + 1)) / (a + b + c + d + 2))));
  const ratioUp = (k: number): number => ((marked - k) / (k + 1)) * ((drawn - k) / (b + d - drawn + k + 1));
  const weights = new Float64Array(high - low + 1);
  weights[mode - low] = 1;
  for (let k = mode; k < high; k += 1) weights[k + 1 - low] = (weights[k - low] ?? 0) * ratioUp(k);
  for (let k = mode; k > low; k -= 1) weights[k - 1 - low] = (weights[k - low] ?? 0) / ratioUp(k - 1);
  const seen = weights[a - low] ?? 0;
  let total = 0;
  let extreme = 0;
  // Smallest first from both ends would be exact to the last digit; the sum of at most 1e5 positive terms needs no such care.
  for (const [index, weight] of weights.entries()) {
    total += weight;
    if (alternative === 'greater' ? index + low >= a : weight <= seen * tieTolerance) extreme += weight;
  }
  return extreme / total;
}
