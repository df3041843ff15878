import fc from 'fast-check';
import { expect, test } from 'vitest';
import { benjaminiHochberg, benjaminiYekutieli, holm } from '../../src/stats/adjust.ts';
import { betaCdf, betaQuantile } from '../../src/stats/beta.ts';
import { betaBinomialUpperTail, binomialUpperTail, hypergeometricPmf, poissonUpperTail } from '../../src/stats/discrete.ts';
import { fisherExact } from '../../src/stats/fisher.ts';
import { gammaLower, gammaUpper } from '../../src/stats/gamma.ts';
import { normalCdf, normalQuantile, normalSf } from '../../src/stats/normal.ts';
import { trigamma, trigammaInverse } from '../../src/stats/polygamma.ts';
import { studentCdf, studentQuantile, studentSf, studentUpperQuantile } from '../../src/stats/student.ts';
import { expectClose } from './close.ts';

const probability = fc.double({ min: 1e-12, max: 0.999, noNaN: true });
const degrees = fc.double({ min: 0.5, max: 2000, noNaN: true });
const shape = fc.double({ min: 0.2, max: 500, noNaN: true });
const count = fc.integer({ min: 0, max: 40 });

test('a quantile has its probability below it', () => {
  fc.assert(
    fc.property(probability, degrees, shape, shape, (p, df, a, b) => {
      expectClose(normalCdf(normalQuantile(p)), p, 1e-11);
      expectClose(studentCdf(studentQuantile(p, df), df), p, 1e-10);
      expectClose(studentSf(studentUpperQuantile(p, df), df), p, 1e-10);
      // b >= 1, or the density at 1 is infinite and the last digit of x decides.
      expectClose(betaCdf(betaQuantile(p, a, b + 1), a, b + 1), p, 1e-9);
    }),
  );
});

test('upper tails fall as the value rises, and are symmetric about 0', () => {
  const value = fc.double({ min: -30, max: 30, noNaN: true });
  fc.assert(
    fc.property(value, value, degrees, (one, other, df) => {
      const [low, high] = one < other ? [one, other] : [other, one];
      expect(studentSf(high, df)).toBeLessThanOrEqual(studentSf(low, df) * (1 + 1e-12));
      expect(normalSf(high)).toBeLessThanOrEqual(normalSf(low) * (1 + 1e-12));
      expect(studentSf(one, df)).toBe(studentCdf(-one, df));
      expectClose(studentSf(one, df) + studentCdf(one, df), 1, 1e-12);
    }),
  );
});

test('the t distribution has heavier tails than the normal, and the heavier the fewer its degrees of freedom', () => {
  fc.assert(
    fc.property(fc.double({ min: 2, max: 20, noNaN: true }), degrees, (t, df) => {
      expect(studentSf(t, df)).toBeGreaterThan(normalSf(t));
      expect(studentSf(t, df)).toBeGreaterThan(studentSf(t, df * 1.1));
    }),
  );
});

test('incomplete gamma and beta functions and their complements add up to 1', () => {
  fc.assert(
    fc.property(shape, shape, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (a, b, x) => {
      expectClose(gammaLower(a, 2 * a * x) + gammaUpper(a, 2 * a * x), 1, 1e-12);
      expectClose(betaCdf(x, a, b) + betaCdf(1 - x, b, a), 1, 1e-10);
    }),
  );
});

test('discrete tails are the sums of their probabilities', () => {
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
  fc.assert(
    fc.property(count, count, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (one, other, p) => {
      const [k, n] = one < other ? [one, other] : [other, one];
      let binomial = 0;
      let poisson = 0;
      for (let at = n; at >= k; at -= 1) binomial += choose(n, at) * p ** at * (1 - p) ** (n - at);
      let term = Math.exp(-3 * p);
      for (let at = 0; at < k + 80; at += 1) {
        if (at >= k) poisson += term;
        term *= (3 * p) / (at + 1);
      }
      expectClose(binomialUpperTail(k, n, p), binomial, 1e-10);
      expectClose(poissonUpperTail(k, 3 * p), poisson, 1e-10);
    }),
  );
});

test('a beta-binomial with a flat prior is uniform, and with a sharp one binomial', () => {
  fc.assert(
    fc.property(count, count, (one, other) => {
      const [k, n] = one < other ? [one, other] : [other, one];
      expectClose(betaBinomialUpperTail(k, n, 1, 1), (n - k + 1) / (n + 1), 1e-11);
      expectClose(betaBinomialUpperTail(k, n, 3e9, 7e9), binomialUpperTail(k, n, 0.3), 1e-5);
    }),
  );
});

test("Fisher's tails come from the hypergeometric distribution, and swapping rows and columns changes nothing", () => {
  fc.assert(
    fc.property(count, count, count, count, (a, b, c, d) => {
      let upper = 0;
      for (let at = a; at <= a + Math.min(b, c); at += 1) upper += hypergeometricPmf(at, a + b + c + d, a + c, a + b);
      expectClose(fisherExact({ a, b, c, d }, 'greater'), upper, 1e-10);
      const p = fisherExact({ a, b, c, d }, 'two-sided');
      expectClose(fisherExact({ a: d, b: c, c: b, d: a }, 'two-sided'), p, 1e-10);
      expectClose(fisherExact({ a, b: c, c: b, d }, 'two-sided'), p, 1e-10);
      expect(p).toBeGreaterThan(0);
      expect(p).toBeLessThanOrEqual(1 + 1e-12);
    }),
  );
});

test('a table with an empty margin says nothing, and one that is not counts is refused', () => {
  expect(fisherExact({ a: 0, b: 0, c: 3, d: 4 }, 'greater')).toBe(1);
  expect(fisherExact({ a: 0, b: 0, c: 0, d: 0 }, 'two-sided')).toBe(1);
  expect(() => fisherExact({ a: 0.5, b: 0, c: 3, d: 4 }, 'greater')).toThrow(RangeError);
  expect(() => fisherExact({ a: -1, b: 0, c: 3, d: 4 }, 'greater')).toThrow(RangeError);
});

test('trigammaInverse undoes trigamma', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 1e9, noNaN: true }), (x) => expectClose(trigammaInverse(trigamma(x)), x, 1e-7)),
  );
});

test('adjusted p-values lie between p and 1, keep its order, and BH <= BY, BH <= Holm', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 }), (pValues) => {
      const bh = benjaminiHochberg(pValues);
      const by = benjaminiYekutieli(pValues);
      const family = holm(pValues);
      for (const [i, p] of pValues.entries()) {
        const [q = -1, dependent = -1, strict = -1] = [bh[i], by[i], family[i]];
        expect(q).toBeGreaterThanOrEqual(p);
        expect(q).toBeLessThanOrEqual(Math.min(1, p * pValues.length) + 1e-15);
        for (const larger of [dependent, strict]) expect(larger).toBeGreaterThanOrEqual(q * (1 - 1e-12));
        for (const adjusted of [dependent, strict]) expect(adjusted).toBeLessThanOrEqual(1);
        for (const [j, other] of pValues.entries()) if (other < p) expect(bh[j]).toBeLessThanOrEqual(q);
      }
    }),
  );
});

test('no p-values adjust to none, one to itself, and what is no probability is refused', () => {
  for (const adjust of [benjaminiHochberg, benjaminiYekutieli, holm]) {
    expect(adjust([])).toEqual([]);
    expect(adjust([0.04])).toEqual([0.04]);
    expect(() => adjust([0.5, 1.5])).toThrow(RangeError);
    expect(() => adjust([Number.NaN])).toThrow(RangeError);
  }
});
