import type { AirflowRead } from './connect.ts';
import type { RunKey } from './read-runs.ts';

/** How many instances of a task of one run are in a state. */
export interface TaskStateRow {
  taskId: string;
  /** Null: not yet scheduled. */
  state: string | null;
  /** 1 but for mapped tasks; at most `instancesMax` in all states together. */
  count: number;
  /** When the first of them started, and the last of them ended. */
  startedAt: Date | null;
  endedAt: Date | null;
}

/** Instances of one mapped task that are looked at: Airflow's own limit by default (facts §2.7). */
export const instancesMax = 1024;

/** In which states these tasks of a run are: each a look-up by the unique key (dag, task, run, map index). */
export function readTaskStates(read: AirflowRead, run: RunKey, taskIds: readonly string[]): Promise<TaskStateRow[]> {
  return read.query<TaskStateRow>(
    `SELECT k.t AS "taskId", ti.state, count(*) AS count, min(ti.start_date) AS "startedAt", max(ti.end_date) AS "endedAt"
     FROM unnest($3::text[]) k(t) CROSS JOIN LATERAL
     (SELECT state, start_date, end_date FROM task_instance WHERE dag_id = $1 AND run_id = $2 AND task_id = k.t LIMIT ${instancesMax}) ti
     GROUP BY k.t, ti.state`,
    [run.dagId, run.runId, taskIds],
  );
}
