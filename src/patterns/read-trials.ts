import type { Tx } from '../store/store.ts';
import { attemptsPerTaskMax } from './attempt-facts.ts';
import type { Trial } from './trial.ts';

/** A task by its names. */
export interface TaskName {
  dagId: string;
  taskId: string;
}

/** Tasks with failures since then, those that failed most first. */
export const failingTasks = (store: Tx, airflow: string, since: Date, limit: number): Promise<TaskName[]> =>
  store.query<TaskName>(
    `SELECT dag_id AS "dagId", task_id AS "taskId" FROM attempt_fact WHERE airflow = $1 AND failed AND ended_at >= $2
     GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT $3`,
    [airflow, since, limit],
  );

/** What is known of the error of a try. */
export interface KnownError {
  clusterId: string | null;
  environment: string | null;
}

const tryKey = (dagId: string, taskId: string, runId: string, tryNumber: number): string =>
  [dagId, taskId, runId, tryNumber].join('\0');

/** What is known of errors of tries, by `tryKey`; a report without a try counts for the first. */
export async function readErrors(store: Tx, airflow: string, since: Date): Promise<Map<string, KnownError>> {
  const rows = await store.query<TaskName & KnownError & { runId: string; tryNumber: number }>(
    `SELECT r.dag_id AS "dagId", r.task_id AS "taskId", r.run_id AS "runId", coalesce(r.try_number, 1) AS "tryNumber", m.cluster_id AS "clusterId", r.environment
     FROM error_report r LEFT JOIN error_member m ON m.airflow = r.airflow AND m.fingerprint = r.fingerprint
     WHERE r.airflow = $1 AND r.at >= $2 AND r.dag_id IS NOT NULL AND r.task_id IS NOT NULL AND r.run_id IS NOT NULL ORDER BY r.at`,
    [airflow, since],
  );
  const errors = new Map<string, KnownError>();
  for (const { dagId, taskId, runId, tryNumber, clusterId, environment } of rows) {
    const key = tryKey(dagId, taskId, runId, tryNumber);
    const known = errors.get(key);
    errors.set(key, { clusterId: clusterId ?? known?.clusterId ?? null, environment: environment ?? known?.environment ?? null });
  }
  return errors;
}

export type HostEnvironments = ReadonlyMap<string, readonly { sinceMs: number; hash: string }[]>;

/** The environments of each host, newest first. */
export async function readHosts(store: Tx, airflow: string): Promise<HostEnvironments> {
  const rows = await store.query<{ host: string; since: Date; hash: string }>(
    'SELECT host, since, hash FROM environment_host WHERE airflow = $1 ORDER BY host, since DESC',
    [airflow],
  );
  const of = Map.groupBy(rows, ({ host }) => host);
  return new Map([...of].map(([host, all]) => [host, all.map(({ since, hash }) => ({ sinceMs: since.getTime(), hash }))]));
}

/** A try as it is kept. */
export interface AttemptRow extends TaskName {
  runId: string;
  tryNumber: number;
  startedAt: Date | null;
  endedAt: Date;
  failed: boolean;
  runType: string;
  host: string | null;
  queue: string | null;
  pool: string | null;
  operator: string | null;
  executor: string | null;
  dagVersion: string | null;
}

/** The newest tries of these tasks, each task's by their ends. */
export const readAttempts = (store: Tx, airflow: string, tasks: readonly TaskName[], since: Date): Promise<AttemptRow[]> =>
  store.query<AttemptRow>(
    `SELECT a.dag_id AS "dagId", a.task_id AS "taskId", a.run_id AS "runId", a.try_number AS "tryNumber", a.started_at AS "startedAt", a.ended_at AS "endedAt",
       a.failed, a.run_type AS "runType", a.host, a.queue, a.pool, a.operator, a.executor, a.dag_version AS "dagVersion"
     FROM unnest($2::text[], $3::text[]) k(d, t) CROSS JOIN LATERAL (
       SELECT * FROM attempt_fact WHERE airflow = $1 AND dag_id = k.d AND task_id = k.t AND ended_at >= $4 ORDER BY ended_at DESC LIMIT ${attemptsPerTaskMax}) a
     ORDER BY a.dag_id, a.task_id, a.ended_at, a.run_id, a.map_index, a.try_number`,
    [airflow, tasks.map(({ dagId }) => dagId), tasks.map(({ taskId }) => taskId), since],
  );

/** A try with all that is known of it. */
export function trialOf(row: AttemptRow, errors: ReadonlyMap<string, KnownError>, hosts: HostEnvironments): Trial {
  const { runId, tryNumber, failed, host } = row;
  const error = errors.get(tryKey(row.dagId, row.taskId, runId, tryNumber));
  const begun = row.startedAt ?? row.endedAt;
  const ofHost = host === null ? undefined : hosts.get(host)?.find(({ sinceMs }) => sinceMs <= row.endedAt.getTime());
  const facts = {
    host,
    queue: row.queue,
    pool: row.pool,
    operator: row.operator,
    executor: row.executor,
    dag_version: row.dagVersion,
    run_type: row.runType,
    hour: String(begun.getUTCHours()).padStart(2, '0'),
  };
  return {
    runId,
    tryNumber,
    failed,
    clusterId: failed ? (error?.clusterId ?? null) : null,
    // What the error says of its own environment is known of failures only, and would make any value of it look bad.
    environment: ofHost?.hash ?? null,
    facts: Object.fromEntries(Object.entries(facts).filter((each): each is [string, string] => each[1] !== null)),
  };
}

/** What these environments hold, by hash. */
export async function readFacts(
  store: Tx,
  airflow: string,
  hashes: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  const rows = await store.query<{ hash: string; facts: Record<string, string> }>(
    'SELECT hash, facts FROM environment WHERE airflow = $1 AND hash = ANY($2::text[])',
    [airflow, hashes],
  );
  return new Map(rows.map(({ hash, facts }) => [hash, facts]));
}
