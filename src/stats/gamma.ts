/** Where Stirling's series holds to full precision; smaller arguments are shifted up by recurrence. */
const stirlingFrom = 10;
const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);
const epsilon = 1e-16;
const tiny = 1e-300;

/**
 * What Stirling's formula leaves out: ln Γ(x) − [(x − ½) ln x − x + ½ ln 2π], for x ≥ 10 (error < 1e-16).
 * Source: DLMF 5.11.1. Differences of large ln Γ are taken through it, since subtracting them would cancel.
 */
export function stirlingError(x: number): number {
  const r = 1 / (x * x);
  const series = 1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - r * (691 / 360360 - r / 156)));
  return (1 / 12 - r * (1 / 360 - r * series)) / x;
}

/** ln Γ(x) for x > 0, absolute error about 1e-15 · max(1, |ln Γ|). RangeError otherwise. Source: DLMF 5.5.1, 5.11.1. */
export function logGamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`logGamma needs x > 0, got ${x}`);
  if (x === Infinity) return Infinity;
  let product = 1;
  while (x < stirlingFrom) {
    product *= x;
    x += 1;
  }
  return (x - 0.5) * Math.log(x) - x + halfLogTwoPi + stirlingError(x) - Math.log(product);
}

/** x^a e^−x / Γ(a), without cancellation for large a. */
function gammaFront(a: number, x: number): number {
  if (a < stirlingFrom) return Math.exp(a * Math.log(x) - x - logGamma(a));
  const excess = (x - a) / a;
  const exponent = x > 0.5 * a ? a * (Math.log1p(excess) - excess) : a * Math.log(x / a) + a - x;
  return Math.sqrt(a / (2 * Math.PI)) * Math.exp(exponent - stirlingError(a));
}

/** P(a, x) by its series, DLMF 8.11.4: front · Σ x^n / (a (a+1) … (a+n)). Fast for x < a + 1. */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > sum * epsilon; n += 1) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * gammaFront(a, x);
}

/** Q(a, x) by its continued fraction, DLMF 8.9.2 in even form, evaluated by Lentz' method. Fast for x > a + 1. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1, change = 0; Math.abs(change - 1) > 1e-15 && n < 100_000; n += 1) {
    const coefficient = n * (a - n);
    b += 2;
    d = 1 / (coefficient * d + b || tiny);
    c = b + coefficient / c || tiny;
    change = c * d;
    value *= change;
  }
  return value * gammaFront(a, x);
}

function checkGamma(a: number, x: number): void {
  if (!(a > 0 && a < Infinity && x >= 0)) throw new RangeError(`incomplete gamma needs finite a > 0 and x >= 0, got ${a}, ${x}`);
}

/** The regularised lower incomplete gamma function P(a, x), small values with full relative accuracy. RangeError unless a > 0, x >= 0. */
export function gammaLower(a: number, x: number): number {
  checkGamma(a, x);
  if (x === 0) return 0;
  if (x === Infinity) return 1;
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x);
}

/** The regularised upper incomplete gamma function Q(a, x) = 1 − P(a, x), small values with full relative accuracy. */
export function gammaUpper(a: number, x: number): number {
  checkGamma(a, x);
  if (x === 0) return 1;
  if (x === Infinity) return 0;
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x);
}
