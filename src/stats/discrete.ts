import { incompleteBeta, logBeta } from './beta.ts';
import { gammaLower } from './gamma.ts';

/** Whole numbers only, since a tail at k = 2.5 is a mistake of the caller. */
function checkCount(name: string, count: number): void {
  if (!(Number.isSafeInteger(count) && count >= 0)) throw new RangeError(`${name} must be a whole number >= 0, got ${count}`);
}

/** ln C(n, k) for whole 0 <= k <= n, relative error about 1e-15. −Infinity for k > n. RangeError for other numbers. */
export function logChoose(n: number, k: number): number {
  checkCount('n', n);
  checkCount('k', k);
  if (k > n) return -Infinity;
  if (k === 0 || k === n) return 0;
  return -Math.log(n + 1) - logBeta(n - k + 1, k + 1);
}

/** P(X >= k) for X ~ Binomial(n, p): I_p(k, n − k + 1) (DLMF 8.17.5). 1 for k <= 0, 0 for k > n. RangeError unless 0 <= p <= 1. */
export function binomialUpperTail(k: number, n: number, p: number): number {
  checkCount('n', n);
  if (!Number.isSafeInteger(k)) throw new RangeError(`k must be a whole number, got ${k}`);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p must lie in [0, 1], got ${p}`);
  if (k <= 0) return 1;
  if (k > n) return 0;
  return incompleteBeta(p, 1 - p, k, n - k + 1);
}

/** P(X >= k) for X ~ Poisson(mean): P(k, mean) (DLMF 8.4.10). 1 for k <= 0. RangeError unless mean is finite and >= 0. */
export function poissonUpperTail(k: number, mean: number): number {
  if (!Number.isSafeInteger(k)) throw new RangeError(`k must be a whole number, got ${k}`);
  if (!(mean >= 0 && mean < Infinity)) throw new RangeError(`mean must be a finite number >= 0, got ${mean}`);
  return k <= 0 ? 1 : gammaLower(k, mean);
}

/**
 * P(X = k) when `drawn` of `population` items, `marked` of them marked, are drawn without replacement and k are marked.
 * Relative error about 1e-15 · population. 0 outside the support. RangeError unless all are whole and marked, drawn <= population.
 */
export function hypergeometricPmf(k: number, population: number, marked: number, drawn: number): number {
  checkCount('population', population);
  checkCount('marked', marked);
  checkCount('drawn', drawn);
  if (marked > population || drawn > population) throw new RangeError('marked and drawn must not exceed the population');
  if (!Number.isSafeInteger(k)) throw new RangeError(`k must be a whole number, got ${k}`);
  if (k < Math.max(0, drawn + marked - population) || k > Math.min(marked, drawn)) return 0;
  return Math.exp(logChoose(marked, k) + logChoose(population - marked, drawn - k) - logChoose(population, drawn));
}

/**
 * P(X >= k) for X ~ BetaBinomial(n, a, b): n trials whose success probability is itself Beta(a, b). With Jeffreys' prior,
 * k0 successes in n0 earlier trials give a = k0 + ½, b = n0 − k0 + ½. 1 for k <= 0, 0 for k > n; O(n) time.
 * RangeError unless n is whole >= 0 and a, b are finite and > 0.
 * Pmf C(n, k) B(k + a, n − k + b) / B(a, b); sums the tail beyond the mean, so that a small result keeps all its digits.
 */
export function betaBinomialUpperTail(k: number, n: number, a: number, b: number): number {
  checkCount('n', n);
  if (!Number.isSafeInteger(k)) throw new RangeError(`k must be a whole number, got ${k}`);
  if (!(a > 0 && b > 0 && a + b < Infinity)) throw new RangeError(`a and b must be finite and > 0, got ${a}, ${b}`);
  if (k <= 0) return 1;
  if (k > n) return 0;
  // The lower tail of X is the upper tail of the failures n − X, with a and b exchanged.
  if (k < (n * a) / (a + b)) return 1 - sumUpwards(n - k + 1, n, b, a);
  return sumUpwards(k, n, a, b);
}

function sumUpwards(k: number, n: number, a: number, b: number): number {
  // B(k + a, n − k + b) / B(a, b) factor by factor: as a difference of logarithms it would cancel for large a and b.
  let logTerm = logChoose(n, k);
  for (let i = 0; i < k; i += 1) logTerm += Math.log((a + i) / (a + b + i));
  for (let i = 0; i < n - k; i += 1) logTerm += Math.log((b + i) / (a + b + k + i));
  let term = Math.exp(logTerm);
  let sum = 0;
  for (let at = k; at <= n; at += 1) {
    sum += term;
    term *= ((n - at) / (at + 1)) * ((at + a) / (n - at - 1 + b));
  }
  return Math.min(1, sum);
}
