import fc from 'fast-check';
import { expect, test } from 'vitest';
import { autocorrelations } from '../../src/stats/autocorrelation.ts';

/** By the definition, in O(n²). */
function byDefinition(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const off = values.map((value) => value - mean);
  const sumAt = (lag: number) => off.slice(lag).reduce((sum, value, index) => sum + value * (off[index] as number), 0);
  return off.map((_, lag) => sumAt(lag) / sumAt(0));
}

test('autocorrelations are those of the definition', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 70 }), (values) => {
      fc.pre(new Set(values).size > 1);
      const expected = byDefinition(values);
      for (const [lag, r] of autocorrelations(values).entries()) expect(r).toBeCloseTo(expected[lag] as number, 9);
    }),
  );
});

test('equal values are alike at no distance but 0', () => {
  expect([...autocorrelations([0.1, 0.1, 0.1])]).toEqual([1, 0, 0]);
  expect([...autocorrelations([0, 0])]).toEqual([1, 0]);
});

test.each([[[]], [[1, Number.NaN]], [[1, Infinity]]])('%o is refused', (values) => {
  expect(() => autocorrelations(values)).toThrow(RangeError);
});
