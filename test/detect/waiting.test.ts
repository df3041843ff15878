import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PoolSlots, UnfinishedTask } from '../../src/collect/snapshot.ts';
import type { Transition } from '../../src/collect/transition.ts';
import { poolStarved } from '../../src/detect/pool-starved.ts';
import { stuckQueued } from '../../src/detect/stuck-queued.ts';
import { at, attempt, openMap, pool, settings, snapshot, waiting } from './kit.ts';

const now = at('12:00');
interface Scene {
  pools?: PoolSlots[];
  complete?: boolean;
  transitions?: Transition[];
  config?: unknown;
}
const reads = (tasks: UnfinishedTask[], { pools = [pool()], complete = true, transitions = [] }: Scene) => ({
  transitions,
  snapshot: snapshot({ pools, unfinished: { tasks, complete } }),
});
const judgeStuck = (tasks: UnfinishedTask[], scene: Scene = {}, open = openMap()) =>
  stuckQueued(reads(tasks, scene), open, settings(scene.config), now);
const scheduled = (over: Partial<UnfinishedTask> = {}) =>
  waiting({ state: 'scheduled', queuedAt: null, scheduledAt: at('11:30'), ...over });

test('a task queued for the limit is stuck, a second less is not', () => {
  expect(judgeStuck([waiting()]).findings).toMatchObject([
    { event: 'run:7:load:-1:1', since: at('11:50'), title: 'etl.load has been queued for 10m, the limit is 10m' },
  ]);
  expect(judgeStuck([waiting({ queuedAt: at('11:50:01') })]).findings).toEqual([]);
});

test('a full pool is no excuse for a queued task, which holds its slots already', () => {
  expect(judgeStuck([waiting()], { pools: [pool({ open: 0 })] }).findings).toHaveLength(1);
});

test('the limit of an override holds', () => {
  const config = { overrides: [{ match: { tasks: ['load'] }, stuck_after: '10m1s' }] };
  expect(judgeStuck([waiting()], { config }).findings).toEqual([]);
  expect(judgeStuck([waiting({ taskId: 'other' })], { config }).findings).toHaveLength(1);
});

test('a scheduled task is stuck after three times the limit, with free slots and nothing of its DAG under way', () => {
  expect(judgeStuck([scheduled()]).findings).toHaveLength(1);
  expect(judgeStuck([scheduled({ scheduledAt: at('11:30:01') })]).findings).toEqual([]);
  expect(judgeStuck([scheduled()], { pools: [pool({ open: 0 })] }).findings).toEqual([]);
  expect(judgeStuck([scheduled({ poolSlots: 3 })], { pools: [pool({ open: 2 })] }).findings).toEqual([]);
  expect(judgeStuck([scheduled({ poolSlots: 2 })], { pools: [pool({ open: 2 })] }).findings).toHaveLength(1);
  expect(judgeStuck([scheduled(), waiting({ taskId: 'other', state: 'running' })]).findings).toEqual([]);
  expect(judgeStuck([scheduled(), waiting({ dagId: 'other', state: 'running' })]).findings).toHaveLength(1);
  expect(judgeStuck([scheduled(), waiting({ taskId: 'other', state: 'deferred' })]).findings).toHaveLength(1);
});

test('a slot that is free for a moment while the pool is starved makes no scheduled task stuck', () => {
  const starved = openMap(...judgePool([hungry()]).findings);
  expect(judgeStuck([scheduled()], {}, starved)).toMatchObject({ findings: [], cleared: [] });
  expect(judgeStuck([scheduled({ pool: 'other' })], { pools: [pool({ pool: 'other' })] }, starved).findings).toHaveLength(1);
  expect(judgeStuck([waiting()], {}, starved).findings).toHaveLength(1);
});

test('instances of one task are one finding; the one that was told of stands for them while it waits', () => {
  const first = waiting({ mapIndex: 0, queuedAt: at('11:45') });
  const older = waiting({ mapIndex: 1, queuedAt: at('11:40') });
  const open = openMap(...judgeStuck([first]).findings);
  const [finding] = judgeStuck([first, older], {}, open).findings;
  expect(finding).toMatchObject({ event: 'run:7:load:0:1', title: expect.stringContaining('and so are 1 more of it') });
  expect(judgeStuck([first, older]).findings[0]?.event).toBe('run:7:load:1:1');
});

test('it is over when the present shows that it started, ended or is gone, and not while it waits', () => {
  const open = openMap(...judgeStuck([waiting()]).findings);
  expect(judgeStuck([waiting({ state: 'running' })], {}, open).cleared).toMatchObject([{ text: 'it started' }]);
  expect(judgeStuck([waiting({ state: 'up_for_retry' })], {}, open).cleared).toMatchObject([{ text: 'it is up for retry now' }]);
  expect(judgeStuck([waiting({ tryNumber: 2, queuedAt: at('11:59') })], {}, open).cleared).toMatchObject([
    { text: 'another try of it waits' },
  ]);
  expect(judgeStuck([], {}, open).cleared).toMatchObject([{ text: 'it ended, or is gone' }]);
  expect(judgeStuck([waiting({ queuedAt: at('11:59') })], {}, open).cleared).toEqual([]);
});

test('it goes on while another try of the task is stuck, as a new event', () => {
  const open = openMap(...judgeStuck([waiting()]).findings);
  const other = waiting({ runPk: 8, queuedAt: at('11:45') });
  expect(judgeStuck([waiting({ state: 'running' }), other], {}, open)).toMatchObject({
    findings: [{ event: 'run:8:load:-1:1' }],
    cleared: [],
  });
  const notYet = { ...other, queuedAt: at('11:55') };
  expect(judgeStuck([waiting({ state: 'running' }), notYet], {}, open)).toMatchObject({ findings: [], cleared: [{}] });
});

test('where not every row was read, only a row or its end clears', () => {
  const open = openMap(...judgeStuck([waiting()]).findings);
  expect(judgeStuck([], { complete: false }, open).cleared).toEqual([]);
  expect(judgeStuck([waiting({ state: 'running' })], { complete: false }, open).cleared).toHaveLength(1);
  const ended = attempt({ tryNumber: 1, outcome: 'success' });
  expect(judgeStuck([], { complete: false, transitions: [ended] }, open).cleared).toHaveLength(1);
  expect(judgeStuck([], { complete: false, transitions: [{ ...ended, runPk: 8 }] }, open).cleared).toEqual([]);
});

const judgePool = (tasks: UnfinishedTask[], scene: Scene = {}, open = openMap()) =>
  poolStarved(reads(tasks, { pools: [pool({ open: 0 })], ...scene }), open, settings(scene.config), now);
const hungry = (over: Partial<UnfinishedTask> = {}) => scheduled({ scheduledAt: at('11:55'), ...over });

test('a pool without slots for which a task has waited for the limit is starved, a second less is not', () => {
  expect(judgePool([hungry()]).findings).toMatchObject([
    {
      subject: { type: 'pool', pool: 'default_pool' },
      event: `since:${at('11:55').getTime()}`,
      title: 'Pool default_pool is starved: 1 task waits, the longest for 5m, while 20 slots run and 8 are queued',
    },
  ]);
  expect(judgePool([hungry({ scheduledAt: at('11:55:01') })]).findings).toEqual([]);
  expect(judgePool([hungry()], { pools: [pool({ open: 1 })] }).findings).toEqual([]);
  expect(judgePool([hungry({ state: 'queued' })]).findings).toEqual([]);
});

test('a task that needs more slots than are open starves, and so does one whose pool does not exist', () => {
  expect(judgePool([hungry({ poolSlots: 3 })], { pools: [pool({ open: 2 })] }).findings).toHaveLength(1);
  expect(judgePool([hungry({ poolSlots: 3 })], { pools: [pool({ open: 3 })] }).findings).toEqual([]);
  expect(judgePool([hungry({ pool: 'gone' })]).findings[0]?.title).toMatch(/^Pool gone does not exist: 1 task waits/);
});

test('a starved pool keeps its event while who waits longest changes', () => {
  const open = openMap(...judgePool([hungry({ scheduledAt: at('11:50') })]).findings);
  const [finding] = judgePool([hungry()], {}, open).findings;
  expect(finding).toMatchObject({ event: `since:${at('11:50').getTime()}`, since: at('11:50') });
});

/** Open incidents that were last found this long ago. */
const quietFor = (open: ReturnType<typeof openMap>, quietMs: number) =>
  new Map([...open].map(([key, each]) => [key, { ...each, quietMs }]));

test('a slot that is free for a moment ends nothing while others still wait too long; slots that stay free do', () => {
  const open = openMap(...judgePool([hungry()]).findings);
  const free = { pools: [pool({ open: 1 })] };
  expect(judgePool([hungry()], free, quietFor(open, 59_999))).toMatchObject({ findings: [], cleared: [] });
  expect(judgePool([hungry()], free, quietFor(open, 60_000)).cleared).toMatchObject([{ text: 'it has free slots again' }]);
  const short = { ...free, config: { pool_starved_after: '20s' } };
  expect(judgePool([hungry()], short, quietFor(open, 19_999)).cleared).toEqual([]);
  expect(judgePool([hungry()], short, quietFor(open, 20_000)).cleared).toHaveLength(1);
});

test('a pool tells which DAGs wait for it', () => {
  const tasks = [hungry(), hungry({ taskId: 'other' }), hungry({ dagId: 'ml' }), hungry({ dagId: 'big', poolSlots: 3 })];
  const [finding] = judgePool(tasks, { pools: [pool({ open: 0 })] }).findings;
  expect(finding?.carried).toMatchObject({ pool: 'default_pool', dags: ['etl', 'ml', 'big'] });
});

test('free slots for all who had waited too long, or nobody who waits, clear it; a shorter wait for slots does not', () => {
  const open = openMap(...judgePool([hungry()]).findings);
  expect(judgePool([hungry({ scheduledAt: at('11:55:01') })], { pools: [pool({ open: 1 })] }, open).cleared).toMatchObject([
    { text: 'it has free slots again' },
  ]);
  expect(judgePool([], {}, open).cleared).toMatchObject([{ text: 'no task waits for it any more' }]);
  expect(judgePool([], { complete: false }, open).cleared).toEqual([]);
  expect(judgePool([hungry({ scheduledAt: at('11:59') })], {}, open)).toMatchObject({ findings: [], cleared: [] });
});

test('what was not read never clears: with any part of the rows, whoever is still among them stays', () => {
  const task = fc.record({ mapIndex: fc.integer({ min: 0, max: 30 }), minute: fc.integer({ min: 10, max: 49 }) });
  fc.assert(
    fc.property(fc.uniqueArray(task, { selector: ({ mapIndex }) => mapIndex, minLength: 1 }), fc.nat(), (tasks, cut) => {
      const rows = tasks.map(({ mapIndex, minute }) => waiting({ mapIndex, queuedAt: at(`11:${minute}`) }));
      const open = openMap(...judgeStuck(rows).findings);
      const seen = rows.slice(0, cut % (rows.length + 1));
      expect(judgeStuck(seen, { complete: false }, open).cleared).toEqual([]);
    }),
  );
});
