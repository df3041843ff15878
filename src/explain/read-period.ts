import type { Tx } from '../store/store.ts';
import { callsKeptDays, callsKeptMax } from './call/calls.ts';
import type { Category } from './explanation.ts';

/** What these incidents are put down to, by id: of each its newest occurrence that is explained. Those that are not are absent. */
export async function loadCategories(tx: Tx, airflow: string, incidentIds: readonly string[]): Promise<Map<string, Category>> {
  if (incidentIds.length === 0) return new Map();
  // As `shownOf` chooses.
  const rows = await tx.query<{ id: string; category: Category }>(
    `SELECT DISTINCT ON (incident_id) incident_id AS id,
       CASE WHEN result_b IS NOT NULL AND outcome IN ('llm', 'cache') THEN result_b ELSE result_a END ->> 'category' AS category
     FROM explanation WHERE airflow = $1 AND incident_id = ANY($2) ORDER BY incident_id, made_at DESC, event`,
    [airflow, incidentIds],
  );
  return new Map(rows.map(({ id, category }) => [id, category]));
}

/** What asking one model took. */
export interface ModelSpending {
  provider: string;
  model: string;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  /** In the currency of llm.prices; null: no price fits. */
  cost: number | null;
}

/** What was asked of language models about incidents in [from, to), by model, the most expensive first. */
export function readSpending(tx: Tx, airflow: string, { from, to }: { from: Date; to: Date }): Promise<ModelSpending[]> {
  return tx.query<ModelSpending>(
    `SELECT provider, coalesce(model, '') AS model, sum(calls)::int AS calls, sum(input_tokens)::float8 AS "inputTokens",
       sum(output_tokens)::float8 AS "outputTokens", sum(cost) AS cost
     FROM explanation_call WHERE airflow = $1 AND at >= $2 AND at < $3 AND provider IS NOT NULL AND calls > 0
     GROUP BY provider, model ORDER BY sum(cost) DESC NULLS LAST, sum(calls) DESC, provider, model LIMIT 20`,
    [airflow, from, to],
  );
}

/** Since when all calls are kept: 30 days, or since the oldest of the rows where there are as many as may be. */
export async function readCallsSince(tx: Tx, airflow: string, now: Date): Promise<Date> {
  const [row] = await tx.query<{ at: Date | null; count: number }>(
    'SELECT min(at) AS at, count(*)::int AS count FROM explanation_call WHERE airflow = $1',
    [airflow],
  );
  const keptMs = now.getTime() - callsKeptDays * 86_400_000;
  return new Date(Math.max(keptMs, (row?.count ?? 0) >= callsKeptMax ? (row?.at?.getTime() ?? keptMs) : keptMs));
}
