import { logGamma, stirlingError } from './gamma.ts';

const stirlingFrom = 10;
const tiny = 1e-300;

/** ln B(a, b) for a, b > 0, without cancelling large ln Γ. RangeError otherwise. Source: DLMF 5.12.1 with 5.11.1. */
export function logBeta(a: number, b: number): number {
  if (!(a > 0 && b > 0 && a + b < Infinity)) throw new RangeError(`logBeta needs finite a, b > 0, got ${a}, ${b}`);
  const p = Math.min(a, b);
  const q = Math.max(a, b);
  if (q < stirlingFrom) return logGamma(p) + logGamma(q) - logGamma(p + q);
  // ln Γ(q) − ln Γ(p + q)
  const quotient = p - p * Math.log(p + q) - (q - 0.5) * Math.log1p(p / q) + stirlingError(q) - stirlingError(p + q);
  return logGamma(p) + quotient;
}

/** x^a y^b / B(a, b), with y = 1 − x: around its maximum when both are large, where the plain exponents would cancel. */
function betaFront(x: number, y: number, a: number, b: number): number {
  if (Math.min(a, b) < stirlingFrom) {
    // Next to 1 only the other one has the digits.
    const logX = y < 0.5 ? Math.log1p(-y) : Math.log(x);
    const logY = x < 0.5 ? Math.log1p(-x) : Math.log(y);
    return Math.exp(a * logX + b * logY - logBeta(a, b));
  }
  const sum = a + b;
  // x − a/(a+b), by the smaller of x and y so that no digits are lost
  const off = x < y ? x - a / sum : b / sum - y;
  const exponent = a * logRatio(x, a / sum, off) + b * logRatio(y, b / sum, -off);
  const errors = stirlingError(a) + stirlingError(b) - stirlingError(sum);
  return Math.sqrt(((a / sum) * b) / (2 * Math.PI)) * Math.exp(exponent - errors);
}

const logRatio = (value: number, mode: number, off: number): number =>
  Math.abs(off) < 0.5 * mode ? Math.log1p(off / mode) : Math.log(value / mode);

/** I_x(a, b) by its continued fraction, DLMF 8.17.22, by Lentz' method; fast where x < (a + 1) / (a + b + 2). */
function betaFraction(x: number, y: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || tiny);
  let value = d;
  for (let m = 1; m <= 100_000; m += 1) {
    const at = a + 2 * m;
    const even = (m * (b - m) * x) / ((at - 1) * at);
    d = 1 / (1 + even * d || tiny);
    c = 1 + even / c || tiny;
    value *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / (at * (at + 1));
    d = 1 / (1 + odd * d || tiny);
    c = 1 + odd / c || tiny;
    const change = c * d;
    value *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return (value * betaFront(x, y, a, b)) / a;
}

/**
 * I_x(a, b) from x and y = 1 − x both, so that neither end loses digits; no checks. The complement is I_y(b, a): call it
 * with the arguments exchanged instead of subtracting from 1.
 */
export function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  return x < (a + 1) / (a + b + 2) ? betaFraction(x, y, a, b) : 1 - betaFraction(y, x, b, a);
}

function check(name: string, value: number, a: number, b: number): void {
  if (!(value >= 0 && value <= 1 && a > 0 && b > 0 && a + b < Infinity))
    throw new RangeError(`${name} needs a value in [0, 1] and finite a, b > 0, got ${value}, ${a}, ${b}`);
}

/** P(X <= x) = I_x(a, b) of a beta variable. RangeError unless 0 <= x <= 1 and a, b are finite and > 0. */
export function betaCdf(x: number, a: number, b: number): number {
  check('betaCdf', x, a, b);
  return incompleteBeta(x, 1 - x, a, b);
}

/**
 * The x with P(X <= x) = p of a beta variable: 0 at p = 0, 1 at p = 1. RangeError unless 0 <= p <= 1 and a, b > 0.
 * Newton's iteration on ln P (or ln(1 − P)) in logit(x), inside a bracket that halves whenever Newton would leave it.
 */
export function betaQuantile(p: number, a: number, b: number): number {
  check('betaQuantile', p, a, b);
  if (p === 0 || p === 1) return p;
  let low = -740;
  let high = 740;
  let logit = Math.log(a / b);
  for (let round = 0; round < 200; round += 1) {
    const x = 1 / (1 + Math.exp(-logit));
    const y = 1 / (1 + Math.exp(logit));
    const below = incompleteBeta(x, y, a, b);
    const above = incompleteBeta(y, x, b, a);
    // Compare the smaller tail: it has all its digits.
    const error = p <= 0.5 ? Math.log(below / p) : -Math.log(above / (1 - p));
    if (error === 0) return x;
    if (error < 0) low = logit;
    else high = logit;
    const slope = betaFront(x, y, a, b) / (p <= 0.5 ? below : above);
    const next = logit - error / slope;
    const inside = next > low && next < high;
    const moved = inside ? next : (low + high) / 2;
    const done = Math.abs(moved - logit) <= 1e-15 * Math.max(1, Math.abs(logit));
    logit = moved;
    if (done) break;
  }
  return 1 / (1 + Math.exp(-logit));
}
