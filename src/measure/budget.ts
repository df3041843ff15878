import { seriesOf } from './encode-lines.ts';
import { labelSet, type Family } from './family.ts';

export interface BudgetInput {
  /** Series that the exposition may have. */
  budget: number;
  /** When each task last ran, in ms since 1970, by the text of its label set `{dag_id, task_id}`. */
  lastSeen: ReadonlyMap<string, number>;
  /** `droppedTasks` of the time before: the choice is sticky. */
  previouslyDropped: ReadonlySet<string>;
}

export interface Budgeted {
  families: Family[];
  /** What was left out, to be handed in next time. */
  droppedTasks: ReadonlySet<string>;
  /** Series left, by family. */
  series: ReadonlyMap<string, number>;
  /** Series left out, by each family that could lose some. */
  dropped: ReadonlyMap<string, number>;
}

/** What came back must not go again at the next new task: a return needs this much room. */
const returnBelowRatio = 0.95;

/** What may be left out, dearest and least missed first; counters are in none. */
const tiers: ((family: Family) => boolean)[] = [
  ({ kind, samples }) => kind === 'histogram' && samples[0]?.labels.pairs['task_id'] !== undefined,
  ({ name }) => name === 'airflow_task_expected_duration_seconds',
];

const countOf = (families: readonly Family[]): number => families.reduce((sum, family) => sum + seriesOf(family), 0);

/** Key of the task that a sample of this tier belongs to. */
function keyOf(tier: number, pairs: Readonly<Record<string, string>>): string {
  return `${tier} ${labelSet({ dag_id: pairs['dag_id'] ?? '', task_id: pairs['task_id'] ?? '' }).text}`;
}

function keep(family: Family, tier: number, dropped: ReadonlySet<string>): Family {
  // Two branches, because samples of histograms are another type.
  if (family.kind === 'histogram') {
    return { ...family, samples: family.samples.filter(({ labels }) => !dropped.has(keyOf(tier, labels.pairs))) };
  }
  return { ...family, samples: family.samples.filter(({ labels }) => !dropped.has(keyOf(tier, labels.pairs))) };
}

/** Series of every task in a tier, by key. */
function costs(families: readonly Family[], tier: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const family of families) {
    const each = family.kind === 'histogram' ? family.bounds.length + 3 : 1;
    for (const { labels } of family.samples) {
      const key = keyOf(tier, labels.pairs);
      found.set(key, (found.get(key) ?? 0) + each);
    }
  }
  return found;
}

/** Which tasks of a tier go: those that were gone stay so, then the least recently run, until `series` fit. */
function choose(
  cost: ReadonlyMap<string, number>,
  series: number,
  { budget, lastSeen, previouslyDropped }: BudgetInput,
): Set<string> {
  const seenAt = (key: string): number => lastSeen.get(key.slice(key.indexOf(' ') + 1)) ?? -Infinity;
  const oldestFirst = [...cost.keys()].sort((a, b) => seenAt(a) - seenAt(b) || (a < b ? -1 : 1));
  const gone = new Set(oldestFirst.filter((key) => previouslyDropped.has(key)));
  let left = series;
  for (const key of gone) left -= cost.get(key) ?? 0;
  for (const key of oldestFirst) {
    if (left <= budget) break;
    if (gone.has(key)) continue;
    gone.add(key);
    left -= cost.get(key) ?? 0;
  }
  for (const key of [...gone].sort((a, b) => seenAt(b) - seenAt(a) || (a < b ? -1 : 1))) {
    left += cost.get(key) ?? 0;
    if (left > budget * returnBelowRatio) break;
    gone.delete(key);
  }
  return gone;
}

/**
 * `families` within the series budget: first whole tasks lose their histograms, then their bands. What is in no tier stays,
 * even if the budget is exceeded. Pure; the choice changes as little as it can from one cycle to the next.
 */
export function applyBudget(families: readonly Family[], input: BudgetInput): Budgeted {
  const total = countOf(families);
  let shown = [...families];
  let left = total;
  const droppedTasks = new Set<string>();
  const dropped = new Map<string, number>();
  for (const [tier, belongs] of tiers.entries()) {
    const candidates = families.filter(belongs);
    for (const { name } of candidates) dropped.set(name, 0);
    // The usual case costs nothing: everything fits, nothing was gone.
    if (left <= input.budget && input.previouslyDropped.size === 0) continue;
    const gone = choose(costs(candidates, tier), left, input);
    if (gone.size === 0) continue;
    for (const key of gone) droppedTasks.add(key);
    shown = shown.map((family) => {
      if (!candidates.includes(family)) return family;
      const kept = keep(family, tier, gone);
      dropped.set(family.name, seriesOf(family) - seriesOf(kept));
      return kept;
    });
    left = countOf(shown);
  }
  return { families: shown, droppedTasks, series: new Map(shown.map((family) => [family.name, seriesOf(family)])), dropped };
}
