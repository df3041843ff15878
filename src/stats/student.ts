import { incompleteBeta, logBeta } from './beta.ts';
import { normalQuantile, normalSf } from './normal.ts';

/** Beyond this the continued fraction loses digits next to 1; from here Wallace's normal deviate is right to 1e-10. */
const wallaceFrom = 5e6;

/** z with P(Z > z) = P(T > t) up to a relative error O(1/df²). Source: Wallace (1959), Ann. Math. Statist. 30. */
const wallaceFactor = (df: number): number => (8 + 1 / df) / (8 + 3 / df);

function checkDf(df: number): void {
  if (!(df > 0)) throw new RangeError(`Student's t needs df > 0, got ${df}`);
}

/**
 * P(T > t) of Student's t with real df > 0 (Infinity: the normal), with full relative accuracy in the upper tail.
 * |t| > 1e154 counts as infinite. RangeError for NaN or df <= 0. P(T > t) = ½ I_{df/(df+t²)}(df/2, ½) for t >= 0. Source: DLMF 8.17.
 */
export function studentSf(t: number, df: number): number {
  checkDf(df);
  if (Number.isNaN(t)) throw new RangeError("Student's t needs a number, got NaN");
  if (df === Infinity) return normalSf(t);
  const square = t * t;
  if (df > wallaceFrom) return normalSf(Math.sign(t) * wallaceFactor(df) * Math.sqrt(df * Math.log1p(square / df)));
  if (square === Infinity) return t > 0 ? 0 : 1;
  const tail = 0.5 * incompleteBeta(df / (df + square), square / (df + square), 0.5 * df, 0.5);
  return t > 0 ? tail : 1 - tail;
}

/** P(T <= t) of Student's t, with full relative accuracy in the lower tail. RangeError for NaN or df <= 0. */
export const studentCdf = (t: number, df: number): number => studentSf(-t, df);

/**
 * The t with P(T > t) = alpha, which keeps all digits of a small alpha: Infinity at 0, −Infinity at 1.
 * RangeError unless 0 <= alpha <= 1 and df > 0.
 */
export function studentUpperQuantile(alpha: number, df: number): number {
  checkDf(df);
  if (!(alpha >= 0 && alpha <= 1)) throw new RangeError(`Student's t quantile needs a probability in [0, 1], got ${alpha}`);
  if (alpha > 0.5) return -studentUpperQuantile(1 - alpha, df);
  if (alpha === 0) return Infinity;
  if (df > wallaceFrom) {
    const z = -normalQuantile(alpha);
    return df === Infinity ? z : Math.sqrt(df * Math.expm1((z / wallaceFactor(df)) ** 2 / df));
  }
  const logDensityAtZero = -0.5 * Math.log(df) - logBeta(0.5 * df, 0.5);
  return alpha > 0.25 ? centralQuantile(alpha, df, logDensityAtZero) : tailQuantile(alpha, df, logDensityAtZero);
}

/** The t with P(T <= t) = p. RangeError unless 0 <= p <= 1 and df > 0. For a small upper tail use studentUpperQuantile. */
export const studentQuantile = (p: number, df: number): number => 0 - studentUpperQuantile(p, df);

/** Newton from 0 on P(|T| < t) = 1 − 2 alpha: concave for t > 0, so it comes up from below and never overshoots. */
function centralQuantile(alpha: number, df: number, logDensityAtZero: number): number {
  let t = 0;
  for (let round = 0; round < 100; round += 1) {
    const square = t * t;
    const inside = incompleteBeta(square / (df + square), df / (df + square), 0.5, 0.5 * df);
    const density = Math.exp(logDensityAtZero - 0.5 * (df + 1) * Math.log1p(square / df));
    const step = (1 - 2 * alpha - inside) / (2 * density);
    t += step;
    if (Math.abs(step) <= 1e-15 * t) break;
  }
  return t;
}

/**
 * Newton on ln P(T > t) = ln alpha in ln t, where the curve is concave: from any start it lands right of the root at most
 * once and then comes back without overshoot. Start: the Cornish–Fisher expansion (A&S 26.7.5), or the tail's power law where
 * that is less: it lies above the root, and so far out that 1 + df/t² = 1 it is the root.
 */
function tailQuantile(alpha: number, df: number, logDensityAtZero: number): number {
  const powerLaw = Math.exp((logDensityAtZero + 0.5 * (df + 1) * Math.log(df) - Math.log(df) - Math.log(alpha)) / df);
  if (powerLaw > 1e9 * Math.sqrt(df)) return powerLaw;
  const z = -normalQuantile(alpha);
  const square = z * z;
  const second = ((5 * square + 16) * square + 3) / 96 + (((3 * square + 19) * square + 17) * square - 15) / (384 * df);
  let t = Math.min(powerLaw, z * (1 + ((square + 1) / 4 + second / df) / df));
  for (let round = 0; round < 100; round += 1) {
    const tail = studentSf(t, df);
    if (tail === 0) {
      t /= 2;
      continue;
    }
    const density = Math.exp(logDensityAtZero - 0.5 * (df + 1) * Math.log1p((t * t) / df));
    const step = (Math.log(tail / alpha) * tail) / (t * density);
    t *= Math.exp(step);
    // Quadratic convergence: the next step would be about 1e-15.
    if (Math.abs(step) <= 1e-8) break;
  }
  return t;
}
