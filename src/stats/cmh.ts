import { checkTable, type Table } from './fisher.ts';
import { normalQuantile, normalSf } from './normal.ts';

/** What strata of 2×2 tables say together about property and failure. */
export interface CmhResult {
  /** One-sided p-value: the property goes with failure. */
  readonly p: number;
  /** Mantel–Haenszel odds ratio; Infinity when nothing contradicts the association, NaN when no stratum can tell. */
  readonly oddsRatio: number;
  /** Its two-sided interval; (0, Infinity) when the odds ratio is 0, Infinity or NaN. */
  readonly low: number;
  readonly high: number;
  /** Strata in which both property and failure vary; only they count. */
  readonly strata: number;
}

/**
 * Cochran–Mantel–Haenszel test over strata, one-sided with continuity correction ½, and the Mantel–Haenszel odds ratio with
 * its Robins–Breslow–Greenland interval at this confidence (0.95). No informative stratum: p = 1.
 * z = (Σ(a − E) − ½) / √ΣVar, E = (a+b)(a+c)/N, Var = (a+b)(c+d)(a+c)(b+d) / (N²(N−1)).
 * RangeError unless counts are whole >= 0 and confidence lies in (0, 1).
 * Source: Mantel & Haenszel (1959), JNCI 22; Robins, Breslow & Greenland (1986), Biometrics 42.
 */
export function cochranMantelHaenszel(tables: readonly Table[], confidence = 0.95): CmhResult {
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`confidence must lie in (0, 1), got ${confidence}`);
  let excess = 0;
  let variance = 0;
  let strata = 0;
  for (const table of tables) {
    checkTable(table);
    const { a, b, c, d } = table;
    const n = a + b + c + d;
    if (a + b === 0 || c + d === 0 || a + c === 0 || b + d === 0) continue;
    strata += 1;
    excess += a - ((a + b) / n) * (a + c);
    variance += (((a + b) / n) * ((c + d) / n) * (a + c) * (b + d)) / (n - 1);
  }
  const p = strata === 0 ? 1 : normalSf((excess - 0.5) / Math.sqrt(variance));
  return { p, strata, ...oddsRatioInterval(tables, confidence) };
}

/** Strata that cannot tell add 0 to every sum below, so they need no exclusion; only an empty one would divide by 0. */
function oddsRatioInterval(tables: readonly Table[], confidence: number): Pick<CmhResult, 'oddsRatio' | 'low' | 'high'> {
  let sumR = 0;
  let sumS = 0;
  let sumPR = 0;
  let sumPSQR = 0;
  let sumQS = 0;
  for (const { a, b, c, d } of tables) {
    const n = a + b + c + d;
    if (n === 0) continue;
    const p = (a + d) / n;
    const q = (b + c) / n;
    const r = (a * d) / n;
    const s = (b * c) / n;
    sumR += r;
    sumS += s;
    sumPR += p * r;
    sumPSQR += p * s + q * r;
    sumQS += q * s;
  }
  const oddsRatio = sumR / sumS;
  if (sumR === 0 || sumS === 0) return { oddsRatio, low: 0, high: Infinity };
  const variance = sumPR / (2 * sumR * sumR) + sumPSQR / (2 * sumR * sumS) + sumQS / (2 * sumS * sumS);
  const width = Math.exp(-normalQuantile((1 - confidence) / 2) * Math.sqrt(variance));
  return { oddsRatio, low: oddsRatio / width, high: oddsRatio * width };
}
