import { AppError } from '../lib/errors.ts';
import type { Tx } from '../store/store.ts';
import { knownDagColumns, type KnownDag } from './known-dags.ts';

/** What to list. An absent filter lets everything pass. */
export interface DagFilter {
  /** A part of its id, in any case. */
  named?: string | undefined;
  /** One of its owners. */
  owner?: string | undefined;
  tag?: string | undefined;
  paused?: boolean | undefined;
}

/** DAGs that the catalogue has, by id; `next` is null on the last page. */
export async function listDags(
  store: Tx,
  airflow: string,
  { named, owner, tag, paused }: DagFilter,
  { after, limit }: { after: string | null; limit: number },
): Promise<{ items: KnownDag[]; next: string | null }> {
  const rows = await store.query<KnownDag>(
    `SELECT ${knownDagColumns} FROM known_dag WHERE airflow = $1 AND gone_at IS NULL AND ($2::text IS NULL OR dag_id > $2)
       AND ($3::text IS NULL OR $3 = ANY(regexp_split_to_array(owners, '\\s*,\\s*'))) AND ($4::text IS NULL OR $4 = ANY(tags))
       AND ($5::boolean IS NULL OR (paused_at IS NOT NULL) = $5)
       AND ($7::text IS NULL OR strpos(lower(dag_id), lower($7)) > 0) ORDER BY dag_id LIMIT $6`,
    [airflow, after, owner ?? null, tag ?? null, paused ?? null, limit + 1, named ?? null],
  );
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? (items.at(-1)?.dagId ?? null) : null };
}

/** One DAG, also one that left the catalogue not long ago. Throws NOT_FOUND. */
export async function readDag(store: Tx, airflow: string, dagId: string): Promise<KnownDag> {
  const [row] = await store.query<KnownDag>(`SELECT ${knownDagColumns} FROM known_dag WHERE airflow = $1 AND dag_id = $2`, [
    airflow,
    dagId,
  ]);
  if (row === undefined) throw new AppError('NOT_FOUND', `there is no DAG ${dagId}`);
  return row;
}

/** The tags of these DAGs, as the catalogue last had them; those that it does not know are absent. */
export async function readTags(store: Tx, airflow: string, dagIds: readonly string[]): Promise<Map<string, readonly string[]>> {
  const rows = await store.query<{ dagId: string; tags: string[] }>(
    'SELECT dag_id AS "dagId", tags FROM known_dag WHERE airflow = $1 AND dag_id = ANY($2)',
    [airflow, dagIds],
  );
  return new Map(rows.map(({ dagId, tags }) => [dagId, tags]));
}

/** The DAGs that the catalogue knows of a file, by id, at most `limit`. */
export async function readDagsOfFile(store: Tx, airflow: string, file: string, limit: number): Promise<string[]> {
  const rows = await store.query<{ dagId: string }>(
    'SELECT dag_id AS "dagId" FROM known_dag WHERE airflow = $1 AND file = $2 AND gone_at IS NULL ORDER BY dag_id LIMIT $3',
    [airflow, file, limit],
  );
  return rows.map(({ dagId }) => dagId);
}

/** Whether a DAG of the catalogue has one of these tags. */
export async function isAnyTagged(store: Tx, airflow: string, tags: readonly string[]): Promise<boolean> {
  if (tags.length === 0) return false;
  const rows = await store.query('SELECT 1 FROM known_dag WHERE airflow = $1 AND tags && $2::text[] LIMIT 1', [airflow, tags]);
  return rows.length > 0;
}

/** A run that is queued or running. */
export interface OpenRun {
  dagId: string;
  runPk: number;
  runId: string;
  runType: string;
  state: string;
  dueAt: Date | null;
  startedAt: Date | null;
}

/** The open runs of these DAGs as they were last seen, newest first. */
export function readOpenRuns(store: Tx, airflow: string, dagIds: readonly string[]): Promise<OpenRun[]> {
  return store.query<OpenRun>(
    `SELECT dag_id AS "dagId", run_pk AS "runPk", run_id AS "runId", run_type AS "runType", state, due_at AS "dueAt", start_date AS "startedAt"
     FROM known_run WHERE airflow = $1 AND dag_id = ANY($2::text[]) AND state IN ('queued', 'running') ORDER BY run_pk DESC`,
    [airflow, dagIds],
  );
}

/** The tasks of a DAG by its newest graph, in the order of the graph; none while it was not read. */
export async function readDagTasks(
  store: Tx,
  airflow: string,
  dagId: string,
): Promise<{ taskId: string; operator: string; downstream: string[] }[]> {
  const [row] = await store.query<{ tasks: { taskId: string; operator: string; downstream: string[] }[] }>(
    'SELECT tasks FROM dag_graph WHERE airflow = $1 AND dag_id = $2',
    [airflow, dagId],
  );
  return row?.tasks ?? [];
}
