import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateSharePrior, unknownShare } from '../../src/stats/beta-prior.ts';

const units = (failed: readonly number[], runs: number) => failed.map((each) => ({ failed: each, runs }));

describe('the prior of shares', () => {
  test('has the pooled share as its mean, and weighs the more the more alike the units are', () => {
    const alike = estimateSharePrior(
      units(
        Array.from({ length: 40 }, (_, index) => 4 + (index % 3)),
        100,
      ),
    );
    const unlike = estimateSharePrior(
      units(
        Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 0 : 10)),
        100,
      ),
    );
    for (const { a, b } of [alike, unlike]) expect(a / (a + b)).toBeCloseTo(0.05, 2);
    expect(alike.a + alike.b).toBe(200);
    expect(unlike.a + unlike.b).toBeLessThan(40);
  });

  test('weighs as the moments say: 0 and 40 of 100 in turns, by hand', () => {
    // p = 0.2, sum n (p_i − p)² = 40 · 100 · 0.04 = 160; rho = (160/0.16 − 39)/(4000 − 100 − 39).
    const rho = (1000 - 39) / 3861;
    const { a, b } = estimateSharePrior(
      units(
        Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 0 : 40)),
        100,
      ),
    );
    expect(a + b).toBeCloseTo(1 / rho - 1, 9);
    expect(a).toBeCloseTo(0.2 * (1 / rho - 1), 9);
  });

  test('is Jeffreys’ below 20 units, where nothing ever fails, and where it would be less sceptical', () => {
    expect(
      estimateSharePrior(
        units(
          Array.from({ length: 19 }, () => 5),
          100,
        ),
      ),
    ).toBe(unknownShare);
    expect(
      estimateSharePrior(
        units(
          Array.from({ length: 30 }, () => 0),
          100,
        ),
      ),
    ).toBe(unknownShare);
    expect(estimateSharePrior(units([...Array.from({ length: 29 }, () => 0), 90], 100))).toBe(unknownShare);
  });

  test('is a prior whatever the units are, never with a below a half', () => {
    const unit = fc.nat(200).chain((runs) => fc.record({ runs: fc.constant(runs), failed: fc.nat(runs) }));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (all) => {
        const { a, b } = estimateSharePrior(all);
        expect(a).toBeGreaterThanOrEqual(0.5);
        expect(b).toBeGreaterThan(0);
        expect(a + b).toBeLessThanOrEqual(200 + 1e-9);
      }),
    );
  });

  test('refuses more failures than runs', () => {
    expect(() => estimateSharePrior([{ failed: 3, runs: 2 }])).toThrow(RangeError);
  });
});
