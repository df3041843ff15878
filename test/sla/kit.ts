import { objectivesConfig } from '../../src/sla/config.ts';
import { judgeTarget } from '../../src/sla/judge.ts';
import { addEvent, addSlice, newTarget, noSlaChanges, type SlaTarget } from '../../src/sla/memory.ts';
import { definitionOf, type SlaObjective } from '../../src/sla/objective.ts';
import type { SlaStatus } from '../../src/sla/status.ts';
import type { TargetFacts } from '../../src/sla/verdict.ts';

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

/** An objective as a configuration of these keys gives it. */
export function objective(keys: Record<string, unknown>): SlaObjective {
  const [made] = objectivesConfig.parse([{ name: 'orders', kind: 'success_ratio', ...keys }]);
  if (made === undefined) throw new Error('no objective');
  return made;
}

export const target = (of: SlaObjective, now: Date, firstSeenMs = now.getTime() - 90 * dayMs): SlaTarget => ({
  ...newTarget({ sla: of.name, dagId: 'etl', taskId: '', definition: definitionOf(of) }, firstSeenMs),
  seeded: true,
});

export const awake: TargetFacts = { owner: 'ann', paused: false };

/** How `of` stands at `now`, judged from scratch. */
export function judged(of: SlaObjective, on: SlaTarget, now: Date, facts: TargetFacts = awake): SlaStatus {
  on.status = null;
  return judgeTarget(of, on, facts, now, noSlaChanges());
}

/** Counts runs, newest last, `everyMs` apart, the last at `lastMs`. */
export function addRuns(
  on: SlaTarget,
  goods: readonly boolean[],
  lastMs: number,
  everyMs: number,
  values?: readonly number[],
): void {
  for (const [index, good] of goods.entries()) {
    const atMs = lastMs - (goods.length - 1 - index) * everyMs;
    const event = {
      key: `run:${on.events.length + on.hours.length * 1000 + index + 1}`,
      atMs,
      good,
      value: values?.[index] ?? null,
    };
    addEvent(on, event, noSlaChanges(), { live: true, text: 'a run' });
  }
}

/** `total` good ones with `bad` bad ones spread among them, none of them the newest. */
export const mixed = (total: number, bad: number): boolean[] => {
  const step = Math.floor(total / Math.max(1, bad));
  return Array.from({ length: total }, (_, index) => !(index % step === 0 && index / step < bad));
};

export function addSlices(on: SlaTarget, goods: readonly boolean[], lastMs: number, everyMs: number): void {
  for (const [index, good] of goods.entries())
    addSlice(on, { atMs: lastMs - (goods.length - 1 - index) * everyMs, good, text: 'old' }, noSlaChanges(), {
      live: true,
      everyMs,
    });
}
