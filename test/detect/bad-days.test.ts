import { expect, test } from 'vitest';
import type { Attempt } from '../../src/collect/transition.ts';
import { alphasOf } from '../../src/detect/budget.ts';
import { detect } from '../../src/detect/detect.ts';
import type { OpenFinding } from '../../src/detect/detector.ts';
import { detectors } from '../../src/detect/detectors.ts';
import { subjectKey, type Finding } from '../../src/detect/finding.ts';
import { isStale, learnAnew } from '../../src/measure/learned.ts';
import { observeCycle, type Book } from '../../src/measure/observe.ts';
import { day, monday, newBook, normal, seeded, tried } from '../measure/kit.ts';
import { facts, openOf, settings, snapshot } from './kit.ts';

/** A deployment as the cycle drives it: what is found, and what stands open. */
function deployment() {
  const book: Book = newBook();
  const open = new Map<string, OpenFinding>();
  const found: Finding[] = [];
  // So few tasks may be judged harshly within the usual budget; here nothing is to be found by chance.
  const usual = settings({ false_alerts_per_week: 0.01 });
  const cycle = (tries: readonly Attempt[], atMs: number): Finding[] => {
    const now = new Date(atMs);
    const { trials, changes } = observeCycle(book, tries, now);
    const { findings, cleared, reports } = detect(detectors, {
      facts: facts({
        transitions: tries,
        trials,
        shifts: changes.shifts,
        ...book,
        snapshot: snapshot({ at: now }),
        previousAt: now,
      }),
      open: [...open.values()],
      settings: usual,
      clock: { monotonicMs: () => 0 },
    });
    expect(reports.filter(({ ok }) => !ok)).toEqual([]);
    if (isStale(book.learned, book.series.size, '', now))
      book.learned = learnAnew(book, (prior) => alphasOf({ ...book, prior }, usual, now), '', now);
    for (const finding of findings) open.set(`${finding.kind} ${subjectKey(finding.subject)}`, openOf(finding));
    for (const end of cleared) open.delete(`${end.kind} ${subjectKey(end.subject)}`);
    found.push(...findings);
    return findings;
  };
  return { book, open, found, cycle };
}

/** Tries of one run of `etl`, of six tasks. */
const random = seeded(31);
const run = (atMs: number, over: Partial<Attempt> = {}, factor = 1): Attempt[] =>
  ['a', 'b', 'c', 'd', 'e', 'f'].map((taskId, index) =>
    tried(atMs, factor * 300 * (index + 1) * Math.exp(0.08 * normal(random)), {
      taskId,
      dueAt: new Date(atMs - 3_600_000),
      runStartedAt: new Date(atMs - 3_600_000),
      ...over,
    }),
  );

/** The same after so many usual days; the next is `days` after that Monday. */
function settled(days = 40) {
  const made = deployment();
  for (let index = 0; index < days; index += 1) made.cycle(run(monday + index * day), monday + index * day);
  expect(made.found).toEqual([]);
  return { ...made, nextMs: monday + days * day };
}

test.each([
  ['constant durations', () => 600],
  ['durations of zero', () => 0],
  ['durations in whole seconds', () => 2 + Math.round(random())],
  ['two durations in turn', (index: number) => (index % 2 === 0 ? 300 : 400)],
])('%s find nothing', (_, seconds) => {
  const { cycle, found } = deployment();
  for (let index = 0; index < 120; index += 1) cycle([tried(monday + index * day, seconds(index))], monday + index * day);
  expect(found).toEqual([]);
});

test('a constant task that takes ten times as long is found', () => {
  const { cycle } = deployment();
  for (let index = 0; index < 30; index += 1) cycle([tried(monday + index * day, 60)], monday + index * day);
  expect(cycle([tried(monday + 30 * day, 600)], monday + 30 * day).map(({ kind }) => kind)).toEqual(['task_slow']);
});

test('a task with one run, and one that was renamed, find nothing', () => {
  const { cycle, nextMs } = settled();
  expect(cycle([tried(nextMs, 5)], nextMs)).toEqual([]);
  expect(cycle([tried(nextMs + day, 5000)], nextMs + day)).toEqual([]);
  expect(
    cycle(
      run(nextMs + day).map((each) => ({ ...each, taskId: `${each.taskId}_v2` })),
      nextMs + day,
    ),
  ).toEqual([]);
});

test('durations that are no numbers, or beyond all measure, harm no other', () => {
  const { cycle, nextMs, book } = settled();
  const usualRun = { dueAt: null };
  const odd = [Number.NaN, Infinity, -5, 1e9].map((seconds, index) =>
    tried(nextMs, seconds, { taskId: 'abcd'[index] ?? '', ...usualRun }),
  );
  expect(cycle(odd, nextMs).map(({ subject }) => subjectKey(subject))).toEqual(['task:etl/d']);
  for (let index = 1; index < 40; index += 1) cycle(run(nextMs + index * day), nextMs + index * day);
  const scales = [...book.series.values()].map(({ summary }) => summary?.scale ?? 0);
  expect(Math.max(...scales)).toBeLessThan(0.4);
});

test('a DAG that was paused for a month goes on as before', () => {
  const { cycle, nextMs } = settled();
  for (let index = 0; index < 10; index += 1)
    expect(cycle(run(nextMs + (31 + index) * day), nextMs + (31 + index) * day)).toEqual([]);
});

test('500 old runs that a person cleared find nothing, and teach nothing, though all of them are slow', () => {
  const { cycle, nextMs, book } = settled();
  const before = structuredClone(book.series);
  for (let batch = 0; batch < 50; batch += 1) {
    const atMs = nextMs + batch * 15_000;
    const cleared = Array.from({ length: 10 }, () =>
      run(atMs, { clearNumber: 1, dueAt: new Date(atMs - 20 * day), runStartedAt: new Date(atMs) }, 4),
    ).flat();
    expect(cycle(cleared, atMs)).toEqual([]);
  }
  expect(book.series).toEqual(before);
});

test.each([
  ['a backfill', { runType: 'backfill' }],
  ['a catch-up of a month', { dueAt: new Date(monday) }],
])('%s of a hundred slow runs finds nothing', (_, over) => {
  const { cycle, nextMs } = settled();
  for (let index = 0; index < 100; index += 1)
    expect(cycle(run(nextMs + index * 60_000, over, 4), nextMs + index * 60_000)).toEqual([]);
});

test('a slow-down for good is told once for each task, and is the new normal from then on', () => {
  const { cycle, nextMs, open, found } = settled();
  for (let index = 0; index < 30; index += 1) cycle(run(nextMs + index * day, {}, 2.5), nextMs + index * day);
  const shifts = found.filter(({ kind }) => kind === 'trend').map(({ subject }) => subjectKey(subject));
  expect(shifts.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].map((task) => `task:etl/${task}`));
  // Slow until the seventh run showed the new level; silent since.
  const slow = found.filter(({ kind }) => kind === 'task_slow');
  expect(Math.max(...slow.map(({ since }) => since.getTime()))).toBeLessThan(nextMs + 8 * day);
  expect([...open.keys()]).toEqual([]);
});
