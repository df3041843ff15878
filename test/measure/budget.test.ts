import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyBudget } from '../../src/measure/budget.ts';
import { families } from '../../src/measure/catalogue.ts';
import { familyOf, histogramOf, labelsOf } from '../../src/measure/define.ts';
import { seriesOf } from '../../src/measure/encode-lines.ts';
import { labelSet, type Family } from '../../src/measure/family.ts';
import { durationBounds, emptyHistogram } from '../../src/measure/tally.ts';

const perTask = durationBounds.length + 3;
const labelsFor = (task: string) => labelsOf(families.taskSuccess, { dag_id: 'd', task_id: task });
const counterOf = (tasks: readonly string[]): Family =>
  familyOf(
    families.taskSuccess,
    tasks.map((task) => ({ labels: labelsFor(task), value: 1 })),
  );
const histogramFor = (tasks: readonly string[]): Family =>
  histogramOf(
    families.taskDuration,
    tasks.map((task) => ({ labels: labelsFor(task), ...emptyHistogram() })),
  );
const bandsOf = (tasks: readonly string[]): Family => ({
  name: 'airflow_task_expected_duration_seconds',
  kind: 'gauge',
  help: 'Bands.',
  samples: tasks.flatMap((task) =>
    ['lower', 'middle', 'upper'].map((bound) => ({ labels: labelSet({ dag_id: 'd', task_id: task, bound }), value: 1 })),
  ),
});
const dags: Family = histogramOf(families.dagDuration, [{ labels: labelSet({ dag_id: 'd' }), ...emptyHistogram() }]);

const lastSeenOf = (ages: Record<string, number>) =>
  new Map(Object.entries(ages).map(([task, at]) => [labelsFor(task).text, at]));
const shownTasks = (list: readonly Family[]): string[] =>
  list
    .filter(({ name }) => name === families.taskDuration.name)
    .flatMap(({ samples }) => samples.map(({ labels }) => labels.pairs['task_id'] ?? ''));
const total = (list: readonly Family[]): number => list.reduce((sum, family) => sum + seriesOf(family), 0);

describe('the series budget', () => {
  const tasks = ['a', 'b', 'c', 'd'];
  const lastSeen = lastSeenOf({ a: 4, b: 1, c: 3, d: 2 });
  const all = [histogramFor(tasks), counterOf(tasks), bandsOf(tasks), dags];
  const whole = total(all);

  test('leaves everything alone that fits, exactly at the budget too', () => {
    const {
      families: shown,
      droppedTasks,
      dropped,
      series,
    } = applyBudget(all, { budget: whole, lastSeen, previouslyDropped: new Set() });
    expect(shown).toEqual(all);
    expect(droppedTasks.size).toBe(0);
    expect(Object.fromEntries(dropped)).toEqual({ airflow_task_duration_seconds: 0, airflow_task_expected_duration_seconds: 0 });
    expect(series.get('airflow_task_duration_seconds')).toBe(4 * perTask);
  });

  test('one series over it, the least recently run task loses its whole histogram and nothing else', () => {
    const { families: shown, dropped, series } = applyBudget(all, { budget: whole - 1, lastSeen, previouslyDropped: new Set() });
    expect(shownTasks(shown)).toEqual(['a', 'c', 'd']);
    expect(dropped.get('airflow_task_duration_seconds')).toBe(perTask);
    expect(series.get('airflow_task_duration_seconds')).toBe(3 * perTask);
    expect(shown.slice(1)).toEqual(all.slice(1));
  });

  test('bands go only when all histograms of tasks are gone, counters and DAG histograms never', () => {
    const { families: shown, dropped } = applyBudget(all, { budget: 4 + perTask + 7, lastSeen, previouslyDropped: new Set() });
    expect(shownTasks(shown)).toEqual([]);
    expect(dropped.get('airflow_task_expected_duration_seconds')).toBe(6);
    const none = applyBudget(all, { budget: 0, lastSeen, previouslyDropped: new Set() });
    expect(none.families[1]).toEqual(all[1]);
    expect(none.families[3]).toEqual(all[3]);
    expect(total(none.families)).toBe(4 + perTask);
  });

  test('a task that lost its histogram and runs again stays without until there is room', () => {
    const before = applyBudget(all, { budget: whole - 1, lastSeen, previouslyDropped: new Set() });
    const later = lastSeenOf({ a: 4, b: 9, c: 3, d: 2 });
    const after = applyBudget(all, { budget: whole - 1, lastSeen: later, previouslyDropped: before.droppedTasks });
    expect(shownTasks(after.families)).toEqual(['a', 'c', 'd']);
    const roomy = applyBudget(all, { budget: whole * 2, lastSeen: later, previouslyDropped: after.droppedTasks });
    expect(shownTasks(roomy.families)).toEqual(tasks);
    expect(roomy.droppedTasks.size).toBe(0);
  });

  test('what would only just fit again stays out, so that it does not come and go', () => {
    const before = applyBudget(all, { budget: whole - 1, lastSeen, previouslyDropped: new Set() });
    const same = applyBudget(all, { budget: whole, lastSeen, previouslyDropped: before.droppedTasks });
    expect(shownTasks(same.families)).toEqual(['a', 'c', 'd']);
  });
});

const anyTasks = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 30 });
const anyCase = anyTasks.chain((tasks) =>
  fc.record({
    tasks: fc.constant(tasks),
    ages: fc.array(fc.nat(20), { minLength: tasks.length, maxLength: tasks.length }),
    next: fc.array(fc.nat(20), { minLength: tasks.length, maxLength: tasks.length }),
    budget: fc.nat(30 * (perTask + 4)),
  }),
);
const seenOf = (tasks: readonly string[], ages: readonly number[]) =>
  new Map(tasks.map((task, index) => [labelsFor(task).text, ages[index] ?? 0]));

test('any set of tasks: the budget holds if it can, nothing is lost unsaid, counters stay, the choice is sticky', () => {
  fc.assert(
    fc.property(anyCase, ({ tasks, ages, next, budget }) => {
      const all = [histogramFor(tasks), counterOf(tasks), bandsOf(tasks)];
      const first = applyBudget(all, { budget, lastSeen: seenOf(tasks, ages), previouslyDropped: new Set() });
      const lost = [...first.dropped.values()].reduce((sum, count) => sum + count, 0);
      expect(total(first.families) + lost).toBe(total(all));
      expect(total(first.families)).toBeLessThanOrEqual(Math.max(budget, tasks.length));
      expect(first.families[1]).toEqual(all[1]);
      // No more than needed: one task less would not fit.
      if (lost > 0) expect(total(first.families) + perTask).toBeGreaterThan(budget * 0.95);
      const second = applyBudget(all, { budget, lastSeen: seenOf(tasks, next), previouslyDropped: first.droppedTasks });
      expect(new Set(second.droppedTasks)).toEqual(new Set(first.droppedTasks));
    }),
  );
});

test('any set of tasks: whoever keeps its histogram ran no longer ago than whoever lost it', () => {
  fc.assert(
    fc.property(anyCase, ({ tasks, ages, budget }) => {
      const lastSeen = seenOf(tasks, ages);
      const { families: shown } = applyBudget([histogramFor(tasks)], { budget, lastSeen, previouslyDropped: new Set() });
      const kept = new Set(shownTasks(shown));
      const at = (task: string) => lastSeen.get(labelsFor(task).text) ?? 0;
      const oldestKept = Math.min(...[...kept].map(at));
      for (const task of tasks) if (!kept.has(task)) expect(at(task)).toBeLessThanOrEqual(oldestKept);
    }),
  );
});
