import type { ObjectivePlan } from './book.ts';
import type { SlaTarget } from './memory.ts';
import { countsTries } from './record.ts';
import type { KnownTask } from './select.ts';

/** Which new targets take in their history now, and what that takes. */
export interface Seeding {
  seeding: Set<SlaTarget>;
  samples: KnownTask[];
  samplesPerTask: number;
  /** How many wait for a later cycle. */
  unseeded: number;
}

/** Runs of a DAG, and samples of a task, that seed a new objective. */
const rowsPerSource = 200;
/** Taken in by one cycle: what is read, counted and written of it must not hold up a cycle, nor outlast its transaction. */
const rowsPerCycle = 20_000;
/** A month of time slices has as many rows as this. */
const sliceRows = 400;
/** The first state of a new target takes as long to judge and write as so many rows. */
const rowsPerState = 4;

/**
 * The new targets whose turn it is, in the order of the objectives: as many as a cycle can take in beside the `states` that it has
 * to write anyway; one at least, unless these alone fill it. A new SLA on thousands of targets so has its history after minutes,
 * and delays nothing.
 */
export function chooseSeeds(
  plans: readonly ObjectivePlan[],
  tasks: { values(): Iterable<KnownTask> },
  { seed, states }: { seed: boolean; states: number },
): Seeding {
  const found: Seeding = { seeding: new Set(), samples: [], samplesPerTask: rowsPerSource, unseeded: 0 };
  const wanted = new Map<string, KnownTask>();
  let tasksOf: Map<string, KnownTask[]> | null = null;
  let rows = states * rowsPerState;
  for (const { objective, targets, routes } of plans) {
    const fresh = new Set(targets.flatMap(({ target }) => (target.seeded ? [] : [target])));
    if (fresh.size === 0) continue;
    found.unseeded += fresh.size;
    if (!seed || rows >= rowsPerCycle) continue;
    const sources = sourcesOf(fresh, routes);
    if (countsTries(objective)) tasksOf ??= Map.groupBy(tasks.values(), ({ dagId }) => dagId);
    for (const target of fresh) {
      const keys = sources.get(target) ?? [];
      const of = countsTries(objective) ? keys.flatMap((key) => tasksAt(key, tasksOf)) : [];
      const cost =
        objective.kind === 'freshness'
          ? sliceRows
          : rowsPerSource * Math.max(1, countsTries(objective) ? of.length : keys.length);
      if (found.seeding.size > 0 && rows + cost > rowsPerCycle) break;
      rows += cost;
      found.seeding.add(target);
      for (const task of of) wanted.set(`${task.dagId}\u0000${task.taskId}`, task);
    }
  }
  found.unseeded -= found.seeding.size;
  found.samples = [...wanted.values()];
  // One target of thousands of tasks: fewer of each.
  found.samplesPerTask = Math.max(5, Math.min(rowsPerSource, Math.floor(rowsPerCycle / Math.max(1, wanted.size))));
  return found;
}

/** The routes that lead to each of these targets. */
function sourcesOf(fresh: ReadonlySet<SlaTarget>, routes: ReadonlyMap<string, SlaTarget>): Map<SlaTarget, string[]> {
  const sources = new Map<SlaTarget, string[]>();
  for (const [key, target] of routes) {
    if (!fresh.has(target)) continue;
    const of = sources.get(target);
    if (of === undefined) sources.set(target, [key]);
    else of.push(key);
  }
  return sources;
}

/** A route names a task, or a whole DAG. */
function tasksAt(key: string, tasksOf: ReadonlyMap<string, KnownTask[]> | null): KnownTask[] {
  const [dagId = '', taskId] = key.split('\u0000');
  return taskId === undefined ? (tasksOf?.get(dagId) ?? []) : [{ dagId, taskId }];
}
