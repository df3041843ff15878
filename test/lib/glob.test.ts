import { expect, test } from 'vitest';
import { globMatches } from '../../src/lib/glob.ts';

test.each([
  ['etl', 'etl', true],
  ['etl', 'etl2', false],
  ['etl*', 'etl.load', true],
  ['etl.?', 'etl.a', true],
  ['etl.?', 'etlxa', false],
  ['*', '', true],
  ['a(b)*', 'a(b)c', true],
  ['[ab]', 'a', false],
])('the pattern %s matches %s: %s', (pattern, text, matches) => {
  expect(globMatches(pattern, text)).toBe(matches);
});

test('a pattern matches the same however many others were matched since', () => {
  const matched = () => ['etl.a', 'etl.ab'].map((text) => globMatches('etl.?', text));
  expect(matched()).toEqual([true, false]);
  for (let other = 0; other < 1500; other += 1) expect(globMatches(`other ${other}*`, `other ${other} one`)).toBe(true);
  expect(matched()).toEqual([true, false]);
});
