import type { Tx } from '../store/store.ts';
import type { SlaKind } from './objective.ts';
import type { SlaState, SlaStatus } from './status.ts';

/** Dates travel as text in the stored form. */
type Stored = Omit<SlaStatus, 'since' | 'lastViolation' | 'thresholds' | 'present'> & {
  // Absent of what an older Windsock judged.
  thresholds?: SlaStatus['thresholds'];
  present?: string | null;
  since: string;
  lastViolation: { event: string; at: string; text: string } | null;
};

const statusOf = ({ status: { since, lastViolation, ...rest } }: { status: Stored }): SlaStatus => ({
  ...rest,
  thresholds: rest.thresholds ?? [],
  present: rest.present ?? null,
  since: new Date(since),
  lastViolation: lastViolation === null ? null : { ...lastViolation, at: new Date(lastViolation.at) },
});

/** What to list. An absent filter lets everything pass. */
export interface SlaFilter {
  sla?: string | undefined;
  kinds?: readonly SlaKind[] | undefined;
  states?: readonly SlaState[] | undefined;
  severities?: readonly SlaStatus['severity'][] | undefined;
  dagId?: string | undefined;
  taskId?: string | undefined;
  /** One of the owners of the target. */
  owner?: string | undefined;
}

/** Where a page ends: the next one begins after it. */
export type SlaKey = Pick<SlaStatus, 'sla' | 'dagId' | 'taskId'>;

/** Every SLA on each of its targets, as the leader's last cycles judged them; by name, DAG and task. */
export async function listSlas(store: Tx, airflow: string): Promise<SlaStatus[]> {
  const { items } = await listSlaPage(store, airflow, {}, { after: null, limit: null });
  return items;
}

/** The same, filtered and in pages; `next` is null on the last one. */
export async function listSlaPage(
  store: Tx,
  airflow: string,
  filter: SlaFilter,
  { after, limit }: { after: SlaKey | null; limit: number | null },
): Promise<{ items: SlaStatus[]; next: SlaKey | null }> {
  const values: unknown[] = [airflow];
  const where = ['airflow = $1', 'status IS NOT NULL'];
  const add = (condition: (n: string) => string, value: unknown) => {
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  if (filter.sla !== undefined) add((n) => `sla = ${n}`, filter.sla);
  if (filter.kinds !== undefined) add((n) => `status ->> 'kind' = ANY(${n})`, filter.kinds);
  if (filter.states !== undefined) add((n) => `state = ANY(${n})`, filter.states);
  if (filter.severities !== undefined) add((n) => `status ->> 'severity' = ANY(${n})`, filter.severities);
  if (filter.dagId !== undefined) add((n) => `dag_id = ${n}`, filter.dagId);
  if (filter.taskId !== undefined) add((n) => `task_id = ${n}`, filter.taskId);
  if (filter.owner !== undefined) add((n) => `${n} = ANY(regexp_split_to_array(status ->> 'owner', '\\s*,\\s*'))`, filter.owner);
  if (after !== null) {
    values.push(after.sla, after.dagId, after.taskId);
    where.push(`(sla, dag_id, task_id) > ($${values.length - 2}, $${values.length - 1}, $${values.length})`);
  }
  // One more tells whether there is a next page.
  values.push(limit === null ? null : limit + 1);
  const rows = await store.query<{ status: Stored }>(
    `SELECT status FROM sla_state WHERE ${where.join(' AND ')} ORDER BY sla, dag_id, task_id LIMIT $${values.length}`,
    values,
  );
  const items = rows.slice(0, limit ?? undefined).map(statusOf);
  const last = items.at(-1);
  return { items, next: rows.length > items.length && last !== undefined ? last : null };
}
