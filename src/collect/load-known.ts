import type { Tx } from '../store/store.ts';
import { loadKnownDags } from './known-dags.ts';
import { taskKey, type Known, type KnownRun, type KnownTask, type Watermarks } from './known.ts';

interface RunRecord {
  runPk: number;
  dagId: string;
  runId: string;
  runType: string;
  state: string;
  logicalDate: Date | null;
  dueAt: Date | null;
  queuedAt: Date | null;
  startDate: Date | null;
  endDate: Date | null;
  clearNumber: number;
  clearNumberBefore: number;
  settled: boolean;
  baselineMs: number | null;
  started: boolean;
  endCounted: string | null;
}

/** Everything known of a deployment, as the last committed cycle left it. */
export async function loadKnown(store: Tx, airflow: string): Promise<Known> {
  const [watermarks] = await store.query<Watermarks>(
    'SELECT run_id AS "runId", log_id AS "logId", at FROM watermark WHERE airflow = $1',
    [airflow],
  );
  const records = await store.query<RunRecord>(
    `SELECT run_pk AS "runPk", dag_id AS "dagId", run_id AS "runId", run_type AS "runType", state, logical_date AS "logicalDate", due_at AS "dueAt", queued_at AS "queuedAt",
       start_date AS "startDate", end_date AS "endDate", clear_number AS "clearNumber", clear_number_before AS "clearNumberBefore", settled, baseline_ms AS "baselineMs", started, end_counted AS "endCounted"
     FROM known_run WHERE airflow = $1`,
    [airflow],
  );
  const runs = new Map<number, KnownRun>();
  for (const { runPk, clearNumberBefore, settled, baselineMs, started, endCounted, ...row } of records) {
    runs.set(runPk, {
      row: { id: runPk, ...row, updatedAt: null },
      clearNumberBefore,
      settled,
      page: null,
      baselineMs,
      started,
      endCounted,
      tasks: new Map(),
    });
  }
  const tasks = await store.query<KnownTask & { runPk: number }>(
    `SELECT run_pk AS "runPk", task_id AS "taskId", map_index AS "mapIndex", state, try_number AS "tryNumber", end_ms AS "endMs", updated_ms AS "updatedMs", counted FROM known_task WHERE airflow = $1`,
    [airflow],
  );
  for (const { runPk, ...task } of tasks) runs.get(runPk)?.tasks.set(taskKey(task.taskId, task.mapIndex), task);
  return { watermarks: watermarks ?? null, runs, dags: await loadKnownDags(store, airflow) };
}
