import type { AirflowRead } from './connect.ts';
import type { Shape } from './probe.ts';
import { versionColumns, versionJoin, type CodeVersion } from './read-versions.ts';

/** A task's instance in an earlier run, as it was left. */
export interface PastTask {
  runId: string;
  state: string | null;
  tryNumber: number;
  startDate: Date | null;
  endDate: Date | null;
  durationSeconds: number | null;
  queuedAt: Date | null;
  hostname: string | null;
  pool: string;
  queue: string | null;
  version: CodeVersion | null;
}

interface Row extends Omit<PastTask, 'version'> {
  number: number | null;
  bundleVersion: string | null;
  hash: string | null;
}

/** The instances of one task in these runs, a look-up by the unique key each. */
export async function readPastTasks(
  read: AirflowRead,
  shape: Shape,
  { dagId, taskId, mapIndex }: { dagId: string; taskId: string; mapIndex: number },
  runIds: readonly string[],
): Promise<PastTask[]> {
  if (runIds.length === 0) return [];
  const rows = await read.query<Row>(
    `SELECT ti.run_id AS "runId", ti.state, coalesce(ti.try_number, 0) AS "tryNumber", ti.start_date AS "startDate", ti.end_date AS "endDate", ti.duration AS "durationSeconds",
       ti.queued_dttm AS "queuedAt", ti.hostname, ti.pool, ti.queue, ${versionColumns(shape)}
     FROM unnest($2::text[]) k(r) CROSS JOIN LATERAL
       (SELECT ${innerColumns(shape)} FROM task_instance t WHERE t.dag_id = $1 AND t.run_id = k.r AND t.task_id = $3 AND t.map_index = $4 OFFSET 0) ti${versionJoin(shape)}`,
    [dagId, runIds, taskId, mapIndex],
  );
  return rows.map(({ number, bundleVersion, hash, ...row }) => ({
    ...row,
    version: number === null && hash === null ? null : { number, bundleVersion, hash },
  }));
}

const innerColumns = (shape: Shape): string =>
  'dag_id, run_id, state, try_number, start_date, end_date, duration, queued_dttm, hostname, pool, queue' +
  (shape.has('task_instance', 'dag_version_id') ? ', dag_version_id' : '');

/** How many instances a mapped task had in each of these runs, counted in the index of the unique key; at most `most` a run. */
export async function readInstanceCounts(
  read: AirflowRead,
  { dagId, taskId }: { dagId: string; taskId: string },
  runIds: readonly string[],
  most: number,
): Promise<Map<string, number>> {
  if (runIds.length === 0) return new Map();
  const rows = await read.query<{ runId: string; count: number }>(
    `SELECT k.r AS "runId", (SELECT count(*) FROM (SELECT 1 FROM task_instance t WHERE t.dag_id = $1 AND t.run_id = k.r AND t.task_id = $3 AND t.map_index >= 0 LIMIT ${most}) c) AS count
     FROM unnest($2::text[]) k(r)`,
    [dagId, runIds, taskId],
  );
  return new Map(rows.map(({ runId, count }) => [runId, count]));
}
