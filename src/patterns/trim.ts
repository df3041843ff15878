import type { Tx } from '../store/store.ts';
import { dropEmpty } from './record-errors.ts';
import { trimEnvironments } from './save-environment.ts';

const dayMs = 86_400_000;
/** Errors that were not met for so long are forgotten, and days of a trend. */
const clustersKeptMs = 90 * dayMs;
const reportsKeptMs = 30 * dayMs;
const clustersMax = 2000;
const placesMax = 200;
const reportsPerPrintMax = 50;
const reportsMax = 50_000;

/** The retention job of this room: what is beyond the bounds that the tables document goes. */
export async function trimPatterns(tx: Tx, airflow: string, now: Date): Promise<void> {
  await trimEnvironments(tx, airflow, now);
  await trimReports(tx, airflow, new Date(now.getTime() - reportsKeptMs));
  // Whoever records an error meanwhile would count it in a cluster that goes.
  await tx.query(`SELECT pg_advisory_xact_lock(hashtext('windsock error_cluster'), hashtext($1))`, [airflow]);
  const before = new Date(now.getTime() - clustersKeptMs);
  await tx.query(
    `DELETE FROM error_cluster WHERE airflow = $1 AND (last_seen_at < $2 OR id IN (
       SELECT id FROM error_cluster WHERE airflow = $1 ORDER BY last_seen_at DESC, id OFFSET ${clustersMax}))`,
    [airflow, before],
  );
  await tx.query(
    `DELETE FROM error_member m WHERE airflow = $1 AND NOT EXISTS (
       SELECT 1 FROM error_cluster c WHERE c.airflow = $1 AND c.id = m.cluster_id)`,
    [airflow],
  );
  await tx.query(
    `DELETE FROM error_vector v WHERE airflow = $1 AND NOT EXISTS (
       SELECT 1 FROM error_member m WHERE m.airflow = $1 AND m.fingerprint = v.fingerprint)`,
    [airflow],
  );
  await dropEmpty(tx, airflow);
  await tx.query("DELETE FROM error_day WHERE airflow = $1 AND day < ($2::timestamptz AT TIME ZONE 'UTC')::date", [
    airflow,
    before,
  ]);
  await tx.query(
    `DELETE FROM error_place WHERE ctid = ANY(ARRAY(SELECT id FROM (
       SELECT ctid AS id, row_number() OVER (PARTITION BY cluster_id ORDER BY last_seen_at DESC, dag_id, task_id) AS n
       FROM error_place WHERE airflow = $1) p WHERE n > ${placesMax}))`,
    [airflow],
  );
}

async function trimReports(tx: Tx, airflow: string, before: Date): Promise<void> {
  await tx.query('DELETE FROM error_report WHERE airflow = $1 AND at < $2', [airflow, before]);
  await tx.query(
    `DELETE FROM error_report WHERE ctid = ANY(ARRAY(SELECT id FROM (
       SELECT ctid AS id, row_number() OVER (PARTITION BY fingerprint ORDER BY at DESC, id DESC) AS n,
         row_number() OVER (ORDER BY at DESC, id DESC) AS of_all
       FROM error_report WHERE airflow = $1) r WHERE n > ${reportsPerPrintMax} OR of_all > ${reportsMax}))`,
    [airflow],
  );
}
