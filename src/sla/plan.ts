import type { ObjectivePlan, SlaBook } from './book.ts';
import { customKeptMs } from './custom.ts';
import { keyOf, newTarget, type SlaChanges, type SlaTarget } from './memory.ts';
import { definitionOf, type CustomSource, type SlaObjective, type Statistic } from './objective.ts';
import { chooseSeeds } from './choose-seeds.ts';
import { selectTargets, type Catalogue, type CatalogueDag, type KnownTask, type PostedSeries, type Selected } from './select.ts';
import { customCatchUpMs, sliceEnds } from './slices.ts';

/** What has to be read from the store before the SLAs can be judged. */
export interface SlaNeeds {
  /** Tasks whose samples seed new targets, and how many of each. */
  samples: KnownTask[];
  samplesPerTask: number;
  /** Posted metrics, each with the ends of the slices of time that have passed since they were last looked at. */
  custom: { objective: SlaObjective; metric: CustomSource; statistic: Statistic; ends: number[] }[];
}

export interface SlaPlan {
  plans: readonly ObjectivePlan[];
  needs: SlaNeeds;
  /** Targets that take in their history in this cycle. */
  seeding: ReadonlySet<SlaTarget>;
  /** Targets whose turn to do so comes in later cycles. */
  unseeded: number;
}

/** What targets are chosen from. */
export interface SlaCatalogue {
  /** Undefined when the catalogue could not be read: then the targets stay as they were. */
  dags: readonly CatalogueDag[] | undefined;
  tasks: { size: number; values(): Iterable<KnownTask> };
  /** Series that were posted to in the last 24 hours. */
  posted: readonly PostedSeries[];
}

/**
 * Chooses the targets of every objective, anew when the catalogue or the known tasks have changed. Null while nothing can be
 * chosen: the catalogue could not be read since the start.
 */
export function planSlas(
  book: SlaBook,
  { dags, tasks, posted }: SlaCatalogue,
  { now, seed }: { now: Date; seed: boolean },
  changes: SlaChanges,
): SlaPlan | null {
  if (book.objectives.length === 0) {
    dismiss(book, changes);
    return { plans: [], needs: { samples: [], samplesPerTask: 0, custom: [] }, seeding: new Set(), unseeded: 0 };
  }
  if (dags !== undefined) {
    const series = seriesText(book.objectives, posted);
    const from = `${tasks.size}\n${dags.map((dag) => [dag.dagId, dag.owners, dag.paused, ...dag.tags].join('\u0000')).join('\n')}\n${series}`;
    if (book.chosen?.from !== from) {
      const among = { dags, tasks: [...tasks.values()], posted };
      book.chosen = { from, plans: book.objectives.map((objective) => planOne(book, objective, among, now, changes)) };
      dismiss(book, changes);
    }
  }
  if (book.chosen === null) return null;
  const { plans } = book.chosen;
  const { seeding, samples, samplesPerTask, unseeded } = chooseSeeds(plans, tasks, { seed, states: changes.targets.size });
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

function planOne(book: SlaBook, objective: SlaObjective, catalogue: Catalogue, now: Date, changes: SlaChanges): ObjectivePlan {
  const { targets: chosen, routes, leftOut } = selectTargets(objective, catalogue);
  const definition = definitionOf(objective);
  const made = new Map<Selected, SlaTarget>(
    chosen.map((selected) => [selected, targetOf(book, selected, definition, now, changes)]),
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

/** The series that decide which targets there are: they change the choice. */
function seriesText(objectives: readonly SlaObjective[], posted: readonly PostedSeries[]): string {
  const names = new Set(
    objectives.flatMap(({ metric }) =>
      metric === null || metric.per.length === 0
        ? []
        : [typeof metric.of === 'object' ? (metric.of ?? metric).name : metric.name],
    ),
  );
  const series = names.size === 0 ? [] : posted.filter(({ name }) => names.has(name));
  return JSON.stringify(series.map(({ name, labels }) => [name, labels]));
}

/** A posted metric is looked at when a slice has ended since the last look. */
function customNeeded(plans: readonly ObjectivePlan[], now: Date): SlaNeeds['custom'] {
  return plans.flatMap(({ objective, targets }) => {
    const { metric, statistic, evaluateEveryMs } = objective;
    if (metric === null || targets.length === 0) return [];
    const judgedToMs = targets.reduce((least, { target }) => Math.min(least, target.judgedToMs), Infinity);
    const passed = [...sliceEnds(Math.max(judgedToMs, now.getTime() - customCatchUpMs), now.getTime(), evaluateEveryMs)];
    // All together they look at a day's values at most: of slices that each look at much, a pause is not made up for.
    const ends = passed.slice(-Math.max(1, Math.floor(customKeptMs / metric.overMs)));
    return ends.length === 0 ? [] : [{ objective, metric, statistic: statistic ?? 'mean', ends }];
  });
}
