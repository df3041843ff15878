import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areNear, jaccard, sizesNear, type Comparable } from '../../src/patterns/near.ts';

const error = (words: string, over: Partial<Comparable> = {}): Comparable => {
  const { type = 'OperationalError', frames = [] } = over;
  return { type, frames, tokens: [...new Set([type, ...words.split(' ')])] };
};
const words = 'connection to server at <STR> port <NUM> failed';

test.each([
  [['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'e'], 3 / 5],
  [['a'], ['b'], 0],
  [['a'], ['a'], 1],
  [[], [], 1],
  [[], ['a'], 0],
])('%j and %j have %d of their words in common', (a, b, expected) => expect(jaccard(a, b)).toBeCloseTo(expected));

describe('two errors are one', () => {
  test('when 7 of 10 words are common, and not when 6 are', () => {
    const common = ['a', 'b', 'c', 'd', 'e', 'f'];
    const of = (...more: string[]) => error([...common, ...more].join(' '));
    // With the class 7 of 10, and 7 of 11.
    expect(areNear(of('g'), of('h', 'i'))).toBe(true);
    expect(areNear(of('g', 'k'), of('h', 'i'))).toBe(false);
  });

  test('whatever functions they came out of, if the words say enough', () => {
    expect(areNear(error(words, { frames: ['a.py:f'] }), error(words, { frames: ['b.py:g'] }))).toBe(true);
  });

  test('only out of the same function where words say little', () => {
    const of = (frame: string) => error('<STR> not found', { type: 'LoadError', frames: ['main.py:main', frame] });
    expect(areNear(of('a.py:f'), of('a.py:f'))).toBe(true);
    expect(areNear(of('a.py:f'), of('b.py:g'))).toBe(false);
  });

  test('only out of the same function where the class names a slip in code', () => {
    const of = (frame: string) =>
      error('<STR> object has no attribute <STR> and more', { type: 'AttributeError', frames: [frame] });
    expect(areNear(of('a.py:f'), of('a.py:f'))).toBe(true);
    expect(areNear(of('a.py:f'), of('b.py:g'))).toBe(false);
  });
});

const some = fc.record({
  type: fc.constantFrom('KeyError', 'OperationalError', 'LoadError'),
  tokens: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', '<NUM>'), { maxLength: 7 }),
  frames: fc.array(fc.constantFrom('a.py:f', 'b.py:g'), { maxLength: 2 }),
});

test('nearness is symmetric, and everything is near to itself', () => {
  fc.assert(
    fc.property(some, some, (a, b) => {
      expect(areNear(a, b)).toBe(areNear(b, a));
      expect(areNear(a, a)).toBe(true);
    }),
  );
});

test('what is near has a number of tokens that is looked for', () => {
  fc.assert(
    fc.property(some, some, (a, b) => {
      if (!areNear(a, b)) return;
      const [min, max] = sizesNear(a.tokens.length, 0.7);
      expect(b.tokens.length).toBeGreaterThanOrEqual(min);
      expect(b.tokens.length).toBeLessThanOrEqual(max);
    }),
  );
});
