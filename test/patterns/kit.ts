import { findPatterns, newCollected, takeTask, type Analysis } from '../../src/patterns/find-patterns.ts';
import { collapse, type Trial } from '../../src/patterns/trial.ts';

const rules = { falseDiscoveryMax: 0.05, oddsRatioMin: 2 };
const noFacts = () => undefined;

/** A try that succeeded, of which nothing is known, unless `over` says otherwise. */
export const trial = (over: Partial<Trial> = {}): Trial => ({
  runId: 'r',
  tryNumber: 1,
  failed: false,
  clusterId: null,
  facts: {},
  environment: null,
  ...over,
});

/** What is found in these tasks; `factsOf` gives what an environment holds. */
export function analyse(
  tasks: readonly (readonly Trial[])[],
  factsOf: Parameters<typeof findPatterns>[1] = noFacts,
  clusters: string[] = [],
): Analysis {
  const collected = newCollected(clusters);
  for (const each of tasks) takeTask(collected, collapse(each));
  return findPatterns(collected, factsOf, rules);
}
