import { expect, test } from 'vitest';
import { createTimeReader } from '../../../src/cli/detect/parse-time.ts';

const noon = Date.UTC(2026, 0, 5, 12);

test.each([
  ['2026-01-05T12:00:00Z', noon],
  ['2026-01-05T12:00:00.250Z', noon + 250],
  ['2026-01-05T13:00:00+01:00', noon],
  ['2026-01-05T06:30:00-0530', noon],
  ['2026-01-05 12:00:00', noon],
  ['2026-01-05 12:00', noon],
  ['2026-01-05 12:00:00 UTC', noon],
  ['2026-01-05T24:00:00', noon + 12 * 3_600_000],
  ['2026-01-05', noon - 12 * 3_600_000],
  ['1767614400', noon],
  ['1767614400.5', noon + 500],
  ['1767614400000', noon],
  ['1767614400000000', noon],
  ['1767614400000000000', noon],
  ['1', 1000],
])('%s is a time', (text, at) => {
  expect(createTimeReader()(text)).toBe(at);
});

test.each([
  '',
  'x',
  '2026-13-01',
  '2026-02-29',
  '2026-01-05T25:00',
  '2026-01-05T12',
  '2026-01-05T12:61',
  '2026-01-05T12:00+24:00',
  '2026-01-05T12:00-01:60',
  '05.01.2026',
  '1e400',
  'NaN',
])('%j is none', (text) => {
  expect(createTimeReader()(text)).toBeNaN();
});

test('the first number says what all numbers of a file count', () => {
  const milliseconds = createTimeReader();
  expect(milliseconds('1767614400000')).toBe(noon);
  expect(milliseconds('99999999999')).toBe(99_999_999_999);
  const seconds = createTimeReader();
  expect(seconds('99999999999')).toBe(99_999_999_999_000);
  expect(seconds('100000000000')).toBe(100_000_000_000_000);
});
