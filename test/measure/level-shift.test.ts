import { expect, test } from 'vitest';
import { findShift as find } from '../../src/measure/level-shift.ts';
import { normal, seeded } from './kit.ts';

const findShift = (logs: readonly number[]) => find(Float64Array.from(logs), 0.001);

const noise = (n: number, sigma: number, seed: number): number[] => {
  const random = seeded(seed);
  return Array.from({ length: n }, () => Math.log(600) + sigma * normal(random));
};

test('a change of 60 % that lasts for seven tries is found, and where it began', () => {
  const values = [...noise(30, 0.1, 1), ...noise(7, 0.1, 2).map((each) => each + Math.log(1.6))];
  expect(findShift(values)).toMatchObject({ start: 30, before: 30, since: 7 });
  expect(findShift(values)?.toSeconds).toBeGreaterThan(850);
});

test('it is found as soon as it is as sure as asked', () => {
  const values = Float64Array.from([...noise(30, 0.1, 1), ...noise(7, 0.1, 2).map((each) => each + Math.log(1.6))]);
  const { p = 1 } = find(values, 0.001) ?? {};
  expect(p).toBeLessThan(1e-5);
  expect(find(values, p)).not.toBeNull();
  expect(find(values, 0.99 * p)).toBeNull();
});

test('six tries on the new level are not believed yet', () => {
  expect(findShift([...noise(30, 0.1, 1), ...noise(6, 0.1, 2).map((each) => each + Math.log(1.6))])).toBeNull();
});

test('with thirteen tries before there is no baseline, with fourteen there is', () => {
  const later = noise(7, 0.05, 3).map((each) => each + 1);
  expect(findShift([...noise(13, 0.05, 4), ...later])).toBeNull();
  expect(findShift([...noise(14, 0.05, 4), ...later])).toMatchObject({ start: 14 });
});

test('durations that fall are found too', () => {
  const found = findShift([...noise(30, 0.1, 5), ...noise(8, 0.1, 6).map((each) => each - Math.log(2))]);
  expect(found?.start).toBe(30);
  expect(found?.toSeconds).toBeLessThan(found?.fromSeconds ?? 0);
});

test.each([
  [1.19, false],
  [1.21, true],
])('constant durations that change by the factor %d: a new level %s', (factor, found) => {
  const constant = (n: number, at: number) => Array.from({ length: n }, () => Math.log(at));
  expect(findShift([...constant(30, 600), ...constant(9, 600 * factor)]) !== null).toBe(found);
});

test('three wild values are no new level, nor what follows them', () => {
  const values = [...noise(30, 0.1, 7), 9, 9, 9, ...noise(10, 0.1, 8)];
  for (let n = 21; n <= values.length; n += 1) expect(findShift(values.slice(0, n)), `after ${n}`).toBeNull();
});

test('durations that drift have no new level', () => {
  const values = noise(60, 0.05, 12).map((each, index) => each + 0.02 * index);
  for (let n = 21; n <= values.length; n += 1) expect(findShift(values.slice(0, n)), `after ${n}`).toBeNull();
});

test('a constant series never shifts', () => {
  for (const n of [1, 21, 60, 120]) expect(findShift(Array.from({ length: n }, () => Math.log(5)))).toBeNull();
});

test('noise is taken for a new level, at p < 0.0001, in less than one of 2 000 tries', () => {
  let looks = 0;
  let found = 0;
  for (let seed = 0; seed < 60; seed += 1) {
    const values = noise(160, 0.4, 100 + seed);
    let from = 0;
    for (let n = 21; n <= values.length; n += 1) {
      looks += 1;
      const shift = find(Float64Array.from(values.slice(Math.max(from, n - 120), n)), 1e-4);
      if (shift === null) continue;
      found += 1;
      from = Math.max(from, n - 120) + shift.start;
    }
  }
  expect(looks).toBeGreaterThan(8000);
  expect(found / looks).toBeLessThan(1 / 2000);
});
