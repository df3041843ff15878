import { expect } from 'vitest';

/** Fails unless `actual` equals `expected` to this relative error; an expected 0 must be met exactly. */
export function expectClose(actual: number, expected: number, relative = 1e-9): void {
  const within = Math.abs(actual - expected) <= relative * Math.abs(expected);
  expect(within || Object.is(actual, expected) || actual === expected, `${actual} is not ${expected} to ${relative}`).toBe(true);
}
