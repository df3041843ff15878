import { expect, test } from 'vitest';
import { newBook } from '../../src/sla/book.ts';
import { noSlaChanges } from '../../src/sla/memory.ts';
import type { SlaObjective } from '../../src/sla/objective.ts';
import { planSlas } from '../../src/sla/plan.ts';
import { objective } from './kit.ts';

const now = new Date('2026-06-10T12:00:00Z');
const tasksPerDag = 3;
const dagsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ dagId: `dag-${index}`, owners: 'ann', tags: [], paused: false }));
const tasksOf = (count: number) =>
  new Map(
    dagsOf(count).flatMap(({ dagId }) =>
      Array.from({ length: tasksPerDag }, (_, task) => [`${dagId}.${task}`, { dagId, taskId: `t${task}` }] as const),
    ),
  );

/** Cycle after cycle until nothing waits: how many targets took in their history, of how many samples each at most. */
function cycles(objectives: SlaObjective[], dags: number): { seeded: number; rows: number; unseeded: number }[] {
  const book = newBook(objectives);
  const found: { seeded: number; rows: number; unseeded: number }[] = [];
  for (let cycle = 0; cycle < 100; cycle += 1) {
    const plan = planSlas(book, { dags: dagsOf(dags), tasks: tasksOf(dags), posted: [] }, { now, seed: true }, noSlaChanges());
    if (plan === null || plan.seeding.size === 0) return found;
    const { samples, samplesPerTask } = plan.needs;
    found.push({ seeded: plan.seeding.size, rows: samples.length * samplesPerTask, unseeded: plan.unseeded });
    for (const target of plan.seeding) target.seeded = true;
  }
  throw new Error('it never ends');
}

test('few new targets take in their history at once', () => {
  expect(cycles([objective({}), objective({ name: 'fresh', kind: 'freshness', threshold: '1h' })], 20)).toEqual([
    { seeded: 40, rows: 0, unseeded: 0 },
  ]);
});

test('many take it in cycle by cycle, each of them once, and never more than a cycle can bear', () => {
  const tries = objective({ name: 'waits', kind: 'queue_wait', threshold: '1m' });
  const all = cycles([objective({}), tries], 500);
  expect(all.length).toBeGreaterThan(5);
  expect(all.reduce((sum, { seeded }) => sum + seeded, 0)).toBe(1000);
  expect(all.map(({ unseeded }) => unseeded)).toEqual(all.map(({ unseeded }) => unseeded).toSorted((a, b) => b - a));
  expect(all.at(-1)?.unseeded).toBe(0);
  for (const { rows } of all) expect(rows).toBeLessThanOrEqual(20_000);
});

test.each([
  [999, 1],
  [1000, 0],
])(
  'when each of five new SLAs matches %i DAGs, %i of their targets takes in its history beside what is written first',
  (dags, seeded) => {
    const book = newBook(Array.from({ length: 5 }, (_, index) => objective({ name: `objective ${index}` })));
    const turn = () =>
      planSlas(book, { dags: dagsOf(dags), tasks: tasksOf(dags), posted: [] }, { now, seed: true }, noSlaChanges());
    expect(turn()?.seeding.size).toBe(seeded);
    // The next cycle has nothing else to write.
    expect(turn()?.seeding.size).toBe(100);
  },
);

test('one target of thousands of tasks takes fewer of each', () => {
  const pooled = objective({ name: 'waits', kind: 'queue_wait', threshold: '1m', pool: true });
  expect(cycles([pooled], 2000)).toEqual([{ seeded: 1, rows: 2000 * tasksPerDag * 5, unseeded: 0 }]);
});

test('while history is still being read nothing is taken in', () => {
  const plan = planSlas(
    newBook([objective({})]),
    { dags: dagsOf(3), tasks: tasksOf(3), posted: [] },
    { now, seed: false },
    noSlaChanges(),
  );
  expect([plan?.seeding.size, plan?.unseeded]).toEqual([0, 3]);
});
