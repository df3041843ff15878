import { AppError } from '../lib/errors.ts';
import type { Tx } from '../store/store.ts';
import type { ErrorCluster, ErrorDay, ErrorMember, ErrorPlace } from './cluster.ts';

/** What to list. An absent filter lets everything pass. */
export interface ClusterFilter {
  dagId?: string | undefined;
  taskId?: string | undefined;
  /** Class of the error, without its module. */
  type?: string | undefined;
  /** Met since then. */
  since?: Date | undefined;
}

/** Where a page ends: the next one begins after it. */
export interface ClusterKey {
  lastSeenAt: Date;
  id: string;
}

/** A cluster with where and when it was met. */
export interface ClusterSummary {
  cluster: ErrorCluster;
  /** Distinct errors in it. */
  members: number;
  /** Most often met first. */
  places: ErrorPlace[];
  /** Days with any, oldest first. */
  days: ErrorDay[];
}

/** One error that happened, as it is kept. */
export interface KeptReport {
  at: Date;
  source: 'beacon' | 'incident';
  fingerprint: string;
  signature: string;
  message: string;
  trace: string;
  environment: string | null;
  dagId: string | null;
  taskId: string | null;
  runId: string | null;
  tryNumber: number | null;
}

const columns =
  'c.id, c.type, c.template, c.example, c.count, c.first_seen_at AS "firstSeenAt", c.last_seen_at AS "lastSeenAt", c.cause';
const placesShown = 50;

/** Clusters, most lately met first; `next` is null on the last page. */
export async function listClusters(
  tx: Tx,
  airflow: string,
  filter: ClusterFilter,
  page: { after: ClusterKey | null; limit: number },
): Promise<{ items: ClusterSummary[]; next: ClusterKey | null }> {
  const rows = await tx.query<ErrorCluster>(
    `SELECT ${columns} FROM error_cluster c
     WHERE c.airflow = $1 AND ($2::text IS NULL OR c.type = $2) AND ($3::timestamptz IS NULL OR c.last_seen_at >= $3)
       AND ($4::text IS NULL AND $5::text IS NULL OR EXISTS (SELECT 1 FROM error_place p WHERE p.airflow = $1 AND p.cluster_id = c.id
         AND ($4::text IS NULL OR p.dag_id = $4) AND ($5::text IS NULL OR p.task_id = $5)))
       AND ($6::timestamptz IS NULL OR (c.last_seen_at, c.id) < ($6, $7::text))
     ORDER BY c.last_seen_at DESC, c.id DESC LIMIT $8`,
    [
      airflow,
      filter.type ?? null,
      filter.since ?? null,
      filter.dagId ?? null,
      filter.taskId ?? null,
      page.after?.lastSeenAt ?? null,
      page.after?.id ?? null,
      page.limit + 1,
    ],
  );
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  return {
    items: await summaries(tx, airflow, items),
    next: rows.length > page.limit && last !== undefined ? { lastSeenAt: last.lastSeenAt, id: last.id } : null,
  };
}

async function summaries(tx: Tx, airflow: string, clusters: readonly ErrorCluster[]): Promise<ClusterSummary[]> {
  const ids = clusters.map(({ id }) => id);
  const members = await tx.query<{ id: string; count: number }>(
    'SELECT cluster_id AS id, count(*) AS count FROM error_member WHERE airflow = $1 AND cluster_id = ANY($2::text[]) GROUP BY 1',
    [airflow, ids],
  );
  const places = await tx.query<ErrorPlace & { id: string }>(
    `SELECT cluster_id AS id, dag_id AS "dagId", task_id AS "taskId", count FROM error_place
     WHERE airflow = $1 AND cluster_id = ANY($2::text[]) ORDER BY cluster_id, count DESC, dag_id, task_id`,
    [airflow, ids],
  );
  const days = await tx.query<ErrorDay & { id: string }>(
    `SELECT cluster_id AS id, to_char(day, 'YYYY-MM-DD') AS day, count FROM error_day
     WHERE airflow = $1 AND cluster_id = ANY($2::text[]) ORDER BY cluster_id, day`,
    [airflow, ids],
  );
  const placesOf = Map.groupBy(places, ({ id }) => id);
  const daysOf = Map.groupBy(days, ({ id }) => id);
  const membersOf = new Map(members.map(({ id, count }) => [id, count]));
  return clusters.map((cluster) => ({
    cluster,
    members: membersOf.get(cluster.id) ?? 0,
    places: (placesOf.get(cluster.id) ?? []).slice(0, placesShown),
    days: daysOf.get(cluster.id) ?? [],
  }));
}

/** One cluster with its errors and the newest reports, by its id or by the fingerprint of an error in it. Throws NOT_FOUND. */
export async function readCluster(
  tx: Tx,
  airflow: string,
  id: string,
): Promise<{ summary: ClusterSummary; members: ErrorMember[]; reports: KeptReport[] }> {
  const rows = await tx.query<ErrorCluster>(
    `SELECT ${columns} FROM error_cluster c WHERE c.airflow = $1 AND (c.id = $2
       OR c.id = (SELECT cluster_id FROM error_member WHERE airflow = $1 AND fingerprint = $2))`,
    [airflow, id],
  );
  const [summary] = await summaries(tx, airflow, rows);
  if (summary === undefined) throw new AppError('NOT_FOUND', `there is no error cluster ${id}`);
  const members = await tx.query<ErrorMember>(
    `SELECT fingerprint, type, template, frames, count, last_seen_at AS "lastSeenAt" FROM error_member
     WHERE airflow = $1 AND cluster_id = $2 ORDER BY count DESC, fingerprint LIMIT 100`,
    [airflow, summary.cluster.id],
  );
  const reports = await tx.query<KeptReport>(
    `SELECT r.at, r.source, r.fingerprint, r.signature, r.message, r.trace, r.environment, r.dag_id AS "dagId", r.task_id AS "taskId",
       r.run_id AS "runId", r.try_number AS "tryNumber"
     FROM error_member m CROSS JOIN LATERAL (
       SELECT * FROM error_report WHERE airflow = $1 AND fingerprint = m.fingerprint ORDER BY at DESC LIMIT 20) r
     WHERE m.airflow = $1 AND m.cluster_id = $2 ORDER BY r.at DESC, r.id DESC LIMIT 20`,
    [airflow, summary.cluster.id],
  );
  return { summary, members, reports };
}
