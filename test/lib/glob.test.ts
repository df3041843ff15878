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
