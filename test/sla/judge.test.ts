import { describe, expect, test } from 'vitest';
import { judgeTarget } from '../../src/sla/judge.ts';
import { newTarget, noSlaChanges } from '../../src/sla/memory.ts';
import { definitionOf } from '../../src/sla/objective.ts';
import { countDeadlines } from '../../src/sla/slices.ts';
import { addRuns, addSlices, awake, dayMs, hourMs, judged, minuteMs, mixed, objective, target } from './kit.ts';

const now = new Date('2026-04-28T12:00:00Z');
const nowMs = now.getTime();

describe('a success ratio', () => {
  const of = objective({ kind: 'success_ratio' });
  const standing = (total: number, bad: number, keys: Record<string, unknown> = {}) => {
    const promised = objective({ kind: 'success_ratio', ...keys });
    const on = target(promised, now);
    addRuns(on, mixed(total, bad), nowMs - minuteMs, 2 * hourMs);
    return judged(promised, on, now);
  };

  test('is met as long as no more failed than its budget has, and says how many more may', () => {
    expect(standing(300, 3)).toMatchObject({
      state: 'met',
      value: 0.99,
      compliance: 0.99,
      budgetLeftRuns: 0,
      total: 300,
      bad: 3,
    });
    expect(standing(300, 3).budgetLeftRatio).toBeCloseTo(0);
    expect(standing(300, 4)).toMatchObject({ state: 'breached', budgetLeftRuns: -1 });
    expect(standing(300, 1)).toMatchObject({ state: 'met', budgetLeftRuns: 2, budgetLeftRatio: expect.closeTo(2 / 3) });
  });

  test('of round shares is not off by one for what floating point makes of them', () => {
    expect(standing(100, 7, { objective: 0.93 })).toMatchObject({ state: 'met', budgetLeftRuns: 0 });
    expect(standing(100, 8, { objective: 0.93 })).toMatchObject({ state: 'breached', budgetLeftRuns: -1 });
  });

  test('that must be exceeded is breached when it is only reached', () => {
    expect(standing(300, 3, { operator: 'gt' })).toMatchObject({ state: 'breached' });
    expect(standing(300, 2, { operator: 'gt' })).toMatchObject({ state: 'met' });
  });

  test('is unknown below the least number of runs', () => {
    expect(standing(4, 4)).toMatchObject({ state: 'unknown', value: null, burns: [] });
    expect(standing(5, 5)).toMatchObject({ state: 'breached', value: 0 });
    expect(standing(0, 0)).toMatchObject({ state: 'unknown', compliance: null, budgetLeftRatio: null, budgetLeftRuns: null });
  });

  test('that one run of a daily DAG broke is breached, but not significantly', () => {
    const on = target(of, now);
    addRuns(on, mixed(30, 1), nowMs - hourMs, dayMs);
    expect(judged(of, on, now)).toMatchObject({ state: 'breached', significant: false });
    addRuns(on, [false], nowMs, 0);
    expect(judged(of, on, now)).toMatchObject({ state: 'breached', significant: true });
  });

  test('promised in full has no budget, and any failure breaks it', () => {
    expect(standing(10, 0, { objective: 1 })).toMatchObject({
      state: 'met',
      budgetLeftRatio: null,
      budgetLeftRuns: 0,
      burns: [],
    });
    expect(standing(10, 1, { objective: 1 })).toMatchObject({ state: 'breached', budgetLeftRuns: -1 });
  });

  test('forgets what has left its window, to the millisecond', () => {
    const on = target(of, now);
    addRuns(on, [false], nowMs - 30 * dayMs + 1, 0);
    addRuns(
      on,
      Array.from({ length: 9 }, () => true),
      nowMs,
      hourMs,
    );
    expect(judged(of, on, now)).toMatchObject({ total: 10, bad: 1 });
    expect(judged(of, on, new Date(nowMs + 1))).toMatchObject({ total: 9, bad: 0 });
  });

  test('tells its compliance over 7, 30 and 90 days', () => {
    const on = target(of, now);
    addRuns(on, [false], nowMs - 60 * dayMs, 0);
    addRuns(on, [true, false, true, true], nowMs - 10 * dayMs, hourMs);
    addRuns(on, [true, true, true], nowMs - dayMs, hourMs);
    expect(judged(of, on, now).complianceByDays).toEqual({ 7: 1, 30: 6 / 7, 90: 6 / 8 });
  });

  test('of a calendar month may spend what the whole month will have', () => {
    const month = objective({ kind: 'success_ratio', window: 'month', time_zone: 'Europe/Berlin' });
    // 1 May, noon: 12 hourly runs of this month, and 31 days of them before.
    const may = new Date('2026-05-01T10:00:00Z');
    const on = target(month, may);
    addRuns(
      on,
      Array.from({ length: 400 }, () => true),
      may.getTime() - 13 * hourMs,
      2 * hourMs,
    );
    addRuns(on, mixed(12, 3), may.getTime() - minuteMs, hourMs);
    const status = judged(month, on, may);
    expect(status).toMatchObject({ state: 'met', total: 12, bad: 3, budgetLeftRuns: 0 });
    expect(status.standing).toBe('9 of 12 did; 0 more may fail until 1 June');
    addRuns(on, [false], may.getTime(), 0);
    expect(judged(month, on, may)).toMatchObject({ state: 'breached', budgetLeftRuns: -1 });
  });

  test('says in sentences what it promises and how it stands', () => {
    const on = target(of, now);
    const goods = mixed(300, 3);
    addRuns(on, goods, nowMs - minuteMs, 2 * hourMs);
    const oldestBad = on.events.find(({ good }) => !good)?.atMs ?? 0;
    const until = new Date(oldestBad + 30 * dayMs);
    expect(judged(of, on, now)).toMatchObject({
      sentence: 'orders: 99 % of runs of etl succeed within 30 days',
      standing: `297 of 300 did; 0 more may fail until ${until.getUTCDate()} May`,
    });
  });

  test('notes since when it is so, and keeps it', () => {
    const on = target(of, now);
    addRuns(on, mixed(10, 0), nowMs, hourMs);
    expect(judged(of, on, now)).toMatchObject({ state: 'met', since: now });
    const later = new Date(nowMs + hourMs);
    expect(judged(of, on, later)).toMatchObject({ state: 'met', since: now });
    addRuns(on, [false], later.getTime(), 0);
    expect(judged(of, on, later)).toMatchObject({ state: 'breached', since: later });
  });

  test('of a paused DAG is unknown', () => {
    const on = target(of, now);
    addRuns(on, mixed(10, 5), nowMs, hourMs);
    expect(judged(of, on, now, { ...awake, paused: true })).toMatchObject({ state: 'unknown', burns: [] });
  });
});

describe('a duration', () => {
  const standing = (keys: Record<string, unknown>, values: number[]) => {
    const of = objective({ kind: 'duration', threshold: '10m', ...keys });
    const on = target(of, now);
    addRuns(
      on,
      values.map((value) => value <= of.threshold),
      nowMs,
      hourMs,
      values,
    );
    return judged(of, on, now);
  };
  const values = [100, 200, 300, 400, 1000];
  test.each([
    [{ statistic: 'mean' }, 400, 'met'],
    [{ statistic: 'median' }, 300, 'met'],
    [{ statistic: 'max' }, 1000, 'breached'],
    [{ statistic: 'min' }, 100, 'met'],
    [{ statistic: 'p90' }, 760, 'breached'],
    [{ statistic: 'max', threshold: 1000 }, 1000, 'met'],
    [{ statistic: 'max', threshold: 1000, operator: 'lt' }, 1000, 'breached'],
    [{ statistic: 'max', threshold: 1000, operator: 'eq' }, 1000, 'met'],
    [{ statistic: 'min', threshold: 100, operator: 'gte' }, 100, 'met'],
    [{ statistic: 'min', threshold: 100, operator: 'gt' }, 100, 'breached'],
  ])('%o', (keys, value, state) => {
    const status = standing(keys, values);
    expect(status).toMatchObject({ state, unit: 'seconds' });
    expect(status.value).toBeCloseTo(value);
  });

  test('without a statistic goes by the promised share', () => {
    expect(standing({ objective: 0.8 }, values)).toMatchObject({ state: 'met', compliance: 0.8 });
    expect(standing({ objective: 0.81 }, values)).toMatchObject({ state: 'breached' });
  });

  test('of too few runs is unknown', () => {
    expect(standing({}, [1, 2, 3, 4])).toMatchObject({ state: 'unknown', value: null });
    expect(standing({}, [1, 2, 3, 4, 5])).toMatchObject({ state: 'met' });
  });
});

describe('freshness', () => {
  const of = objective({ kind: 'freshness', threshold: '2h' });
  test('goes by the age of the last success, at once', () => {
    const on = target(of, now);
    expect(judged(of, on, now)).toMatchObject({ state: 'unknown' });
    on.lastSuccessMs = nowMs - 2 * hourMs;
    const status = judged(of, on, now);
    expect(status).toMatchObject({ state: 'met', value: 7200, significant: true });
    expect(judged(of, on, new Date(nowMs + 1))).toMatchObject({ state: 'breached' });
  });

  test('counts its budget in time', () => {
    const on = target(of, now);
    on.lastSuccessMs = nowMs;
    addSlices(on, [...Array.from({ length: 1000 }, () => true), ...Array.from({ length: 5 }, () => false)], nowMs, minuteMs);
    const status = judged(of, on, now);
    expect(status).toMatchObject({ total: 1005, bad: 5, budgetLeftRuns: 5, violations: 5 });
    expect(status.standing).toBe('the last success is 0s old; good for 99.5 % of the time; 5m of bad time left');
  });
});

describe('a deadline', () => {
  const of = objective({ kind: 'deadline', by: '06:00', time_zone: 'Europe/Berlin', days: ['mon', 'tue', 'wed', 'thu', 'fri'] });
  const tuesday = Date.parse('2026-04-28T04:00:00Z');
  const standing = (lastSuccessMs: number | null, atMs: number, firstSeenMs = tuesday - 10 * dayMs) => {
    const on = { ...target(of, now, firstSeenMs), lastSuccessMs };
    const successes = lastSuccessMs === null ? [] : [lastSuccessMs];
    countDeadlines(of, on, successes, { fromMs: firstSeenMs, toMs: atMs, live: true }, noSlaChanges());
    return judged(of, on, new Date(atMs));
  };

  test('is met with a success in the day before it, and breached from the deadline until a success comes', () => {
    expect(standing(tuesday - dayMs + 1, tuesday)).toMatchObject({ state: 'met' });
    expect(standing(tuesday - dayMs, tuesday - 1)).toMatchObject({ state: 'met' });
    expect(standing(tuesday - dayMs, tuesday)).toMatchObject({ state: 'breached', value: 0 });
    expect(standing(tuesday - dayMs, tuesday + hourMs)).toMatchObject({ state: 'breached', value: 3600 });
    expect(standing(tuesday + hourMs, tuesday + hourMs)).toMatchObject({ state: 'met', value: 3600 });
  });

  test('that came before the DAG was seen says nothing', () => {
    expect(standing(null, tuesday + hourMs, tuesday)).toMatchObject({ state: 'unknown' });
    expect(standing(null, tuesday + hourMs, tuesday - 1)).toMatchObject({ state: 'breached' });
    // Nor does a success that came later: how it went is not known.
    expect(standing(tuesday + hourMs, tuesday + 2 * hourMs, tuesday)).toMatchObject({ state: 'unknown', value: null });
  });

  test('says what it promises', () => {
    expect(standing(tuesday, tuesday).sentence).toBe(
      'orders: etl is done by 06:00 Europe/Berlin on mon, tue, wed, thu, fri, 99 % of the times within 30 days',
    );
  });
});

describe("Airflow's own deadline", () => {
  const of = objective({ kind: 'deadline', source: 'airflow' });
  test.each([
    [undefined, 'unknown', null],
    [null, 'met', 0],
    [{ atMs: nowMs - 60_000 }, 'breached', 60],
  ])('%o is %s', (airflowMiss, state, value) => {
    expect(judged(of, target(of, now), now, { ...awake, airflowMiss })).toMatchObject({ state, value });
  });
});

test('a status is kept while nothing happens until it is its turn, once in every evaluate_every', () => {
  const of = objective({ kind: 'success_ratio', evaluate_every: '5m' });
  const on = target(of, now);
  addRuns(on, mixed(10, 0), nowMs - hourMs, hourMs);
  const at = (ms: number, facts = awake) => judgeTarget(of, on, facts, new Date(ms), noSlaChanges());
  const turns = Array.from({ length: 60 }, (_, minute) => at(nowMs + minute * minuteMs)).flatMap((status, minute, all) =>
    status === all[minute - 1] ? [] : [minute],
  );
  const [first = 0, second = 0, ...rest] = turns;
  expect([first, second <= 5, rest]).toEqual([
    0,
    true,
    Array.from({ length: 10 + Number(second < 5) }, (_, n) => second + 5 * (n + 1)),
  ]);
});

test('targets have their turns at times of their own, and what says the same again is not written', () => {
  const of = objective({ kind: 'success_ratio', evaluate_every: '1m' });
  const spread = Array.from({ length: 400 }, (_, number) => {
    const on = newTarget({ sla: 'orders', dagId: `dag_${number}`, taskId: '', definition: definitionOf(of) }, nowMs);
    addRuns(on, mixed(50, 0), nowMs - hourMs, minuteMs);
    judgeTarget(of, on, awake, now, noSlaChanges());
    return on;
  });
  const quarters = [15_000, 30_000, 45_000, 60_000].map((ms) => {
    const changes = noSlaChanges();
    const before = spread.map(({ status }) => status);
    for (const on of spread) judgeTarget(of, on, awake, new Date(nowMs + ms), changes);
    expect(changes.targets.size).toBe(0);
    return spread.filter(({ status }, index) => status !== before[index]).length;
  });
  expect(quarters.reduce((sum, count) => sum + count, 0)).toBe(400);
  for (const count of quarters) expect(Math.abs(count - 100)).toBeLessThan(40);
});

test('a status is made anew when something is counted, or its owner is another', () => {
  const of = objective({ kind: 'success_ratio', evaluate_every: '1h' });
  const on = target(of, now);
  addRuns(on, mixed(10, 0), nowMs - hourMs, hourMs);
  const at = (ms: number, facts = awake) => judgeTarget(of, on, facts, new Date(ms), noSlaChanges());
  const second = at(nowMs + 5 * minuteMs);
  expect(at(nowMs + 5 * minuteMs, { ...awake, owner: 'bob' })).toMatchObject({ owner: 'bob' });
  addRuns(on, [false], nowMs, 0);
  expect(at(nowMs + 5 * minuteMs)).not.toBe(second);
});
