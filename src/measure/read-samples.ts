import type { Tx } from '../store/store.ts';

/** An ended attempt as it is kept for baselines. */
export interface SampleRow {
  dagId: string;
  taskId: string;
  runPk: number;
  mapIndex: number;
  tryNumber: number;
  outcome: 'success' | 'failure' | 'retry';
  endedAt: Date;
  durationSeconds: number | null;
  queueWaitSeconds: number | null;
}

/** The samples of these tasks, at most `perTask` of the newest runs of each: an index look-up a task. */
export function readSamples(
  store: Tx,
  airflow: string,
  tasks: readonly { dagId: string; taskId: string }[],
  perTask: number,
): Promise<SampleRow[]> {
  return store.query<SampleRow>(
    `SELECT k.d AS "dagId", k.t AS "taskId", s.run_pk AS "runPk", s.map_index AS "mapIndex", s.try_number AS "tryNumber", s.outcome,
       s.ended_at AS "endedAt", s.duration_seconds AS "durationSeconds", s.queue_wait_seconds AS "queueWaitSeconds"
     FROM unnest($2::text[], $3::text[]) k(d, t) CROSS JOIN LATERAL (
       SELECT * FROM sample WHERE airflow = $1 AND dag_id = k.d AND task_id = k.t ORDER BY run_pk DESC LIMIT $4) s`,
    [airflow, tasks.map(({ dagId }) => dagId), tasks.map(({ taskId }) => taskId), perTask],
  );
}
