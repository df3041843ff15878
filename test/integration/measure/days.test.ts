import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { dayDurationsMax, saveDays, trimDays } from '../../../src/measure/day-totals.ts';
import { rankTasks, readDaysSince, readShifts, readSlower, readTotals } from '../../../src/measure/read-days.ts';
import { createStore } from '../../kit/database.ts';
import { tried } from '../../measure/kit.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** A Monday. */
const monday = Date.UTC(2026, 10, 16);
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const week = { first: dayOf(monday), last: dayOf(monday + 6 * day) };
const weekBefore = { first: dayOf(monday - 7 * day), last: dayOf(monday - day) };
let store: Awaited<ReturnType<typeof createStore>>;
beforeAll(async () => {
  store = await createStore();
});
beforeEach(() => store.query('TRUNCATE task_day, task_day_since, level_shift, sample'));
afterAll(() => store[Symbol.asyncDispose]());

const counting = { timeZone: 'UTC', now: new Date(monday) };

test('the totals of days add up to the week, whatever cycles they came in', async () => {
  let airflow = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          at: fc.integer({ min: 0, max: 7 * 24 * 60 - 1 }),
          outcome: fc.constantFrom('success', 'failure', 'retry'),
          seconds: fc.integer({ min: 0, max: 5000 }),
          taskId: fc.constantFrom('load', 'send'),
          tryNumber: fc.integer({ min: 1, max: 3 }),
        }),
        { maxLength: 60 },
      ),
      fc.integer({ min: 1, max: 20 }),
      async (ended, perCycle) => {
        airflow += 1;
        const name = `a${airflow}`;
        const tries = ended.map(({ at, seconds, ...rest }) => tried(monday + at * 60_000, seconds, rest));
        for (let from = 0; from < tries.length; from += perCycle)
          await saveDays(store, name, tries.slice(from, from + perCycle), counting);
        const whole = await readTotals(store, name, week);
        const days = await Promise.all(
          Array.from({ length: 7 }, (_, index) => {
            const date = dayOf(monday + index * day);
            return readTotals(store, name, { first: date, last: date });
          }),
        );
        const sum = (of: 'success' | 'failure' | 'retry' | 'healed' | 'seconds' | 'failedSeconds') =>
          days.reduce((total, each) => total + each[of], 0);
        for (const of of ['success', 'failure', 'retry', 'healed', 'seconds', 'failedSeconds'] as const)
          expect(sum(of)).toBe(whole[of]);
        expect(whole.success).toBe(ended.filter(({ outcome }) => outcome === 'success').length);
        expect(whole.failedSeconds).toBe(
          ended.filter(({ outcome }) => outcome !== 'success').reduce((total, { seconds }) => total + seconds, 0),
        );
      },
    ),
    { numRuns: 15 },
  );
});

test('tasks are ranked by what their failed tries took and by what healed; of another deployment or day nothing counts', async () => {
  const failed = (taskId: string, seconds: number, at = monday) => tried(at + hour, seconds, { taskId, outcome: 'retry' });
  await saveDays(
    store,
    'a',
    [failed('x', 100), failed('y', 300), failed('x', 250), tried(monday + 2 * hour, 5, { taskId: 'x', tryNumber: 2 })],
    counting,
  );
  await saveDays(store, 'a', [failed('z', 9999, monday - day)], counting);
  await saveDays(store, 'b', [failed('z', 9999)], counting);
  const costly = await rankTasks(store, 'a', week, { by: 'failedSeconds', limit: 1 });
  expect(costly).toMatchObject({ count: 2, tasks: [{ taskId: 'x', failedSeconds: 350, retry: 2, success: 1, healed: 1 }] });
  const flaky = await rankTasks(store, 'a', week, { by: 'healed', limit: 5 });
  expect(flaky.tasks.map(({ taskId }) => taskId)).toEqual(['x']);
  expect(await readDaysSince(store, 'a', new Date(monday + 35 * day))).toEqual(new Date(monday));
  expect(await readDaysSince(store, 'a', new Date(monday + 36 * day))).toEqual(new Date(monday + day));
  expect(await readDaysSince(store, 'nobody', new Date(monday))).toBeNull();
});

test('a task is slower when its median rose by a fifth against the days before and its baseline, and not when it only came back', async () => {
  const many = (taskId: string, from: number, seconds: number[]) =>
    seconds.map((each, index) => tried(from + index * hour, each, { taskId }));
  const five = (seconds: number): number[] => [seconds, seconds, seconds, seconds + 1, seconds + 2];
  await saveDays(
    store,
    'a',
    [
      ...many('slower', monday - 7 * day, five(100)),
      ...many('slower', monday, five(120)),
      ...many('same', monday - 7 * day, five(100)),
      ...many('same', monday, five(119)),
      ...many('few', monday - 7 * day, five(100)),
      ...many('few', monday, [300, 300, 300, 300]),
      ...many('back', monday - 7 * day, five(50)),
      ...many('back', monday, five(100)),
    ],
    counting,
  );
  await store.query(
    `INSERT INTO sample (airflow, dag_id, task_id, run_pk, map_index, try_number, outcome, ended_at, duration_seconds)
     SELECT 'a', 'etl', 'back', r, -1, 1, 'success', $1::timestamptz - r * interval '1 day', 100 FROM generate_series(8, 20) r`,
    [new Date(monday)],
  );
  const slower = await readSlower(store, 'a', { ...week, from: new Date(monday) }, weekBefore);
  expect(slower).toEqual([
    {
      dagId: 'etl',
      taskId: 'slower',
      now: { seconds: 120, n: 5 },
      before: { seconds: 100, n: 5 },
      baseline: null,
      lostSeconds: 100,
    },
  ]);
});

test('a day keeps at most 64 durations of a task, and counts all', async () => {
  for (const part of [0, 1, 2])
    await saveDays(
      store,
      'a',
      Array.from({ length: 50 }, (_, index) => tried(monday + index * 60_000, 10 + part)),
      counting,
    );
  const [row] = await store.query<{ kept: number; timed: number }>('SELECT cardinality(durations) AS kept, timed FROM task_day');
  expect(row).toEqual({ kept: dayDurationsMax, timed: 150 });
});

test('days older than 35 days go', async () => {
  await saveDays(store, 'a', [tried(monday - 35 * day, 1), tried(monday - 36 * day, 1)], counting);
  await trimDays(store, 'a', new Date(monday));
  expect(await store.query('SELECT day::text AS day FROM task_day')).toEqual([{ day: dayOf(monday - 35 * day) }]);
});

test('shifts to slower are those that showed in the time asked for', async () => {
  const shift = (taskId: string, confirmed: number, from: number, to: number) =>
    store.query(
      `INSERT INTO level_shift (airflow, dag_id, task_id, bucket, at, confirmed_at, from_seconds, to_seconds, before_count, since_count, p)
       VALUES ('a', 'etl', $1, '', $2, $2, $3, $4, 20, 10, 0.001)`,
      [taskId, new Date(confirmed), from, to],
    );
  await shift('first', monday, 10, 20);
  await shift('greater', monday + day, 10, 40);
  await shift('faster', monday, 20, 10);
  await shift('late', monday + 7 * day, 10, 20);
  const { shifts, count } = await readShifts(store, 'a', { from: new Date(monday), to: new Date(monday + 7 * day) }, 1);
  expect(count).toBe(2);
  expect(shifts).toMatchObject([{ taskId: 'greater', fromSeconds: 10, toSeconds: 40, mapped: '' }]);
});
