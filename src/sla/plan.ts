import type { ObjectivePlan, SlaBook } from './book.ts';
import { keyOf, newTarget, type SlaChanges, type SlaTarget } from './memory.ts';
import { definitionOf, type SlaObjective } from './objective.ts';
import { chooseSeeds } from './choose-seeds.ts';
import { selectTargets, type CatalogueDag, type KnownTask, type Selected } from './select.ts';
import { customCatchUpMs } from './slices.ts';

/** What has to be read from the store before the SLAs can be judged. */
export interface SlaNeeds {
  /** Tasks whose samples seed new targets, and how many of each. */
  samples: KnownTask[];
  samplesPerTask: number;
  /** Posted metrics, each with the time from which its values are needed. */
  custom: { name: string; labels: Readonly<Record<string, string>>; afterMs: number; untilMs: number }[];
}

export interface SlaPlan {
  plans: readonly ObjectivePlan[];
  needs: SlaNeeds;
  /** Targets that take in their history in this cycle. */
  seeding: ReadonlySet<SlaTarget>;
  /** Targets whose turn to do so comes in later cycles. */
  unseeded: number;
}

/**
 * Chooses the targets of every objective, anew when the catalogue or the known tasks have changed. Null while nothing can be
 * chosen: the catalogue could not be read since the start.
 */
export function planSlas(
  book: SlaBook,
  dags: readonly CatalogueDag[] | undefined,
  tasks: { size: number; values(): Iterable<KnownTask> },
  { now, seed }: { now: Date; seed: boolean },
  changes: SlaChanges,
): SlaPlan | null {
  if (book.objectives.length === 0) {
    dismiss(book, changes);
    return { plans: [], needs: { samples: [], samplesPerTask: 0, custom: [] }, seeding: new Set(), unseeded: 0 };
  }
  if (dags !== undefined) {
    const from = `${tasks.size}\n${dags.map((dag) => [dag.dagId, dag.owners, dag.paused, ...dag.tags].join('\u0000')).join('\n')}`;
    if (book.chosen?.from !== from) {
      const known = [...tasks.values()];
      book.chosen = { from, plans: book.objectives.map((objective) => planOne(book, objective, dags, known, now, changes)) };
      dismiss(book, changes);
    }
  }
  if (book.chosen === null) return null;
  const { plans } = book.chosen;
  const { seeding, samples, samplesPerTask, unseeded } = chooseSeeds(plans, tasks, seed);
  return { plans, needs: { samples, samplesPerTask, custom: customNeeded(plans, now) }, seeding, unseeded };
}

/** What no objective is about any more is shown no more; what was counted is kept. */
function dismiss({ memory, chosen }: SlaBook, changes: SlaChanges): void {
  const current = new Set(chosen?.plans.flatMap(({ targets }) => targets.map(({ target }) => target)));
  for (const target of memory.values()) {
    if (!target.shown || current.has(target)) continue;
    target.shown = false;
    target.status = null;
    changes.targets.add(target);
  }
}

function planOne(
  book: SlaBook,
  objective: SlaObjective,
  dags: readonly CatalogueDag[],
  tasks: readonly KnownTask[],
  now: Date,
  changes: SlaChanges,
): ObjectivePlan {
  const { targets: chosen, routes, leftOut } = selectTargets(objective, dags, tasks);
  const definition = definitionOf(objective);
  const made = new Map<Selected, SlaTarget>(
    chosen.map((selected) => [selected, targetOf(book, { sla: objective.name, ...selected }, definition, now, changes)]),
  );
  return {
    objective,
    targets: [...made].map(([selected, target]) => ({ selected, target })),
    routes: new Map([...routes].flatMap(([key, selected]) => [[key, made.get(selected)] as const].filter(hasTarget))),
    leftOut,
  };
}

const hasTarget = (entry: readonly [string, SlaTarget | undefined]): entry is readonly [string, SlaTarget] =>
  entry[1] !== undefined;

/** The target as it is remembered; anew when its objective was changed, but for what it had counted as violations. */
function targetOf(
  { memory }: SlaBook,
  { sla, dagId, taskId }: { sla: string; dagId: string; taskId: string },
  definition: string,
  now: Date,
  changes: SlaChanges,
): SlaTarget {
  const key = keyOf({ sla, dagId, taskId });
  const found = memory.get(key);
  if (found?.definition === definition) return found;
  const made = newTarget({ sla, dagId, taskId, definition }, now.getTime(), found);
  memory.set(key, made);
  changes.targets.add(made);
  if (found !== undefined) changes.restarted.add(made);
  return made;
}

/** A posted metric is looked at when a slice has ended since the last look. */
function customNeeded(plans: readonly ObjectivePlan[], now: Date): SlaNeeds['custom'] {
  const untilMs = now.getTime();
  return plans.flatMap(({ objective: { metric, evaluateEveryMs: everyMs }, targets }) => {
    const [first] = targets;
    if (metric === null || first === undefined) return [];
    const { judgedToMs } = first.target;
    if (Math.floor(judgedToMs / everyMs) === Math.floor(untilMs / everyMs)) return [];
    const afterMs = Math.max(judgedToMs, untilMs - customCatchUpMs) - metric.overMs;
    return [{ name: metric.name, labels: metric.labels, afterMs, untilMs }];
  });
}
