import type { Snapshot } from '../collect/snapshot.ts';
import type { Transition } from '../collect/transition.ts';
import type { SampleRow } from '../measure/read-samples.ts';
import type { RunHistory, RunRecord } from '../measure/run-history.ts';
import { missesOf, recordMisses, standingMiss, type AirflowMiss } from './airflow-misses.ts';
import type { ObjectivePlan } from './book.ts';
import { judgeTarget } from './judge.ts';
import { isTurn, type SlaChanges, type SlaTarget } from './memory.ts';
import type { SlaObjective } from './objective.ts';
import type { SlaPlan } from './plan.ts';
import { countsTries, recordTransitions, routeOf, type Tracked } from './record.ts';
import { seedTarget } from './seed.ts';
import { perKey, type PostedSlice } from './posted.ts';
import { countCustom, countDeadlines, countFreshness, noteLate } from './slices.ts';
import type { SlaStatus } from './status.ts';
import { hasTurned } from './verdict.ts';

/** What was read from the store for a plan's needs. */
export interface SlaReads {
  samples: readonly SampleRow[];
  /** In the order of `needs.custom`. */
  custom: readonly (readonly PostedSlice[])[];
}

/** What the cycle knows. */
export interface SlaInputs {
  now: Date;
  /** When the cycle before looked: what ended since then is live. */
  previousAt: Date | null;
  transitions: readonly Transition[];
  snapshot: Pick<Snapshot, 'deadlines' | 'slaMisses'>;
  runs: RunHistory;
  /** History is still being read: new objectives wait for it. */
  warmingUp: boolean;
}

/**
 * One cycle of all objectives: new ones take in history, what ended and which slices of time have passed is counted, and each
 * is judged. Changes the targets in place, as `changes` tells.
 */
export function assessSlas(
  { plans, needs, seeding }: SlaPlan,
  reads: SlaReads,
  inputs: SlaInputs,
  changes: SlaChanges,
): SlaStatus[] {
  const { now, transitions } = inputs;
  if (seeding.size > 0) seedNew(plans, seeding, reads, inputs, changes);
  const tracked: Tracked[] = plans.map(({ objective, routes }) => ({ objective, targets: routes }));
  const misses = missesOf(inputs.snapshot);
  recordMisses(tracked, misses ?? [], changes);
  const successes = recordTransitions(tracked, transitions, now, changes);
  const posted = postedBy(needs, reads);
  return plans.flatMap(({ objective, targets, routes }) =>
    targets.map(({ selected, target }) => {
      if (selected.paused) target.judgedToMs = now.getTime();
      const of = posted.get(objective);
      const slices = of === undefined ? undefined : (of.get(perKey(selected.labels.map(([, value]) => value))) ?? []);
      pass(objective, target, { successes: successes.get(target) ?? [], slices }, now, changes);
      const { owner, paused, labels } = selected;
      const facts = { owner, paused, labels, airflowMiss: missOf(objective, target, misses, routes) };
      return judgeTarget(objective, target, facts, now, changes);
    }),
  );
}

function seedNew(
  plans: readonly ObjectivePlan[],
  seeding: SlaPlan['seeding'],
  { samples }: SlaReads,
  { previousAt, runs, now }: SlaInputs,
  changes: SlaChanges,
) {
  const untilMs = (previousAt ?? now).getTime();
  for (const { objective, targets, routes } of plans) {
    const fresh = new Set(targets.flatMap(({ target }) => (seeding.has(target) ? [target] : [])));
    if (fresh.size === 0) continue;
    const seeds = new Map([...fresh].map((target) => [target, noSeeds()]));
    if (countsTries(objective)) {
      for (const row of samples) {
        const target = routes.get(routeOf(objective, row.dagId, row.taskId));
        if (target !== undefined) seeds.get(target)?.samples.push(row);
      }
    } else {
      for (const [dagId, target] of routes) seeds.get(target)?.runs.push([dagId, runs.get(dagId) ?? []]);
    }
    for (const [target, of] of seeds) seedTarget(objective, target, of, untilMs, changes);
  }
}

const noSeeds = (): { runs: [string, readonly RunRecord[]][]; samples: SampleRow[] } => ({ runs: [], samples: [] });

/** The new slices of each objective that was looked at, by target. */
const postedBy = ({ custom: needs }: SlaPlan['needs'], { custom }: SlaReads) =>
  new Map<SlaObjective, ReadonlyMap<string, readonly PostedSlice[]>>(
    needs.map(({ objective }, index) => [objective, Map.groupBy(custom[index] ?? [], ({ per }) => perKey(per))]),
  );

/** Time goes on: slices and deadlines that have passed are counted, and the last success is remembered. */
function pass(
  objective: SlaObjective,
  target: SlaTarget,
  news: { successes: readonly number[]; slices: readonly PostedSlice[] | undefined },
  now: Date,
  changes: SlaChanges,
): void {
  const span = { fromMs: target.judgedToMs, toMs: now.getTime(), live: true };
  const isDue = objective.kind === 'freshness' || (objective.kind === 'deadline' && objective.source === 'windsock');
  // What is as it was can wait: the slices since are counted when it is the target's turn.
  if (
    objective.kind === 'freshness' &&
    news.successes.length === 0 &&
    !isTurn(target, objective.evaluateEveryMs, span.fromMs, span.toMs) &&
    !hasTurned(objective, target, now)
  )
    return;
  if (news.successes.length > 0 || isDue) {
    const known = target.lastSuccessMs === null ? [] : [target.lastSuccessMs];
    const successes = [...known, ...news.successes].sort((a, b) => a - b);
    if (objective.kind === 'freshness') countFreshness(objective, target, successes, span, changes);
    if (isDue && objective.kind === 'deadline') {
      countDeadlines(objective, target, successes, span, changes);
      noteLate(target, successes, changes);
    }
    const last = successes.at(-1) ?? null;
    if (last !== target.lastSuccessMs) {
      target.lastSuccessMs = last;
      target.status = null;
      changes.targets.add(target);
    }
  }
  if (news.slices !== undefined) countCustom(objective, target, news.slices, span.fromMs, changes);
  // Values that were not asked for in this cycle are asked for in a later one.
  if (objective.kind !== 'custom' || news.slices !== undefined) target.judgedToMs = span.toMs;
}

function missOf(
  { source }: SlaObjective,
  target: SlaTarget,
  misses: readonly AirflowMiss[] | undefined,
  routes: ReadonlyMap<string, SlaTarget>,
): AirflowMiss | null | undefined {
  return source === 'airflow' ? standingMiss(target, misses, (dagId) => routes.get(dagId) === target) : undefined;
}
