import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findQuote } from '../../../src/explain/call/quotes.ts';

const line = 'could not connect to server at db-2.example port 5432 after 3 tries: Connection refused';

test.each([
  ['word for word', 'port 5432 after 3 tries', 'port 5432 after 3 tries'],
  ['with other blanks', '  port\t5432   after 3\ntries', 'port 5432 after 3 tries'],
  ['in quotation marks', '"Connection refused"', 'Connection refused'],
  ['with the name of its line before it', 'L12 Connection refused', 'Connection refused'],
  ['stopped with dots', 'could not connect to server...', 'could not connect to server'],
  ['with a part left out', 'could not connect … Connection refused', line],
  ['with a letter wrong', 'cold not connect to server at', 'could not connect to server at'],
  ['with zero width letters in it', 'Connection\u200B refused', 'Connection refused'],
])('a quote %s is found as the line has it', (_what, quote, expected) => {
  expect(findQuote(quote, line)).toBe(expected);
});

test.each([
  ['too short to say anything', 'port'],
  ['of another number', 'port 5433 after 3 tries: Connection refused'],
  ['of another host', 'to server at db-3.example port 5432 after'],
  ['without its not', 'could connect to server at db-2.example port 5432 after 3 tries: Connection refused'],
  ['that is somewhere else', 'permission denied for table orders'],
  ['in parts that stand the other way round', 'Connection refused … could not connect'],
  ['that ends within a number', 'to server at db-2.example port 54'],
  ['that begins within a number', '432 after 3 tries: Connection refused'],
  ['in parts of which one ends within a number', 'could not connect … port 5 … Connection refused'],
  ['of nothing', ' … '],
])('a quote %s is not found', (_what, quote) => expect(findQuote(quote, line)).toBeUndefined());

test("a number is the line's own to its last digit, wherever else the words stand", () => {
  expect(findQuote('return code 1', 'Command exited with return code 137')).toBeUndefined();
  expect(findQuote('Command exited with return code 1', 'Command exited with return code 1.')).toBe(
    'Command exited with return code 1',
  );
  expect(findQuote('took 94', 'took 94.5 s')).toBeUndefined();
  expect(findQuote('step 3 failed', 'step 3 failed, step 33 failed')).toBe('step 3 failed');
  expect(findQuote('return code 1', 'return code 137, then return code 1')).toBe('return code 1');
});

test('a line that is shorter than any quote may be quoted whole', () => {
  expect(findQuote('OOM', 'OOM')).toBe('OOM');
  expect(findQuote('OOM', 'OOM again')).toBeUndefined();
});

test('a tenth of the letters may be wrong, and not more', () => {
  const twenty = 'abcdefghijklmnopqrst';
  expect(findQuote('abXdefghijklmnoXqrst', `x ${twenty} y`)).toBe(twenty);
  expect(findQuote('abXdefgXijklmnoXqrst', `x ${twenty} y`)).toBeUndefined();
});

test('any part of a line is found in it, and what is found always stands there', () => {
  const text = fc.stringMatching(/^[a-z0-9 =:._-]{1,120}$/);
  fc.assert(
    fc.property(text, text, fc.nat(), fc.nat(), (whole, other, a, b) => {
      const plain = whole.replaceAll(/\s+/g, ' ').trim();
      const [start, end] = [a % (plain.length + 1), b % (plain.length + 1)].sort((x, y) => x - y);
      const part = plain.slice(start, end).replaceAll(/^[L\s"'`.…]+|[\s"'`.…]+$/g, '');
      // A part that cuts a number is not quoted, unless its words stand elsewhere too.
      const cuts = /\d/.test(part.charAt(0)) || /\d/.test(part.at(-1) ?? '');
      if (part.length >= 6 && !part.includes('...') && !cuts) expect(plain).toContain(findQuote(part, plain));
      const found = findQuote(other, whole);
      if (found !== undefined) expect(plain).toContain(found);
    }),
  );
});
