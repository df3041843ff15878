import { describe, expect, test } from 'vitest';
import { freedomOf, learnProfile, offsetAt, offsetVariance, othersAt, placeIn, type Profile } from '../../src/measure/profile.ts';
import { day, monday, normal, rules, seeded } from './kit.ts';

const at = (ms: number): number => ms / 1000;

/** Daily tries at 06:00, `factor` times as long on Sundays. */
function daily(days: number, factor: number, sigma = 0.1) {
  const random = seeded(7);
  const started = Array.from({ length: days }, (_, index) => at(monday + index * day + 6 * 3_600_000));
  const logs = started.map((_, index) => Math.log(600) + sigma * normal(random) + (index % 7 === 6 ? Math.log(factor) : 0));
  return [started, logs, days] as const;
}

const learn = (tries: ReturnType<typeof daily>) => learnProfile(...tries, rules);

describe('by days', () => {
  test('Sundays that take three times as long are learned from four weeks', () => {
    const profile = learn(daily(28, 3));
    expect(profile?.kind).toBe('weekday');
    // The other days do not differ, so that each rests on the tries of all of them.
    expect(profile?.counts).toEqual([24, 24, 24, 24, 24, 24, 4]);
    const sunday = offsetAt(profile, at(monday + 6 * day + 3_600_000));
    expect(sunday).toBeGreaterThan(0.9 * Math.log(3));
    expect(sunday).toBeLessThan(1.1 * Math.log(3));
    expect(Math.abs(offsetAt(profile, at(monday)))).toBeLessThan(0.05);
    expect(offsetVariance(profile, at(monday + 6 * day))).toBeCloseTo(1.1 / 4, 9);
    expect(freedomOf(profile, 28)).toBeCloseTo(1, 9);
    expect([othersAt(profile, at(monday)), othersAt(profile, at(monday + 6 * day)), othersAt(null, at(monday))]).toEqual([
      1, -1, 0,
    ]);
  });

  test('what may be chance is shrunk: of a noisy difference little is left', () => {
    const noisy = learnProfile(...daily(28, 3, 1), { ...rules, minPeriods: 4 });
    const clear = learn(daily(28, 3));
    const sunday = at(monday + 6 * day);
    expect(offsetAt(noisy, sunday)).toBeLessThan(offsetAt(clear, sunday));
  });

  test('days on more than two levels keep their own', () => {
    const random = seeded(5);
    const started = Array.from({ length: 56 }, (_, index) => at(monday + index * day));
    const logs = started.map((_, index) => 0.05 * normal(random) + (index % 7) / 3);
    const { offsets = [], counts = [] } = learnProfile(started, logs, 56, rules) ?? {};
    expect(counts).toEqual([8, 8, 8, 8, 8, 8, 8]);
    const profile = learnProfile(started, logs, 56, rules);
    expect([0, 3, 6].map((index) => othersAt(profile, at(monday + index * day)))).toEqual([1, 0, -1]);
    for (const [index, offset] of offsets.entries()) expect(Math.abs(offset - (index - 3) / 3)).toBeLessThan(0.1);
  });

  test('a Sunday of which failures have left three tries goes by the Saturdays that are like it', () => {
    const random = seeded(11);
    const days = Array.from({ length: 35 }, (_, index) => index).filter((index) => index !== 6 && index !== 13);
    const logs = days.map((index) => 0.1 * normal(random) + (index % 7 >= 5 ? 1 : 0));
    const profile = learnProfile(
      days.map((index) => at(monday + index * day)),
      logs,
      days.length,
      rules,
    );
    expect(offsetAt(profile, at(monday + 6 * day))).toBeGreaterThan(0.8);
  });

  test('runs that start just before and after midnight belong to one day', () => {
    const random = seeded(8);
    const started = Array.from({ length: 56 }, (_, index) => at(monday + index * day) - 300 + 600 * random());
    const logs = started.map((_, index) => 0.05 * normal(random) + (index % 7 === 2 ? 1 : 0));
    const profile = learnProfile(started, logs, 56, rules) as Profile;
    expect(Math.abs(Math.abs(profile.shiftSeconds) - 43_200)).toBeLessThan(300);
    for (const before of [-250, 250]) expect(offsetAt(profile, at(monday + 2 * day) + before)).toBeGreaterThan(0.9);
    for (const other of [1, 3]) expect(offsetAt(profile, at(monday + other * day) - 250)).toBeLessThan(0.1);
  });

  test('three weeks say nothing yet', () => {
    expect(learn(daily(26, 3))).toBeNull();
  });

  test('days that do not differ have no profile, nor do constant ones', () => {
    expect(learn(daily(60, 1))).toBeNull();
    expect(learn(daily(60, 1, 0))).toBeNull();
  });

  test('the last days of months, once there are four', () => {
    const started = Array.from({ length: 120 }, (_, index) => at(Date.UTC(2026, 0, 1) + index * day));
    const isLast = (seconds: number) => new Date((seconds + 86_400) * 1000).getUTCDate() === 1;
    const random = seeded(3);
    const logs = started.map((seconds) => Math.log(60) + 0.05 * normal(random) + (isLast(seconds) ? 1 : 0));
    expect(learnProfile(started, logs, 120, rules)?.kind).toBe('month_end');
  });
});

test('by hours, from four days of hourly tries on', () => {
  const random = seeded(9);
  const hourly = (n: number) => {
    const started = Array.from({ length: n }, (_, index) => at(monday + index * 3_600_000));
    const logs = started.map((_, index) => Math.log(60) + 0.1 * normal(random) + (index % 24 >= 8 && index % 24 < 18 ? 1 : 0));
    return learnProfile(started, logs, n, rules);
  };
  expect(hourly(60)).toBeNull();
  expect(hourly(120)?.kind).toBe('hour');
});

test('places are told as people say them', () => {
  const evening = at(monday + 6 * day + 18.5 * 3_600_000);
  expect([
    placeIn('weekday', evening),
    placeIn('weekend', evening),
    placeIn('hour', evening),
    placeIn('month_end', evening),
  ]).toEqual(['Sundays', 'weekends', '18:00 UTC', 'other days of months']);
});
