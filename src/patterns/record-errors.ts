import { jsonText } from '../lib/json-text.ts';
import type { Tx } from '../store/store.ts';
import type { ClusterCause } from './cluster.ts';
import { areNear, nearAt, sizesNear, type Comparable } from './near.ts';
import type { ToldError } from './told-error.ts';

/** One error that happened. */
export interface ErrorReport {
  source: 'beacon' | 'incident';
  /** The same of one source is taken once; null: each is another. */
  key: string | null;
  error: ToldError;
  at: Date;
  dagId: string | null;
  taskId: string | null;
  runId: string | null;
  tryNumber: number | null;
  /** Hash of the environment that it happened in. */
  environment: string | null;
  /** Absent: not explained. */
  cause?: ClusterCause;
}

export const membersMax = 5000;

/**
 * Counts errors in their clusters, and returns the cluster of each. An error of a new fingerprint joins the cluster of those that
 * it is near to; when these are several they become one, under the id of the oldest. Which errors are together does not depend
 * on the order in which they come; the id does: it is the fingerprint of the error that the cluster began with.
 */
export async function recordErrors(tx: Tx, airflow: string, reports: readonly ErrorReport[]): Promise<string[]> {
  if (reports.length === 0) return [];
  await lockErrors(tx, airflow);
  const ids: string[] = [];
  for (const report of reports) {
    const isNew = await saveReport(tx, airflow, report);
    const place = (await placeOf(tx, airflow, report.error.fingerprint)) ?? (await makePlace(tx, airflow, report));
    if (isNew && !(await wasToldByBeacon(tx, airflow, place, report))) await count(tx, airflow, place, report);
    if (report.cause !== undefined) await saveCause(tx, airflow, place, report.cause);
    ids.push(place);
  }
  await forgetMembers(tx, airflow);
  return ids;
}

/** When the newest error of an incident was met that is kept; null: none is. */
export async function newestOfIncidents(tx: Tx, airflow: string): Promise<Date | null> {
  const [row] = await tx.query<{ at: Date | null }>(
    `SELECT max(at) AS at FROM error_report WHERE airflow = $1 AND source = 'incident'`,
    [airflow],
  );
  return row?.at ?? null;
}

/** Whether it was not there before. */
async function saveReport(tx: Tx, airflow: string, report: ErrorReport): Promise<boolean> {
  const { error } = report;
  const rows = await tx.query(
    `INSERT INTO error_report (airflow, source, source_key, at, fingerprint, signature, message, trace, environment, dag_id, task_id, run_id, try_number)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING RETURNING 1`,
    [
      airflow,
      report.source,
      report.key,
      report.at,
      error.fingerprint,
      error.signature,
      error.message,
      error.trace,
      report.environment,
      report.dagId,
      report.taskId,
      report.runId,
      report.tryNumber,
    ],
  );
  return rows.length > 0;
}

/** Whether the worker told of this failure itself: then it is counted already. */
async function wasToldByBeacon(
  tx: Tx,
  airflow: string,
  place: string,
  { source, dagId, taskId, runId }: ErrorReport,
): Promise<boolean> {
  if (source === 'beacon' || dagId === null || taskId === null || runId === null) return false;
  const rows = await tx.query(
    `SELECT 1 FROM error_report r JOIN error_member m ON m.airflow = r.airflow AND m.fingerprint = r.fingerprint
     WHERE r.airflow = $1 AND r.source = 'beacon' AND r.dag_id = $2 AND r.task_id = $3 AND r.run_id = $4 AND m.cluster_id = $5 LIMIT 1`,
    [airflow, dagId, taskId, runId, place],
  );
  return rows.length > 0;
}

async function placeOf(tx: Tx, airflow: string, fingerprint: string): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>(
    'SELECT cluster_id AS id FROM error_member WHERE airflow = $1 AND fingerprint = $2',
    [airflow, fingerprint],
  );
  return row?.id;
}

/** The cluster of a fingerprint that is new: one that is there, several of them joined, or its own. */
async function makePlace(tx: Tx, airflow: string, { error, at }: ErrorReport): Promise<string> {
  const candidates = await tx.query<Comparable & { id: string }>(
    `SELECT cluster_id AS id, type, tokens, frames FROM error_member WHERE airflow = $1 AND cardinality(tokens) BETWEEN $2 AND $3`,
    [airflow, ...sizesNear(error.tokens.length, nearAt)],
  );
  const near = [...new Set(candidates.filter((each) => areNear(each, error)).map(({ id }) => id))];
  const [id, ...others] = near.length > 1 ? await oldestFirst(tx, airflow, near) : near;
  if (id !== undefined) for (const other of others) await merge(tx, airflow, other, id);
  const place = id ?? error.fingerprint;
  await tx.query(
    `INSERT INTO error_member (airflow, fingerprint, cluster_id, type, template, tokens, frames, count, first_seen_at, last_seen_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8)`,
    [airflow, error.fingerprint, place, error.type, error.template, error.tokens, error.frames, at],
  );
  if (id === undefined)
    await tx.query(
      `INSERT INTO error_cluster (airflow, id, type, template, example, count, first_seen_at, last_seen_at)
       VALUES ($1, $2, $3, $4, $5, 0, $6, $6) ON CONFLICT DO NOTHING`,
      [airflow, place, error.type, error.template, error.message, at],
    );
  return place;
}

/**
 * Makes the clusters of these pairs of errors one, whatever the order of the pairs, under the id of the oldest; returns how many
 * went into others. Errors that are known no more are left out.
 */
export async function joinErrors(tx: Tx, airflow: string, pairs: readonly (readonly [string, string])[]): Promise<number> {
  if (pairs.length === 0) return 0;
  await lockErrors(tx, airflow);
  let joined = 0;
  for (const [a, b] of pairs) {
    const places = [await placeOf(tx, airflow, a), await placeOf(tx, airflow, b)];
    const both = [...new Set(places.filter((place) => place !== undefined))];
    if (places.includes(undefined) || both.length < 2) continue;
    const [into, from] = await oldestFirst(tx, airflow, both);
    if (into === undefined || from === undefined) continue;
    await merge(tx, airflow, from, into);
    joined += 1;
  }
  return joined;
}

/** Replicas and the cycle thread find the place of an error one after the other. */
const lockErrors = (tx: Tx, airflow: string): Promise<unknown> =>
  tx.query(`SELECT pg_advisory_xact_lock(hashtext('windsock error_cluster'), hashtext($1))`, [airflow]);

async function oldestFirst(tx: Tx, airflow: string, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    'SELECT id FROM error_cluster WHERE airflow = $1 AND id = ANY($2::text[]) ORDER BY first_seen_at, id',
    [airflow, ids],
  );
  return rows.map(({ id }) => id);
}

async function merge(tx: Tx, airflow: string, from: string, into: string): Promise<void> {
  const both = [airflow, from, into];
  await tx.query('UPDATE error_member SET cluster_id = $3 WHERE airflow = $1 AND cluster_id = $2', both);
  await tx.query(
    `INSERT INTO error_day (airflow, cluster_id, day, count) SELECT airflow, $3, day, count FROM error_day WHERE airflow = $1 AND cluster_id = $2
     ON CONFLICT (airflow, cluster_id, day) DO UPDATE SET count = error_day.count + excluded.count`,
    both,
  );
  await tx.query(
    `INSERT INTO error_place (airflow, cluster_id, dag_id, task_id, count, last_seen_at)
     SELECT airflow, $3, dag_id, task_id, count, last_seen_at FROM error_place WHERE airflow = $1 AND cluster_id = $2
     ON CONFLICT (airflow, cluster_id, dag_id, task_id) DO UPDATE SET count = error_place.count + excluded.count,
       last_seen_at = greatest(error_place.last_seen_at, excluded.last_seen_at)`,
    both,
  );
  await tx.query('DELETE FROM error_day WHERE airflow = $1 AND cluster_id = $2', [airflow, from]);
  await tx.query('DELETE FROM error_place WHERE airflow = $1 AND cluster_id = $2', [airflow, from]);
  await tx.query(
    `UPDATE error_cluster c SET count = c.count + o.count, first_seen_at = least(c.first_seen_at, o.first_seen_at),
       last_seen_at = greatest(c.last_seen_at, o.last_seen_at), cause = coalesce(c.cause, o.cause)
     FROM error_cluster o WHERE c.airflow = $1 AND c.id = $3 AND o.airflow = $1 AND o.id = $2`,
    both,
  );
  await tx.query('DELETE FROM error_cluster WHERE airflow = $1 AND id = $2', [airflow, from]);
}

async function count(tx: Tx, airflow: string, place: string, { error, at, dagId, taskId }: ErrorReport): Promise<void> {
  await tx.query(
    `UPDATE error_member SET count = count + 1, first_seen_at = least(first_seen_at, $3), last_seen_at = greatest(last_seen_at, $3)
     WHERE airflow = $1 AND fingerprint = $2`,
    [airflow, error.fingerprint, at],
  );
  await tx.query(
    `UPDATE error_cluster SET count = count + 1, example = CASE WHEN $3 >= last_seen_at THEN $4 ELSE example END,
       first_seen_at = least(first_seen_at, $3), last_seen_at = greatest(last_seen_at, $3)
     WHERE airflow = $1 AND id = $2`,
    [airflow, place, at, error.message],
  );
  await tx.query(
    `INSERT INTO error_day (airflow, cluster_id, day, count) VALUES ($1, $2, ($3::timestamptz AT TIME ZONE 'UTC')::date, 1)
     ON CONFLICT (airflow, cluster_id, day) DO UPDATE SET count = error_day.count + 1`,
    [airflow, place, at],
  );
  if (dagId === null) return;
  await tx.query(
    `INSERT INTO error_place (airflow, cluster_id, dag_id, task_id, count, last_seen_at) VALUES ($1, $2, $3, $4, 1, $5)
     ON CONFLICT (airflow, cluster_id, dag_id, task_id) DO UPDATE SET count = error_place.count + 1,
       last_seen_at = greatest(error_place.last_seen_at, excluded.last_seen_at)`,
    [airflow, place, dagId, taskId ?? '', at],
  );
}

const saveCause = (tx: Tx, airflow: string, place: string, cause: ClusterCause): Promise<unknown> =>
  tx.query('UPDATE error_cluster SET cause = $3 WHERE airflow = $1 AND id = $2', [airflow, place, jsonText(cause)]);

/** Fingerprints may be posted faster than the retention job comes round; each cluster keeps the newest of its own. */
async function forgetMembers(tx: Tx, airflow: string): Promise<void> {
  const [row] = await tx.query<{ count: number }>('SELECT count(*) AS count FROM error_member WHERE airflow = $1', [airflow]);
  if ((row?.count ?? 0) <= membersMax) return;
  await tx.query(
    `WITH gone AS (
       DELETE FROM error_member WHERE airflow = $1 AND fingerprint IN (
         SELECT fingerprint FROM error_member WHERE airflow = $1 ORDER BY last_seen_at DESC, fingerprint OFFSET ${membersMax}) RETURNING cluster_id)
     SELECT count(*) FROM gone`,
    [airflow],
  );
  await dropEmpty(tx, airflow);
}

/** Clusters whose last error went, with all that hangs on them. */
export async function dropEmpty(tx: Tx, airflow: string): Promise<void> {
  await tx.query(
    'DELETE FROM error_cluster c WHERE airflow = $1 AND NOT EXISTS (SELECT 1 FROM error_member m WHERE m.airflow = $1 AND m.cluster_id = c.id)',
    [airflow],
  );
  for (const table of ['error_day', 'error_place'])
    await tx.query(
      `DELETE FROM ${table} t WHERE airflow = $1 AND NOT EXISTS (SELECT 1 FROM error_cluster c WHERE c.airflow = $1 AND c.id = t.cluster_id)`,
      [airflow],
    );
}
