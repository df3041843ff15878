import { jsonText } from '../lib/json-text.ts';
import type { Tx } from '../store/store.ts';
import type { Untested } from './count-tables.ts';
import type { Pattern } from './find-patterns.ts';

/** What an analysis looked at, and found. */
export interface AnalysisReport {
  at: Date;
  tries: number;
  failures: number;
  tasks: number;
  tests: number;
  /** Keys that could not be tested, by name. A later try is there only because an earlier one failed. */
  untested: { key: string; reason: Untested | 'follows_failure' }[];
  patterns: Pattern[];
}

/** Puts what an analysis found in place of what the one before did. */
export async function saveAnalysis(tx: Tx, airflow: string, { patterns, ...report }: AnalysisReport): Promise<void> {
  await tx.query(
    `INSERT INTO pattern_analysis (airflow, at, tries, failures, tasks, tests, untested) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (airflow) DO UPDATE SET at = excluded.at, tries = excluded.tries, failures = excluded.failures, tasks = excluded.tasks,
       tests = excluded.tests, untested = excluded.untested`,
    [airflow, report.at, report.tries, report.failures, report.tasks, report.tests, jsonText(report.untested)],
  );
  await tx.query('DELETE FROM found_pattern WHERE airflow = $1', [airflow]);
  for (const each of patterns)
    await tx.query(
      `INSERT INTO found_pattern (airflow, cluster_id, key, value, also, odds_ratio, low, high, p, q, failed_with, tries_with, failed_without, tries_without, tasks)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        airflow,
        each.clusterId,
        each.key,
        each.value,
        jsonText(each.also),
        each.oddsRatio,
        each.low,
        each.high,
        each.p,
        each.q,
        each.failedWith,
        each.triesWith,
        each.failedWithout,
        each.triesWithout,
        each.tasks,
      ],
    );
}

/** What the newest analysis found, most certain first; undefined before the first. */
export async function readAnalysis(tx: Tx, airflow: string): Promise<AnalysisReport | undefined> {
  const [report] = await tx.query<Omit<AnalysisReport, 'patterns'>>(
    'SELECT at, tries, failures, tasks, tests, untested FROM pattern_analysis WHERE airflow = $1',
    [airflow],
  );
  if (report === undefined) return undefined;
  const patterns = await tx.query<Pattern>(
    `SELECT cluster_id AS "clusterId", key, value, also, odds_ratio AS "oddsRatio", low, high, p, q, failed_with AS "failedWith", tries_with AS "triesWith",
       failed_without AS "failedWithout", tries_without AS "triesWithout", tasks
     FROM found_pattern WHERE airflow = $1 ORDER BY p, odds_ratio DESC, key, value`,
    [airflow],
  );
  return { ...report, patterns };
}
