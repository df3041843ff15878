import { expect, test } from 'vitest';
import { lookSeconds } from '../../src/detect/looks.ts';

/** A series of `length` tries this many hours apart. */
const every = (hours: number, length = 60) => ({
  length,
  endedSeconds: Uint32Array.from({ length }, (_, index) => 1_767_571_200 + index * hours * 3600),
});

test.each([
  [24, 168],
  [12, 168],
  // 15 new tries take 60 hours.
  [4, 84],
  [1, 21],
])('of tries every %d h drifts are looked for every %d h', (hours, expected) => {
  expect(lookSeconds(every(hours)) / 3600).toBe(expected);
});

test('a look brings fifteen new tries at least, and comes once a week at least', () => {
  for (const hours of [0.1, 0.5, 1, 2, 3, 5, 8, 30]) {
    const seconds = lookSeconds(every(hours));
    expect(seconds >= 15 * hours * 3600 || seconds === 604_800).toBe(true);
    expect(seconds).toBeLessThanOrEqual(604_800);
  }
  expect(lookSeconds(every(24, 1))).toBe(604_800);
});
