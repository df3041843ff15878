import { truthSince, type GroundTruth } from '../../src/demo/truth.ts';
import type { ParsedExposition } from './parse-exposition.ts';

/** Counts that are not zero, by `dag.task outcome` and `dag outcome`. */
export type Totals = Record<string, number>;

const outcomeOf: Record<string, string> = {
  airflow_task_success_total: 'success',
  airflow_task_failure_total: 'failure',
  airflow_task_retry_total: 'retry',
  airflow_task_skipped_total: 'skipped',
  airflow_task_upstream_failed_total: 'upstream_failed',
  airflow_task_marked_total: 'marked',
  airflow_dag_run_success_total: 'run_success',
  airflow_dag_run_failure_total: 'run_failure',
};

/** What really happened between two readings of the ground truth. */
export function truthTotals(before: GroundTruth, after: GroundTruth): Totals {
  const { tasks, runs } = truthSince(before, after);
  const totals: Totals = {};
  const add = (key: string, outcome: string, count: number) => {
    if (count !== 0) totals[`${key} ${outcome}`] = count;
  };
  for (const [key, counts] of tasks) for (const [outcome, count] of Object.entries(counts)) add(key, outcome, count);
  for (const [key, { run_success: success, run_failure: failure }] of runs) {
    add(key, 'run_success', success);
    add(key, 'run_failure', failure);
  }
  return totals;
}

/** What Windsock counted, by its exposition. */
export function countedTotals({ samples }: ParsedExposition): Totals {
  const totals: Totals = {};
  for (const { name, labels, value } of samples) {
    const outcome = outcomeOf[name];
    if (outcome === undefined || value === 0) continue;
    const key = [labels['dag_id'], labels['task_id']].filter((part) => part !== undefined).join('.');
    totals[`${key} ${outcome}`] = (totals[`${key} ${outcome}`] ?? 0) + value;
  }
  return totals;
}

export const sumOf = (totals: Totals, outcome?: string): number =>
  Object.entries(totals).reduce(
    (sum, [key, count]) => (outcome === undefined || key.endsWith(` ${outcome}`) ? sum + count : sum),
    0,
  );

/** Where two totals differ, a line each. */
export function differences(expected: Totals, seen: Totals): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(seen)])]
    .filter((key) => (expected[key] ?? 0) !== (seen[key] ?? 0))
    .map((key) => `${key}: ${expected[key] ?? 0} happened, ${seen[key] ?? 0} counted`)
    .sort();
}
