import type { Snapshot } from '../collect/snapshot.ts';
import { applyBudget } from './budget.ts';
import { families } from './catalogue.ts';
import { familyOf, labelsOf } from './define.ts';
import { encodeExposition, type EncodedExposition } from './exposition.ts';
import { dagFamilies } from './families/dags.ts';
import { platformFamilies, upFamily } from './families/platform.ts';
import { expectedFamilies, type Bands } from './families/expected.ts';
import { taskFamilies } from './families/tasks.ts';
import { labelSet, type Family } from './family.ts';
import type { Tallies } from './tally.ts';

export interface ExposeOptions {
  seriesBudget: number;
  /** Tasks and DAGs not seen for this long leave the exposition. */
  taskExpiryMs: number;
}

/** Whose histograms were left out last time: the choice is sticky. */
export interface ExposeMemory {
  dropped: ReadonlySet<string>;
}

/** What an exposition is made of. */
export interface Exposable {
  tallies: Tallies;
  bands: Bands;
  snapshot: Snapshot;
  /** How much of the history is read, 0 to 1. */
  backfill: number;
  /** Families of rooms further down the flow. */
  others?: readonly Family[];
}

const bare = labelSet({});

/** All families of this cycle: tallies and snapshot within the series budget, and how much of it they take. */
function cycleFamilies(
  { tallies, bands, snapshot, backfill, others = [] }: Exposable,
  options: ExposeOptions,
  memory: ExposeMemory,
): { families: Family[]; series: number } {
  const dagIds = snapshot.dags === undefined ? null : new Set(snapshot.dags.map(({ dagId }) => dagId));
  const exposed = { dagIds, notBefore: new Date(snapshot.at.getTime() - options.taskExpiryMs) };
  const lastSeen = new Map([...tallies.tasks.values()].map(({ labels, lastSeenAt }) => [labels.text, lastSeenAt.getTime()]));
  const all = [
    ...taskFamilies(tallies, exposed),
    ...expectedFamilies(tallies, bands, exposed, snapshot.at),
    ...dagFamilies(tallies, snapshot, exposed),
    ...platformFamilies(tallies, snapshot),
    ...others,
  ];
  const fitted = applyBudget(all, { budget: options.seriesBudget, lastSeen, previouslyDropped: memory.dropped });
  memory.dropped = fitted.droppedTasks;
  const counts = [...fitted.series].map(([family, value]) => ({ labels: labelsOf(families.series, { family }), value }));
  const dropped = [...fitted.dropped].map(([family, value]) => ({ labels: labelsOf(families.seriesDropped, { family }), value }));
  const about = [
    familyOf(families.series, counts),
    familyOf(families.seriesDropped, dropped),
    familyOf(families.backfillProgress, [{ labels: bare, value: backfill }]),
  ];
  return { families: [...fitted.families, ...about], series: counts.reduce((sum, { value }) => sum + value, 0) };
}

/** The exposition of this cycle, encoded once for all scrapes until the next. */
export function expose(
  what: Exposable,
  options: ExposeOptions,
  memory: ExposeMemory,
): { encoded: EncodedExposition; series: number; families: Family[] } {
  const made = cycleFamilies(what, options, memory);
  return { encoded: encodeExposition(made.families), ...made };
}

/** After a failed cycle nothing is shown but whether Airflow's database answers. */
export function exposeDown(up: boolean): EncodedExposition {
  return encodeExposition([upFamily(up)]);
}
