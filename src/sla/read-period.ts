import type { Tx } from '../store/store.ts';
import type { SlaKind } from './objective.ts';
import type { SlaState } from './status.ts';

/** One SLA on one target over a time. */
export interface SlaPeriod {
  sla: string;
  kind: SlaKind;
  dagId: string;
  taskId: string;
  /** As it stands now. */
  state: SlaState;
  budgetLeftRuns: number | null;
  standing: string;
  objective: number;
  /** Runs, or slices of time, that were counted in the time, and the bad ones; and of the time before. */
  total: number;
  bad: number;
  totalBefore: number;
  badBefore: number;
}

/** How the targets did in a time, in all. */
export interface SlaPeriodCounts {
  targets: number;
  /** Of which something was counted. */
  judged: number;
  /** Less good than promised. */
  below: number;
  judgedBefore: number;
  belowBefore: number;
}

interface Spans {
  from: Date;
  to: Date;
  before: { from: Date; to: Date };
}

// What is counted stands by hours (UTC): an hour belongs to where it begins.
const perTarget = `
  SELECT s.sla, s.dag_id, s.task_id, s.state, s.status, (s.status ->> 'objective')::float8 AS objective, n.* FROM sla_state s CROSS JOIN LATERAL (
    SELECT coalesce(sum(total) FILTER (WHERE at >= $2 AND at < $3), 0)::int AS total, coalesce(sum(bad) FILTER (WHERE at >= $2 AND at < $3), 0)::int AS bad,
      coalesce(sum(total) FILTER (WHERE at >= $4 AND at < $5), 0)::int AS total_before, coalesce(sum(bad) FILTER (WHERE at >= $4 AND at < $5), 0)::int AS bad_before
    FROM sla_bucket b WHERE b.airflow = $1 AND b.sla = s.sla AND b.dag_id = s.dag_id AND b.task_id = s.task_id AND b.minutes = 60 AND b.at >= $4 AND b.at < $3) n
  WHERE s.airflow = $1 AND s.status IS NOT NULL`;

/** Good runs of all, to a billionth: what adds up to the promise is not below it. */
const isBelow = (total: string, bad: string): string => `(${total} > 0 AND 1 - ${bad}::float8 / ${total} < objective - 1e-9)`;

/** Every SLA that is in force on each of its targets, the furthest below its promise first. */
export async function readSlaPeriod(
  tx: Tx,
  airflow: string,
  { from, to, before }: Spans,
  limit: number,
): Promise<{ items: SlaPeriod[]; counts: SlaPeriodCounts }> {
  const values = [airflow, from, to, before.from, before.to];
  const [counts] = await tx.query<SlaPeriodCounts>(
    `SELECT count(*)::int AS targets, count(*) FILTER (WHERE total > 0)::int AS judged, count(*) FILTER (WHERE ${isBelow('total', 'bad')})::int AS below,
       count(*) FILTER (WHERE total_before > 0)::int AS "judgedBefore", count(*) FILTER (WHERE ${isBelow('total_before', 'bad_before')})::int AS "belowBefore"
     FROM (${perTarget}) t`,
    values,
  );
  const items = await tx.query<SlaPeriod>(
    `SELECT sla, status ->> 'kind' AS kind, dag_id AS "dagId", task_id AS "taskId", state, (status ->> 'budgetLeftRuns')::float8 AS "budgetLeftRuns",
       status ->> 'standing' AS standing, objective, total, bad, total_before AS "totalBefore", bad_before AS "badBefore"
     FROM (${perTarget}) t
     ORDER BY CASE WHEN total > 0 THEN 1 - bad::float8 / total - objective END NULLS LAST, state <> 'breached', sla, dag_id, task_id LIMIT $6`,
    [...values, limit],
  );
  return { items, counts: counts as SlaPeriodCounts };
}
