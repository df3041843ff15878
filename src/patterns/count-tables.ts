import type { Table } from '../stats/fisher.ts';
import type { Trial } from './trial.ts';

interface Count {
  failed: number;
  good: number;
}

/** What is counted of one task: trials by key and value, and by environment. */
export interface Stratum {
  values: ReadonlyMap<string, ReadonlyMap<string, Count>>;
  environments: ReadonlyMap<string, Count>;
}

/** Counts the trials of one task. A failure of another cluster than `clusterId` says nothing of it: it is left out; null takes all. */
export function countStratum(trials: readonly Trial[], clusterId: string | null): Stratum {
  const values = new Map<string, Map<string, Count>>();
  const environments = new Map<string, Count>();
  for (const { failed, facts, environment, clusterId: of } of trials) {
    if (failed && clusterId !== null && of !== clusterId) continue;
    for (const key in facts) {
      let byValue = values.get(key);
      if (byValue === undefined) values.set(key, (byValue = new Map<string, Count>()));
      add(byValue, facts[key] as string, failed);
    }
    if (environment !== null) add(environments, environment, failed);
  }
  return { values, environments };
}

function add(counts: Map<string, Count>, value: string, failed: boolean): void {
  let count = counts.get(value);
  if (count === undefined) counts.set(value, (count = { failed: 0, good: 0 }));
  if (failed) count.failed += 1;
  else count.good += 1;
}

/** The tables of one key and value, one of each task in which the key takes several values. */
export interface Candidate {
  key: string;
  value: string;
  tables: Table[];
}

/** Why a key could not be tested. */
export type Untested = 'constant' | 'one_task' | 'few_failures';

/** Values of a key that are looked at, those met most often; with fewer trials nothing can be told of one. */
const valuesMax = 50;
const trialsMin = 5;

/**
 * The candidates of a key: the values that it takes in tasks in which it varies. A key that is constant in each task cannot be
 * told from the task itself.
 */
export function candidatesOf(key: string, strata: readonly ReadonlyMap<string, Count>[]): Candidate[] | Untested {
  const varying = strata.filter(({ size }) => size > 1);
  if (varying.length === 0) return 'constant';
  if (varying.length === 1) return 'one_task';
  const totals = varying.map((counts) => totalOf([...counts.values()]));
  const met = new Map<string, number>();
  for (const counts of varying)
    for (const [value, { failed, good }] of counts) met.set(value, (met.get(value) ?? 0) + failed + good);
  const values = [...met]
    .filter(([, trials]) => trials >= trialsMin)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, valuesMax);
  return values.map(([value]) => ({
    key,
    value,
    tables: varying.map((counts, index): Table => {
      const { failed = 0, good = 0 } = counts.get(value) ?? {};
      const total = totals[index] as Count;
      return { a: failed, b: good, c: total.failed - failed, d: total.good - good };
    }),
  }));
}

const totalOf = (counts: readonly Count[]): Count =>
  counts.reduce((sum, { failed, good }) => ({ failed: sum.failed + failed, good: sum.good + good }), { failed: 0, good: 0 });

/** Counts by environment as counts by the value that each has of a key; environments without it are left out. */
export function byFact(
  environments: ReadonlyMap<string, Count>,
  valueOf: (hash: string) => string | undefined,
): Map<string, Count> {
  const counts = new Map<string, Count>();
  for (const [hash, { failed, good }] of environments) {
    const value = valueOf(hash);
    if (value === undefined) continue;
    const count = counts.get(value) ?? { failed: 0, good: 0 };
    counts.set(value, { failed: count.failed + failed, good: count.good + good });
  }
  return counts;
}
