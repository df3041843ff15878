import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normals } from '../../stats/random.ts';
import { createRowJudge, defaultAlpha, type RowVerdict } from '../../../src/detect/rows/judge-rows.ts';

const hour = 3_600_000;

function judge(values: readonly number[], stepMs = hour): RowVerdict[] {
  const judged = createRowJudge(defaultAlpha);
  return values.map((value, index) => judged(index * stepMs, value));
}

const found = (verdicts: readonly RowVerdict[]): number[] => verdicts.flatMap(({ by }, index) => (by === null ? [] : [index]));
const noise = (n: number, level = 100, sigma = 2, seed = 1): number[] => {
  const normal = normals('rows', seed);
  return Array.from({ length: n }, () => level + sigma * normal());
};

const anyValue = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -3, max: 40 }),
  fc.constantFrom(0, 1, 100, 1e308, -1e308, 5e-324),
);

test('a row goes by earlier rows only: what comes later changes nothing, and every score lies in [0, 1]', () => {
  fc.assert(
    fc.property(fc.array(anyValue, { maxLength: 250 }), fc.nat(250), (values, cut) => {
      const whole = judge(values);
      expect(judge(values.slice(0, cut))).toEqual(whole.slice(0, cut));
      for (const { score, by } of whole) {
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(by !== null).toBe(score >= 0.5);
      }
    }),
    { numRuns: 100 },
  );
});

test('nor does it where levels shift, cycles are found and the scale changes', () => {
  const values = noise(900, 20).map((value, index) =>
    index === 700 ? 0 : value * (index > 400 ? 2 : 1) * (2 + Math.sin((2 * Math.PI * index) / 24)),
  );
  const whole = judge(values);
  for (const cut of [60, 200, 411, 412, 413, 500, 700, 701, 899])
    expect(judge(values.slice(0, cut))).toEqual(whole.slice(0, cut));
});

test('values of another unit have the same scores', () => {
  const values = noise(500).map((value, index) => (index === 400 ? 120 : value));
  const scores = judge(values).map(({ score }) => score);
  for (const factor of [1024, 1 / 1024])
    expect(judge(values.map((value) => value * factor)).map(({ score }) => score)).toEqual(scores);
});

test('a spike is found, and what follows it is not', () => {
  const values = noise(300);
  values[200] = 125;
  expect(found(judge(values).slice(180, 240))).toEqual([20]);
});

test('constant values are never found, a value 5 % off is not, one twice as high is', () => {
  const values = Array.from({ length: 300 }, () => 40);
  values[150] = 42;
  values[250] = 80;
  expect(found(judge(values))).toEqual([250]);
});

test('after zeros alone the first other value is found', () => {
  expect(found(judge([...Array.from({ length: 50 }, () => 0), 3, 0, 0]))).toEqual([50]);
});

test('too little history finds nothing', () => {
  expect(found(judge([5, 6, 5, 6, 5, 6, 1e6]))).toEqual([]);
});

test('a fall to zero is found where all values were above it, and the linear scale goes on', () => {
  const values = noise(400);
  values[300] = 0;
  expect(found(judge(values).slice(290))).toEqual([10]);
});

test('a new level is found, and becomes the new normal', () => {
  const at = found(judge([...noise(200), ...noise(300, 130, 2, 2)]));
  expect(at[0]).toBe(200);
  expect(at.length).toBeGreaterThan(2);
  expect(Math.max(...at)).toBeLessThan(220);
});

test('a small lasting shift is found although none of its values is by itself', () => {
  const at = found(judge([...noise(200), ...noise(60, 106, 2, 3)])).filter((index) => index >= 200);
  expect(at.length).toBeGreaterThan(0);
  expect(at[0]).toBeLessThan(230);
});

test('a day that does not follow its daily cycle is found, although no value of it is unusual', () => {
  const values = noise(24 * 30, 1000, 20).map((value, index) => {
    const day = Math.floor(index / 24);
    return value + 400 * (day === 25 ? -0.9 : Math.sin((2 * Math.PI * index) / 24));
  });
  const at = found(judge(values)).filter((index) => index >= 25 * 24 && index < 26 * 24);
  expect(at.length).toBeGreaterThan(5);
});

test('rows of one time, and rows at any distance, are judged', () => {
  const judged = createRowJudge(defaultAlpha);
  const normal = normals('uneven');
  const verdicts = Array.from({ length: 400 }, (_, index) =>
    judged(index ** 2 * 60_000 * (index % 3), index === 350 ? 30 : 10 + normal()),
  );
  expect(found(verdicts)).toContain(350);
});

test('after a gap in time more is allowed to a series that wanders', () => {
  const normal = normals('wander');
  const judged = createRowJudge(defaultAlpha);
  let value = 100;
  for (let index = 0; index < 300; index += 1) judged(index * hour, (value += normal()));
  const again = createRowJudge(defaultAlpha);
  const replay = normals('wander');
  let same = 100;
  for (let index = 0; index < 300; index += 1) again(index * hour, (same += replay()));
  expect(judged(300 * hour, value + 7).by).toBe('z_score');
  expect(again(325 * hour, same + 7).by).toBeNull();
});
