import { describe, expect, test } from 'vitest';
import type { Transition } from '../../src/collect/transition.ts';
import type { SampleRow } from '../../src/measure/read-samples.ts';
import type { RunRecord } from '../../src/measure/run-history.ts';
import { assessSlas, type SlaInputs, type SlaReads } from '../../src/sla/assess.ts';
import { newBook, type SlaBook } from '../../src/sla/book.ts';
import { noSlaChanges } from '../../src/sla/memory.ts';
import { planSlas, type SlaCatalogue } from '../../src/sla/plan.ts';
import type { CatalogueDag } from '../../src/sla/select.ts';
import { attempt, record, runEnded } from '../detect/kit.ts';
import { dayMs, hourMs, minuteMs, objective } from './kit.ts';

const now = new Date('2026-06-10T12:00:00Z');
const nowMs = now.getTime();
const etl: CatalogueDag = { dagId: 'etl', owners: 'ann', tags: ['gold'], paused: false };
const tasks = new Map([['a', { dagId: 'etl', taskId: 'load' }]]);

interface Cycle {
  at?: Date;
  dags?: CatalogueDag[] | undefined;
  transitions?: Transition[];
  reads?: Partial<SlaReads>;
  inputs?: Partial<SlaInputs>;
  posted?: SlaCatalogue['posted'];
}

/** One cycle of a book; the catalogue is `etl` unless said otherwise. */
function cycle(book: SlaBook, { at = now, dags = [etl], transitions = [], reads = {}, inputs = {}, posted = [] }: Cycle = {}) {
  const changes = noSlaChanges();
  const plan = planSlas(book, { dags, tasks, posted }, { now: at, seed: inputs.warmingUp !== true }, changes);
  if (plan === null) return { statuses: undefined, changes };
  const all = {
    now: at,
    previousAt: new Date(at.getTime() - 15_000),
    transitions,
    snapshot: {},
    runs: new Map(),
    warmingUp: false,
    ...inputs,
  };
  return { statuses: assessSlas(plan, { samples: [], custom: [], ...reads }, all, changes), changes, needs: plan.needs };
}

const book = (...objectives: Record<string, unknown>[]): SlaBook => newBook(objectives.map((keys) => objective(keys)));
const ended = (pk: number, over: Partial<Parameters<typeof runEnded>[0]> = {}) =>
  runEnded({
    runPk: pk,
    runId: `scheduled__${pk}`,
    endedAt: now,
    startedAt: new Date(nowMs - minuteMs),
    state: 'success',
    ...over,
  });

describe('what counts', () => {
  const counted = (transitions: Transition[], keys: Record<string, unknown> = {}) => {
    const { statuses } = cycle(book({ min_events: 1, ...keys }), { transitions });
    return [statuses?.[0]?.total, statuses?.[0]?.bad];
  };

  test('a run counts once, by its first end', () => {
    const on = book({ min_events: 1 });
    cycle(on, { transitions: [ended(1, { state: 'failed' })] });
    const again = cycle(on, { transitions: [ended(1)] });
    expect(again.statuses).toMatchObject([{ total: 1, bad: 1, violations: 1, lastViolation: { event: 'run:1' } }]);
    expect(again.changes.events).toEqual([]);
  });

  test("a backfill, and a person's mark, count neither for nor against", () => {
    expect(counted([ended(1, { state: 'failed', runType: 'backfill' })])).toEqual([0, 0]);
    expect(counted([ended(1, { state: 'failed', byPerson: true })])).toEqual([0, 0]);
    expect(counted([ended(1, { state: 'failed', runType: 'manual' })])).toEqual([1, 1]);
  });

  test('a retry that heals is no failure; the last try counts', () => {
    const onTask = { match: { tasks: ['load'] } };
    const [retry, success] = [attempt({ outcome: 'retry', tryNumber: 1 }), attempt({ outcome: 'success', tryNumber: 2 })];
    expect(counted([retry, success], onTask)).toEqual([1, 0]);
    expect(counted([retry, attempt({ outcome: 'failure', tryNumber: 2 })], onTask)).toEqual([1, 1]);
    expect(counted([retry, success, ended(1)])).toEqual([1, 0]);
    expect(counted([attempt({ taskId: 'other' })], onTask)).toEqual([0, 0]);
  });

  test('of a violation the try is named', () => {
    const { statuses } = cycle(book({ match: { tasks: ['l*'] } }), { transitions: [attempt({ runPk: 7, tryNumber: 2 })] });
    expect(statuses).toMatchObject([{ taskId: 'load', lastViolation: { event: 'run:7:load:-1:2' } }]);
  });

  test('durations are those of successes, waits those of every try', () => {
    const slow = { kind: 'duration', threshold: '40s', match: { tasks: ['load'] } };
    expect(counted([attempt({ outcome: 'failure' })], slow)).toEqual([0, 0]);
    expect(counted([attempt({ outcome: 'success', durationSeconds: 40 })], slow)).toEqual([1, 0]);
    expect(counted([attempt({ outcome: 'success', durationSeconds: 40.1 })], slow)).toEqual([1, 1]);
    expect(counted([attempt({ outcome: 'success', durationSeconds: Number.NaN })], slow)).toEqual([0, 0]);
    const wait = { kind: 'queue_wait', threshold: '1s' };
    expect(counted([attempt({ tryNumber: 1 }), attempt({ tryNumber: 2, queueWaitSeconds: 2 })], wait)).toEqual([2, 1]);
    expect(counted([attempt({ queueWaitSeconds: null })], wait)).toEqual([0, 0]);
  });

  test('500 old runs that a person cleared and that end again count nothing', () => {
    const on = book({});
    cycle(on, { transitions: Array.from({ length: 600 }, (_, index) => ended(1000 + index)) });
    const cleared = Array.from({ length: 500 }, (_, index) => ended(100 + index, { state: 'failed' }));
    expect(cycle(on, { transitions: cleared }).statuses).toMatchObject([{ total: 600, bad: 0, violations: 0 }]);
  });
});

describe('targets', () => {
  test('are the DAGs that match, or the tasks that ran, each by itself or pooled as one', () => {
    const dags = [etl, { ...etl, dagId: 'shop', owners: 'bob', tags: [] }];
    const places = (keys: Record<string, unknown>) =>
      cycle(book(keys), { dags }).statuses?.map(({ dagId, taskId, owner }) => [dagId, taskId, owner].join('/'));
    expect(places({})).toEqual(['etl//ann', 'shop//bob']);
    expect(places({ match: { dags: ['s*'] } })).toEqual(['shop//bob']);
    expect(places({ match: { tags: ['go?d'] } })).toEqual(['etl//ann']);
    expect(places({ match: { owners: ['b*'] } })).toEqual(['shop//bob']);
    expect(places({ match: { dags: ['etl'], owners: ['bob'] } })).toEqual([]);
    expect(places({ match: { tasks: ['*'] } })).toEqual(['etl/load/ann']);
    expect(places({ pool: true })).toEqual(['//']);
    expect(places({ pool: true, match: { owners: ['ann'] } })).toEqual(['//ann']);
  });

  test('that are pooled share what ends', () => {
    const dags = [etl, { ...etl, dagId: 'shop' }];
    const transitions = [ended(1), ended(2, { dagId: 'shop', state: 'failed' }), ended(3, { dagId: 'other' })];
    expect(cycle(book({ pool: true }), { dags, transitions }).statuses).toMatchObject([{ total: 2, bad: 1 }]);
  });

  test('stay as they were while the catalogue cannot be read, and are none before it ever was', () => {
    const on = book({});
    const blind = (each: SlaBook) => {
      const changes = noSlaChanges();
      const plan = planSlas(each, { dags: undefined, tasks, posted: [] }, { now, seed: true }, changes);
      return plan?.plans.flatMap(({ targets }) => targets.map(({ target }) => target.dagId));
    };
    expect(blind(on)).toBeUndefined();
    cycle(on);
    expect(blind(on)).toEqual(['etl']);
  });

  test('of which no DAG is left are shown no more', () => {
    const on = book({});
    cycle(on);
    const { statuses, changes } = cycle(on, { dags: [] });
    expect(statuses).toEqual([]);
    expect([...changes.targets]).toMatchObject([{ dagId: 'etl', status: null, shown: false }]);
  });

  test('of a paused DAG are asked nothing, and what passed meanwhile is not made up for', () => {
    const on = book({ kind: 'freshness', threshold: '1m' });
    cycle(on, { transitions: [ended(1)] });
    const later = (hours: number) => new Date(nowMs + hours * hourMs);
    expect(cycle(on, { at: later(5), dags: [{ ...etl, paused: true }] }).statuses).toMatchObject([
      { state: 'unknown', total: 0 },
    ]);
    expect(cycle(on, { at: new Date(later(5).getTime() + minuteMs) }).statuses).toMatchObject([
      { state: 'breached', total: 1, bad: 1 },
    ]);
  });
});

describe('history', () => {
  const runs = new Map<string, RunRecord[]>([
    [
      'etl',
      Array.from({ length: 20 }, (_, back) =>
        record(new Date(nowMs - (20 - back) * hourMs), { runPk: back + 1, state: back % 10 === 0 ? 'failed' : 'success' }),
      ),
    ],
  ]);
  const seeded = (keys: Record<string, unknown>, inputs: Partial<SlaInputs> = {}) =>
    cycle(book(keys), { inputs: { runs, ...inputs } });

  test('is taken in by a new objective, and is no violation', () => {
    expect(seeded({}).statuses).toMatchObject([{ total: 20, bad: 2, state: 'breached', violations: 0, lastViolation: null }]);
    expect(seeded({ kind: 'duration', threshold: '10m', objective: 0.99 }).statuses).toMatchObject([{ total: 18, state: 'met' }]);
  });

  test('gives freshness its slices, and deadlines their days', () => {
    const [fresh] = seeded({ kind: 'freshness', threshold: '90m' }).statuses ?? [];
    // The run that failed in the middle leaves a gap of two hours: ages of 91 to 119 minutes are bad.
    expect(fresh).toMatchObject({ state: 'met', violations: 0, bad: 29 });
    const [due] = seeded({ kind: 'deadline', by: '06:00' }).statuses ?? [];
    expect(due).toMatchObject({ state: 'met', total: 1, bad: 0 });
  });

  test('is waited for while it is still being read, and what ends meanwhile is not counted twice', () => {
    const on = book({});
    const first = ended(20, { endedAt: new Date(nowMs - minuteMs) });
    expect(cycle(on, { inputs: { runs, warmingUp: true }, transitions: [first] }).statuses).toMatchObject([{ total: 1 }]);
    expect(cycle(on, { inputs: { runs } }).statuses).toMatchObject([{ total: 20, bad: 2 }]);
    expect(cycle(on, { inputs: { runs } }).statuses).toMatchObject([{ total: 20, bad: 2 }]);
  });

  test('of tasks comes from their samples', () => {
    const samples: SampleRow[] = Array.from({ length: 6 }, (_, index) => ({
      dagId: 'etl',
      taskId: 'load',
      runPk: index,
      mapIndex: -1,
      tryNumber: 1,
      outcome: index === 0 ? 'failure' : 'success',
      endedAt: new Date(nowMs - (index + 1) * hourMs),
      durationSeconds: 10,
      queueWaitSeconds: 5,
    }));
    const keys = { match: { tasks: ['load'] } };
    const on = book(keys);
    const { statuses, needs } = cycle(on, { reads: { samples } });
    expect(needs?.samples).toEqual([{ dagId: 'etl', taskId: 'load' }]);
    expect(statuses).toMatchObject([{ total: 6, bad: 1 }]);
    expect(cycle(on).needs?.samples).toEqual([]);
    expect(cycle(book({ kind: 'queue_wait', threshold: '1s' }), { reads: { samples } }).statuses).toMatchObject([
      { dagId: 'etl', total: 6, bad: 6 },
    ]);
  });

  test('is taken in anew when the objective changes, and the counter of violations goes on', () => {
    const on = book({});
    cycle(on, { inputs: { runs } });
    cycle(on, { inputs: { runs }, transitions: [ended(30, { state: 'failed' })] });
    const changed = { ...newBook([objective({ window: '7d' })], on.memory) };
    const { statuses, changes } = cycle(changed, { inputs: { runs } });
    expect(changes.restarted.size).toBe(1);
    expect(statuses).toMatchObject([{ total: 20, bad: 2, violations: 1 }]);
    const same = cycle({ ...newBook([objective({ window: '7d', severity: 'critical' })], on.memory) }, { inputs: { runs } });
    expect(same.changes.restarted.size).toBe(0);
    expect(same.statuses).toMatchObject([{ severity: 'critical', total: 20 }]);
  });
});

describe("Airflow's own deadlines", () => {
  const keys = { kind: 'deadline', source: 'airflow', min_events: 1 };
  const missed = (runPk: number, at: Date, runState = 'running') => ({
    snapshot: {
      deadlines: [
        {
          dagId: 'etl',
          state: 'missed' as const,
          count: 1,
          newestAt: at,
          runPk,
          runId: `r${runPk}`,
          runType: 'scheduled',
          runState,
        },
      ],
    },
  });

  test('break the SLA when one is missed, count the run once, and are met again with its success', () => {
    const on = book(keys);
    cycle(on, { inputs: { snapshot: { deadlines: [] } } });
    const late = new Date(nowMs + minuteMs);
    const broken = cycle(on, { at: late, inputs: missed(7, new Date(nowMs + 1)) });
    expect(broken.statuses).toMatchObject([{ state: 'breached', bad: 1, violations: 1, lastViolation: { event: 'run:7' } }]);
    const done = new Date(nowMs + 2 * minuteMs);
    const over = cycle(on, {
      at: done,
      inputs: missed(7, new Date(nowMs + 1), 'success'),
      transitions: [ended(7, { endedAt: done })],
    });
    expect(over.statuses).toMatchObject([{ state: 'met', total: 1, bad: 1, violations: 1 }]);
  });

  test('that are told of after the run was counted as good spoil it', () => {
    const on = book(keys);
    cycle(on, { inputs: { snapshot: { slaMisses: [] } } });
    cycle(on, {
      at: new Date(nowMs + 1000),
      inputs: { snapshot: { slaMisses: [] } },
      transitions: [ended(7, { endedAt: new Date(nowMs + 500) })],
    });
    const told = cycle(on, { at: new Date(nowMs + 2000), inputs: missed(7, new Date(nowMs + 100), 'success') });
    expect(told.statuses).toMatchObject([{ state: 'met', total: 1, bad: 1, violations: 1 }]);
  });

  test('are unknown when they cannot be read, and those of before are none of ours', () => {
    expect(cycle(book(keys)).statuses).toMatchObject([{ state: 'unknown' }]);
    expect(cycle(book(keys), { inputs: missed(7, new Date(nowMs - dayMs)) }).statuses).toMatchObject([
      { violations: 0, total: 0 },
    ]);
  });
});

test('how early or late a deadline was made good is said of its first success, whatever runs later', () => {
  const on = book({ kind: 'deadline', by: '12:30', within: '6h' });
  const at = (time: string) => new Date(`2026-06-${time}:00Z`);
  const look = (time: string, ...ends: string[]) =>
    cycle(on, { at: at(time), transitions: ends.map((end, index) => ended(at(time).getTime() + index, { endedAt: at(end) })) })
      .statuses?.[0];
  look('10T12:00');
  expect(look('10T12:31', '10T12:20')).toMatchObject({ state: 'met', value: -600 });
  expect(look('10T14:00', '10T13:59')).toMatchObject({ state: 'met', value: -600 });
  expect(look('11T12:31')).toMatchObject({ state: 'breached', value: 60 });
  expect(look('11T13:01', '11T13:00')).toMatchObject({
    state: 'met',
    value: 1800,
    standing: expect.stringMatching(/^done 30m late/),
  });
  expect(look('11T14:01', '11T14:00')).toMatchObject({ state: 'met', value: 1800 });
});

test('a posted metric is asked for when a slice has ended, from where the last look ended', () => {
  const on = book({ kind: 'custom', threshold: 5, metric: { name: 'lag', labels: { team: 'a' } } });
  expect(cycle(on).needs?.custom).toEqual([]);
  const next = new Date(nowMs + minuteMs);
  const { needs, statuses } = cycle(on, { at: next, reads: { custom: [[{ atMs: nowMs + minuteMs, per: [], value: 6 }]] } });
  expect(needs?.custom).toMatchObject([
    { metric: { name: 'lag', labels: { team: 'a' }, overMs: 300_000 }, statistic: 'mean', ends: [next.getTime()] },
  ]);
  expect(statuses).toMatchObject([
    { state: 'breached', value: 6, dagId: '', sentence: expect.stringContaining('lag{team="a"} (mean over 5m) is at most 5') },
  ]);
});

test('after a pause slices of a posted metric are made up for as far as they look at no more than a day of values', () => {
  const later = new Date(nowMs + 30 * minuteMs);
  const ends = (over: string) => {
    const on = book({ kind: 'custom', threshold: 5, metric: { name: 'lag', over } });
    cycle(on);
    return cycle(on, { at: later }).needs?.custom[0]?.ends;
  };
  expect(ends('5m')).toHaveLength(30);
  expect(ends('2h')).toEqual(Array.from({ length: 12 }, (_, index) => later.getTime() - (11 - index) * minuteMs));
  expect(ends('1d')).toEqual([later.getTime()]);
});

test('a deadline that came while the DAG was paused is not missed when it is not paused any more', () => {
  const on = book({ kind: 'deadline', by: '12:30', within: '6h' });
  const paused = [{ ...etl, paused: true }];
  cycle(on, { dags: paused });
  cycle(on, { dags: paused, at: new Date(nowMs + 40 * minuteMs) });
  expect(cycle(on, { at: new Date(nowMs + 41 * minuteMs) }).statuses).toMatchObject([
    { state: 'unknown', bad: 0, violations: 0 },
  ]);
  // The next one counts.
  expect(cycle(on, { at: new Date(nowMs + dayMs + 31 * minuteMs) }).statuses).toMatchObject([{ state: 'breached', bad: 1 }]);
});
