import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf, wrap } from '../../src/cli/wrap.ts';

test('what fits stays one line, what does not goes on below its beginning', () => {
  const given = { prefix: 'met  orders  ', text: 'one two three four five six seven', indent: 2 };
  expect(wrap(given, Infinity)).toEqual(['met  orders  one two three four five six seven']);
  expect(wrap(given, 49)).toEqual(['met  orders  one two three four five six seven']);
  expect(wrap({ ...given, text: `${given.text} eight nine` }, 49)).toEqual([
    'met  orders  one two three four five six seven',
    '             eight nine',
  ]);
});

test('where little is left beside the prefix it goes on further left, and a word that is too long stays whole', () => {
  expect(wrap({ prefix: 'a long long prefix ', text: 'one two a-word-of-more-than-thirty-columns', indent: 2 }, 30)).toEqual([
    'a long long prefix one two',
    '  a-word-of-more-than-thirty-columns',
  ]);
});

test('the prefix is printed as it is styled and counts as it is read', () => {
  const [first, second] = wrap({ prefix: 'ok ', shown: '[32mok[0m ', text: 'one two', indent: 1 }, 7);
  expect([first, second]).toEqual(['[32mok[0m one', ' two']);
});

test('no word is lost, and no line is too wide but for one word', () => {
  const word = fc.stringMatching(/^[a-z]{1,12}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), fc.integer({ min: 40, max: 120 }), (words, columns) => {
      const lines = wrap({ prefix: '> ', text: words.join(' '), indent: 2 }, columns);
      expect(lines.join(' ').slice(2).split(/ +/)).toEqual(words);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    }),
  );
});

test('a pipe has no end of a line, a terminal has as many columns as it says', () => {
  expect([columnsOf({}), columnsOf({ isTTY: true, columns: 80 }), columnsOf({ isTTY: true, columns: 0 })]).toEqual([
    Infinity,
    80,
    Infinity,
  ]);
});
