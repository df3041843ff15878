import type { Tx } from '../store/store.ts';
import { attemptsKeptMs } from './attempt-facts.ts';
import { findPatterns, newCollected, takeTask, type PatternRules } from './find-patterns.ts';
import type { AnalysisReport } from './found.ts';
import { failingTasks, readAttempts, readErrors, readFacts, readHosts, trialOf, type KnownError } from './read-trials.ts';
import { collapse } from './trial.ts';

/** Tasks that are looked at, those that failed most; each has at most 400 tries. */
const tasksMax = 2000;
const tasksPerRead = 10;
const clustersMax = 100;
const clusterFailuresMin = 5;
const patternsMax = 500;
const untestedMax = 200;

/**
 * Looks for configurations that failures of the last 30 days go with. Reads task by task, a few at a time, and gives others a turn in
 * between; `go` false ends it early, with undefined.
 */
export async function analysePatterns(
  store: Tx,
  airflow: string,
  { rules, now, go = () => true }: { rules: PatternRules; now: Date; go?: () => boolean },
): Promise<AnalysisReport | undefined> {
  const since = new Date(now.getTime() - attemptsKeptMs);
  const tasks = await failingTasks(store, airflow, since, tasksMax);
  const errors = await readErrors(store, airflow, since);
  const hosts = await readHosts(store, airflow);
  const collected = newCollected(clustersOf(errors));
  const counts = { tries: 0, failures: 0 };
  const hashes = new Set<string>();
  for (let from = 0; from < tasks.length; from += tasksPerRead) {
    if (!go()) return undefined;
    const rows = await readAttempts(store, airflow, tasks.slice(from, from + tasksPerRead), since);
    for (const of of Map.groupBy(rows, ({ dagId, taskId }) => `${dagId}\0${taskId}`).values()) {
      const trials = of.map((row) => trialOf(row, errors, hosts));
      counts.tries += trials.length;
      counts.failures += trials.filter(({ failed }) => failed).length;
      for (const { environment } of trials) if (environment !== null) hashes.add(environment);
      takeTask(collected, collapse(trials));
    }
  }
  const facts = await readFacts(store, airflow, [...hashes]);
  const { patterns, tests, untested } = findPatterns(collected, (hash) => facts.get(hash), rules);
  return {
    at: now,
    ...counts,
    tasks: tasks.length,
    tests,
    untested: [...untested.slice(0, untestedMax), { key: 'try', reason: 'follows_failure' }],
    patterns: patterns.slice(0, patternsMax),
  };
}

/** Clusters with failures enough to be looked at by themselves, most often met first. */
function clustersOf(errors: ReadonlyMap<string, KnownError>): string[] {
  const met = new Map<string, number>();
  for (const { clusterId } of errors.values()) if (clusterId !== null) met.set(clusterId, (met.get(clusterId) ?? 0) + 1);
  return [...met]
    .filter(([, count]) => count >= clusterFailuresMin)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, clustersMax)
    .map(([id]) => id);
}
