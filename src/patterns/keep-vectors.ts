import type { PastCall } from '../llm/chain.ts';
import type { Tx } from '../store/store.ts';
import type { Comparable } from './near.ts';
import { bytesOf, vectorOf } from './vector.ts';

/** An error that a cluster holds, to be compared. */
export interface Meant extends Comparable {
  fingerprint: string;
  clusterId: string;
  template: string;
}

/** A cluster without a vector. */
export interface WaitingCluster {
  id: string;
  /** DAGs that it is known to be met in. */
  dagIds: string[];
  /** Each time that it was met is known to be in one of these. */
  placed: boolean;
}

const waitingMax = 2000;
/** Read, and compared, at a time: what is served meanwhile gets its turn in between. */
const pageSize = 20;

/** Clusters that have no vector of this space, the most lately met first. */
export function readWaiting(tx: Tx, airflow: string, space: string): Promise<WaitingCluster[]> {
  return tx.query<WaitingCluster>(
    `SELECT c.id, p.dag_ids AS "dagIds", p.met >= c.count AS placed
     FROM error_cluster c CROSS JOIN LATERAL (
       SELECT coalesce(array_agg(DISTINCT dag_id), '{}') AS dag_ids, coalesce(sum(count), 0) AS met
       FROM error_place WHERE airflow = $1 AND cluster_id = c.id) p
     WHERE c.airflow = $1 AND c.count > 0 AND NOT EXISTS (
       SELECT 1 FROM error_member m JOIN error_vector v ON v.airflow = m.airflow AND v.fingerprint = m.fingerprint
       WHERE m.airflow = $1 AND m.cluster_id = c.id AND v.space = $2)
     ORDER BY c.last_seen_at DESC, c.id LIMIT ${waitingMax}`,
    [airflow, space],
  );
}

/** Of each of these clusters the error that it began with, or the oldest that is left; in order of the clusters' ids. */
export function readFounders(tx: Tx, airflow: string, clusterIds: readonly string[]): Promise<Meant[]> {
  return tx.query<Meant>(
    `SELECT DISTINCT ON (cluster_id) fingerprint, cluster_id AS "clusterId", type, template, tokens, frames FROM error_member
     WHERE airflow = $1 AND cluster_id = ANY($2::text[]) ORDER BY cluster_id, fingerprint <> cluster_id, first_seen_at, fingerprint`,
    [airflow, clusterIds],
  );
}

/** Errors of these classes with their vectors, a page at a time, in order of their fingerprints. */
export async function* readVectors(
  tx: Tx,
  airflow: string,
  { space, types }: { space: string; types: readonly string[] },
): AsyncGenerator<(Meant & { vector: Float32Array })[]> {
  for (let after = ''; ;) {
    const rows = await tx.query<Meant & { bytes: Buffer }>(
      `SELECT m.fingerprint, m.cluster_id AS "clusterId", m.type, m.template, m.tokens, m.frames, v.vector AS bytes
       FROM error_vector v JOIN error_member m ON m.airflow = v.airflow AND m.fingerprint = v.fingerprint
       WHERE v.airflow = $1 AND v.space = $2 AND m.type = ANY($3::text[]) AND v.fingerprint > $4 ORDER BY v.fingerprint LIMIT ${pageSize}`,
      [airflow, space, types, after],
    );
    if (rows.length > 0) yield rows.map(({ bytes, ...meant }) => ({ ...meant, vector: vectorOf(bytes) }));
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    after = last.fingerprint;
  }
}

/** Keeps vectors of one call; those of another model, or of another length under the same name, go: they are made anew. */
export async function saveVectors(
  tx: Tx,
  airflow: string,
  vectors: readonly { fingerprint: string; vector: readonly number[] }[],
  { space, tokens, now }: { space: string; tokens: number; now: Date },
): Promise<void> {
  const [first] = vectors;
  if (first === undefined) return;
  await tx.query('DELETE FROM error_vector WHERE airflow = $1 AND (space <> $2 OR octet_length(vector) <> $3)', [
    airflow,
    space,
    bytesOf(first.vector).length,
  ]);
  await tx.query(
    `INSERT INTO error_vector (airflow, fingerprint, space, vector, made_at, tokens)
     SELECT $1, fingerprint, $2, vector, $3, $4 FROM unnest($5::text[], $6::bytea[]) AS t (fingerprint, vector)
     ON CONFLICT (airflow, fingerprint) DO UPDATE SET space = excluded.space, vector = excluded.vector, made_at = excluded.made_at, tokens = excluded.tokens`,
    [
      airflow,
      space,
      now,
      tokens / vectors.length,
      vectors.map(({ fingerprint }) => fingerprint),
      vectors.map(({ vector }) => bytesOf(vector)),
    ],
  );
}

/** Calls of the last day whose vectors are kept: they count in the budget of whoever leads now. */
export async function loadPastEmbeddings(tx: Tx, airflow: string, now: Date): Promise<PastCall[]> {
  const rows = await tx.query<{ at: Date; tokens: number }>(
    'SELECT made_at AS at, sum(tokens) AS tokens FROM error_vector WHERE airflow = $1 AND made_at > $2 GROUP BY made_at',
    [airflow, new Date(now.getTime() - 86_400_000)],
  );
  return rows.map(({ at, tokens }) => ({ ageMs: Math.max(0, now.getTime() - at.getTime()), tokens }));
}
