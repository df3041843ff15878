import { benjaminiHochberg } from '../stats/adjust.ts';
import { cochranMantelHaenszel } from '../stats/cmh.ts';
import type { Table } from '../stats/fisher.ts';
import { byFact, candidatesOf, countStratum, type Candidate, type Stratum, type Untested } from './count-tables.ts';
import type { Trial } from './trial.ts';

/** A key with one of its values. */
export interface KeyValue {
  key: string;
  value: string;
}

/** A configuration that failures go with. */
export interface Pattern extends KeyValue {
  /** The cluster whose failures they are; empty: all failures. */
  clusterId: string;
  /** Other keys and values that go with exactly the same tries: nothing tells which of them it is. */
  also: KeyValue[];
  /** Mantel–Haenszel; Infinity where nothing contradicts. */
  oddsRatio: number;
  /** Its 95 % interval. */
  low: number;
  high: number;
  p: number;
  q: number;
  failedWith: number;
  triesWith: number;
  failedWithout: number;
  triesWithout: number;
  /** Tasks in which both the value and failure vary. */
  tasks: number;
}

export interface PatternRules {
  /** The expected share of false patterns among those that are found. */
  falseDiscoveryMax: number;
  oddsRatioMin: number;
}

export interface Analysis {
  patterns: Pattern[];
  tests: number;
  /** Of all failures together: keys that could not be tested, by name. */
  untested: { key: string; reason: Untested }[];
}

const strataMin = 2;
const failuresMin = 5;

/** What is collected of the tasks, one after the other, so that no more than one task's trials are in memory. */
export interface Collected {
  /** By cluster; the empty one has all failures. */
  strata: Map<string, Stratum[]>;
}

export const newCollected = (clusterIds: readonly string[]): Collected => ({
  strata: new Map(['', ...clusterIds].map((id) => [id, []])),
});

/** Takes in the trials of one task, which `collapse` has left. A task that never failed tells nothing. */
export function takeTask({ strata }: Collected, trials: readonly Trial[]): void {
  const failures = new Set(trials.flatMap(({ failed, clusterId }) => (failed ? [clusterId ?? ''] : [])));
  if (failures.size === 0) return;
  for (const [id, of] of strata) if (id === '' || failures.has(id)) of.push(countStratum(trials, id === '' ? null : id));
}

/**
 * The configurations that failures go with: each key and value by a Cochran–Mantel–Haenszel test stratified by task, one-sided,
 * with Benjamini–Hochberg over all tests together. Only keys that vary in two tasks or more, with five failures in these. Most
 * certain first. `factsOf` gives what an environment holds.
 */
export function findPatterns(
  { strata }: Collected,
  factsOf: (hash: string) => Readonly<Record<string, string>> | undefined,
  rules: PatternRules,
): Analysis {
  const tested: Tested[] = [];
  const untested: Analysis['untested'] = [];
  for (const [clusterId, of] of strata) {
    const environments = environmentsOf(of, factsOf);
    for (const [key, counts] of [...ownKeys(of), ...environments.keys]) {
      const candidates = candidatesOf(key, counts);
      const found = typeof candidates === 'string' ? candidates : testsOf(candidates, clusterId, environments.sameAs);
      if (typeof found !== 'string') tested.push(...found);
      else if (clusterId === '') untested.push({ key, reason: found });
    }
  }
  const distinct = together(tested);
  const q = benjaminiHochberg(distinct.map(({ p }) => p));
  const patterns = distinct
    .map(({ sameAs: _sameAs, ...pattern }, index): Pattern => ({ ...pattern, q: q[index] ?? 1 }))
    .filter((pattern) => pattern.q <= rules.falseDiscoveryMax && pattern.oddsRatio >= rules.oddsRatioMin)
    .sort((a, b) => a.p - b.p || b.oddsRatio - a.oddsRatio);
  return { patterns, tests: distinct.length, untested: untested.sort((a, b) => (a.key < b.key ? -1 : 1)) };
}

type Counts = Stratum['values'] extends ReadonlyMap<string, infer Of> ? Of : never;
/** A test; those of environments say which of these have the value, since equal sets are one test. */
type Tested = Pattern & { sameAs: string | undefined };

/** Each key of the tries themselves with its counts in each task. */
function ownKeys(strata: readonly Stratum[]): Map<string, Counts[]> {
  const keys = new Map<string, Counts[]>();
  for (const { values } of strata)
    for (const [key, counts] of values) {
      const of = keys.get(key);
      if (of === undefined) keys.set(key, [counts]);
      else of.push(counts);
    }
  return keys;
}

interface EnvironmentKeys {
  keys: Map<string, Counts[]>;
  sameAs: (key: string, value: string) => string | undefined;
}

/** The same for what differs between the environments that tries ran in. */
function environmentsOf(
  strata: readonly Stratum[],
  factsOf: (hash: string) => Readonly<Record<string, string>> | undefined,
): EnvironmentKeys {
  const hashes = [...new Set(strata.flatMap(({ environments }) => [...environments.keys()]))].sort();
  const facts = new Map(hashes.map((hash) => [hash, factsOf(hash) ?? {}]));
  const having = new Map<string, string[]>();
  const keys = new Map<string, Counts[]>();
  for (const name of new Set([...facts.values()].flatMap((of) => Object.keys(of)))) {
    const known = hashes.filter((hash) => facts.get(hash)?.[name] !== undefined);
    const values = Map.groupBy(known, (hash) => facts.get(hash)?.[name] ?? '');
    if (values.size < 2) continue;
    for (const [value, of] of values) having.set(`${name}\0${value}`, [...of, '|', ...known]);
    keys.set(
      name,
      strata.map(({ environments }) => byFact(environments, (hash) => facts.get(hash)?.[name])),
    );
  }
  return { keys, sameAs: (key, value) => having.get(`${key}\0${value}`)?.join(' ') };
}

function testsOf(candidates: readonly Candidate[], clusterId: string, sameAs: EnvironmentKeys['sameAs']): Tested[] | Untested {
  const tests = candidates.flatMap(({ key, value, tables }): Tested[] => {
    const telling = tables.filter(({ a, b, c, d }) => a + b > 0 && c + d > 0 && a + c > 0 && b + d > 0);
    const sum = (of: (table: Table) => number): number => telling.reduce((total, table) => total + of(table), 0);
    if (telling.length < strataMin || sum(({ a, c }) => a + c) < failuresMin) return [];
    const { p, oddsRatio, low, high } = cochranMantelHaenszel(telling);
    const counts = {
      failedWith: sum(({ a }) => a),
      triesWith: sum(({ a, b }) => a + b),
      failedWithout: sum(({ c }) => c),
      triesWithout: sum(({ c, d }) => c + d),
      tasks: telling.length,
    };
    return [{ clusterId, key, value, also: [], oddsRatio, low, high, p, q: 1, ...counts, sameAs: sameAs(key, value) }];
  });
  return tests.length === 0 ? 'few_failures' : tests;
}

/** Values that always come together, such as versions of packages that were upgraded at once, are one test. */
function together(tested: readonly Tested[]): Tested[] {
  const distinct = new Map<string, Tested>();
  for (const [index, each] of tested.entries()) {
    const print = each.sameAs === undefined ? String(index) : `${each.clusterId} ${each.sameAs}`;
    const known = distinct.get(print);
    if (known === undefined) distinct.set(print, each);
    else known.also.push({ key: each.key, value: each.value });
  }
  return [...distinct.values()];
}
