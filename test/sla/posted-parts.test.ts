import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tellingPart, type PostedShare } from '../../src/sla/posted-parts.ts';

const share = (labels: Record<string, string>, bad: number, of: number | null = 10): PostedShare => ({ labels, bad, of });

describe('the part that brings most of what is bad', () => {
  test('is that value of that label which has far more of the bad than of the rest', () => {
    const series = [
      share({ model: 'a', region: 'eu' }, 9),
      share({ model: 'a', region: 'us' }, 8),
      share({ model: 'b', region: 'eu' }, 1),
      share({ model: 'b', region: 'us' }, 0),
    ];
    expect(tellingPart(series)).toEqual({ label: 'model', value: 'a', bad: 17, badTotal: 18, of: 20, ofTotal: 40 });
  });

  test.each([
    [66, 33, 'a'],
    [65, 33, null],
  ])('with %i and %i of what is bad, of halves of the rest: %s', (a, b, value) => {
    expect(tellingPart([share({ model: 'a' }, a), share({ model: 'b' }, b)])?.value ?? null).toBe(value);
  });

  test.each([
    [5, 'a'],
    [4.9, null],
  ])('with %f of 10, and next to nothing of the rest: %s', (bad, value) => {
    const others = Array.from({ length: 9 }, (_, index) => share({ model: `b${index}` }, (10 - bad) / 9, 10));
    expect(tellingPart([share({ model: 'a' }, bad, 0), ...others])?.value ?? null).toBe(value);
  });

  test('is none where all are alike, where there is one series, where nothing is bad, or no label tells them apart', () => {
    expect(tellingPart([share({ model: 'a' }, 5), share({ model: 'b' }, 5)])).toBeNull();
    expect(tellingPart([share({ model: 'a' }, 5)])).toBeNull();
    expect(tellingPart([share({ model: 'a' }, 0), share({ model: 'b' }, 0)])).toBeNull();
    expect(tellingPart([])).toBeNull();
    expect(tellingPart([share({ model: 'a' }, 5), share({ model: 'a', host: 'x' }, 0)])?.label).toBeUndefined();
  });

  test('may be large by itself: what counts is that it is far worse than the rest', () => {
    const of = (big: number, small: number) =>
      tellingPart([share({ source: 'big' }, big, 80), share({ source: 'small' }, small, 20)]);
    expect([of(80, 0)?.value, of(40, 10)]).toEqual(['big', null]);
  });

  test('is judged against equal parts where nothing else is known', () => {
    const of = (a: number, b: number) => tellingPart([share({ model: 'a' }, a, null), share({ model: 'b' }, b, null)]);
    expect([of(66, 33)?.value, of(65, 33)?.value]).toEqual(['a', undefined]);
    expect(of(66, 33)).toMatchObject({ of: null, ofTotal: null });
  });

  test('does not depend on the order of the series, and never has more than all of it', () => {
    const label = fc.constantFrom('a', 'b', 'c');
    const one = fc.record({
      labels: fc.dictionary(fc.constantFrom('model', 'region', 'host'), label),
      bad: fc.nat(100),
      of: fc.option(fc.nat(100)),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (series) => {
        const found = tellingPart(series);
        expect(tellingPart(series.toReversed())?.bad).toBe(found?.bad);
        if (found === null) return;
        expect(found.bad).toBeLessThanOrEqual(found.badTotal);
        expect(2 * found.bad).toBeGreaterThanOrEqual(found.badTotal);
        expect(series.some(({ labels }) => labels[found.label] === found.value)).toBe(true);
      }),
    );
  });
});
