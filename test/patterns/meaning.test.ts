import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairsOf, similarityOf, textOf, type WithVector } from '../../src/patterns/meaning.ts';
import { meanTheSame, type Comparable } from '../../src/patterns/near.ts';
import { bytesOf, cosine, vectorOf } from '../../src/patterns/vector.ts';

const numbers = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 3, maxLength: 3 });
const directions = numbers.filter((all) => Math.hypot(...all) > 1e-3);

describe('the cosine of two vectors', () => {
  test.each([
    [[1, 0], [1, 0], 1],
    [[1, 0], [0, 1], 0],
    [[1, 0], [-2, 0], -1],
    [[3, 4], [4, 3], 24 / 25],
    [[1, 0], [1, 0, 0], 0],
    [[0, 0], [1, 0], 0],
    [[], [], 0],
  ])('of %j and %j is %d', (a, b, expected) => expect(cosine(a, b)).toBeCloseTo(expected, 12));

  test('is symmetric, lies between −1 and 1, is 1 with itself, and does not depend on lengths', () => {
    fc.assert(
      fc.property(directions, directions, fc.double({ min: 0.01, max: 100, noNaN: true }), (a, b, factor) => {
        const found = cosine(a, b);
        expect(found).toBe(cosine(b, a));
        expect(Math.abs(found)).toBeLessThanOrEqual(1);
        expect(cosine(a, a)).toBeCloseTo(1, 12);
        expect(
          cosine(
            a.map((each) => each * factor),
            b,
          ),
        ).toBeCloseTo(found, 9);
      }),
    );
  });

  test('is the same of vectors that were kept, to 6 digits', () => {
    fc.assert(
      fc.property(directions, directions, (a, b) => {
        expect(cosine(vectorOf(bytesOf(a)), vectorOf(bytesOf(b)))).toBeCloseTo(cosine(a, b), 5);
      }),
    );
    expect([...vectorOf(bytesOf([0.5, -2, 0]))]).toEqual([0.5, -2, 0]);
  });
});

const error = (words: string, over: Partial<Comparable> = {}): Comparable => {
  const { type = 'OperationalError', frames = [] } = over;
  return { type, frames, tokens: [...new Set([type, ...words.split(' ')])] };
};
const full = 'the disk has no room left';
const also = 'could not write since nothing is free';

describe('two errors mean the same', () => {
  const at = 0.9;
  test('from the threshold on', () => {
    expect(meanTheSame(error(full), error(also), { similarity: 0.9, at })).toBe(true);
    expect(meanTheSame(error(full), error(also), { similarity: 0.8999, at })).toBe(false);
  });

  test('only when they are of one class', () =>
    expect(meanTheSame(error(full), error(also, { type: 'OSError' }), { similarity: 1, at })).toBe(false));

  test.each([
    ['words that say little', 'went wrong', 'LoadError'],
    ['a class that names a slip in code', full, 'KeyError'],
  ])('with %s only when they are known to come out of one function', (_what, words, type) => {
    const of = (...frames: string[]) => error(words, { type, frames });
    expect(meanTheSame(of('main.py:main', 'a.py:f'), of('a.py:f'), { similarity: 1, at })).toBe(true);
    expect(meanTheSame(of('a.py:f'), of('b.py:g'), { similarity: 1, at })).toBe(false);
    expect(meanTheSame(of(), of(), { similarity: 1, at })).toBe(false);
  });
});

const some = fc.uniqueArray(
  fc.record({
    fingerprint: fc.stringMatching(/^[0-9a-f]{4}$/),
    clusterId: fc.constant(''),
    template: fc.constant(''),
    type: fc.constantFrom('OSError', 'KeyError'),
    tokens: fc.constantFrom(full.split(' '), also.split(' '), ['a']),
    frames: fc.constantFrom([], ['a.py:f'], ['b.py:g']),
    vector: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2, maxLength: 2 }),
  }),
  { selector: ({ fingerprint }) => fingerprint, maxLength: 12 },
);

test('which errors are joined depends on their vectors alone: not on their order, nor on which were there before', () => {
  fc.assert(
    fc.property(some, fc.nat({ max: 12 }), (all, cut) => {
      const together = pairsOf(all, [], 0.9);
      expect(pairsOf(all.toReversed(), [], 0.9)).toEqual(together);
      const [before, after] = [all.slice(0, cut), all.slice(cut)];
      const inSteps = [...pairsOf(before, [], 0.9), ...pairsOf(after, before, 0.9)];
      expect(new Set(inSteps.map(String))).toEqual(new Set(together.map(String)));
      const byPrint = new Map<string, WithVector>(all.map((each) => [each.fingerprint, each]));
      for (const [a, b] of together) expect(byPrint.get(a)?.type).toBe(byPrint.get(b)?.type);
    }),
  );
});

test('how near an error is by meaning goes from half at the threshold to where words alone would do', () => {
  expect([similarityOf(0.9, 0.9), similarityOf(0.95, 0.9), similarityOf(1, 0.9), similarityOf(1, 1)]).toEqual([
    0.5,
    expect.closeTo(0.6),
    expect.closeTo(0.7),
    0.7,
  ]);
});

test('class and masked message are all that is sent of an error, and not without end', () => {
  expect(textOf({ type: 'KeyError', template: '<STR> in <NUM>' })).toBe('KeyError: <STR> in <NUM>');
  expect(textOf({ type: 'KeyError', template: 'x '.repeat(5000) }).length).toBeLessThanOrEqual(1000);
});
