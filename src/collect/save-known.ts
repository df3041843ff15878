import type { Tx } from '../store/store.ts';
import type { KnownChanges } from './collect.ts';
import { saveKnownDags } from './known-dags.ts';
import type { KnownRun, Watermarks } from './known.ts';

const rowsPerStatement = 5000;

/** Writes what a cycle learned of runs and task instances. Part of the cycle's one transaction. */
export async function saveKnown(tx: Tx, airflow: string, changes: KnownChanges, watermarks: Watermarks): Promise<void> {
  if (changes.gone.length > 0) {
    await tx.query('DELETE FROM known_run WHERE airflow = $1 AND run_pk = ANY($2::bigint[])', [airflow, changes.gone]);
  }
  await saveRuns(tx, airflow, [...changes.runs]);
  if (changes.reduced.length > 0) {
    await tx.query('DELETE FROM known_task WHERE airflow = $1 AND run_pk = ANY($2::bigint[])', [
      airflow,
      changes.reduced.map(({ row }) => row.id),
    ]);
  }
  await saveTasks(tx, airflow, changes);
  await saveKnownDags(tx, airflow, changes.dags);
  await tx.query(
    `INSERT INTO watermark (airflow, run_id, log_id, at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (airflow) DO UPDATE SET run_id = excluded.run_id, log_id = excluded.log_id, at = excluded.at`,
    [airflow, watermarks.runId, watermarks.logId, watermarks.at],
  );
}

async function saveRuns(tx: Tx, airflow: string, runs: readonly KnownRun[]): Promise<void> {
  for (let from = 0; from < runs.length; from += rowsPerStatement) {
    const part = runs.slice(from, from + rowsPerStatement);
    const rows = part.map(({ row }) => row);
    await tx.query(
      `INSERT INTO known_run (airflow, run_pk, dag_id, run_id, run_type, state, logical_date, due_at, queued_at, start_date, end_date, clear_number, clear_number_before, settled, baseline_ms, started, end_counted)
       SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[],
         $11::timestamptz[], $12::int[], $13::int[], $14::bool[], $15::bigint[], $16::bool[], $17::text[])
       ON CONFLICT (airflow, run_pk) DO UPDATE SET run_type = excluded.run_type, state = excluded.state, logical_date = excluded.logical_date, due_at = excluded.due_at,
         queued_at = excluded.queued_at, start_date = excluded.start_date, end_date = excluded.end_date, clear_number = excluded.clear_number,
         clear_number_before = excluded.clear_number_before, settled = excluded.settled,
         baseline_ms = excluded.baseline_ms, started = excluded.started, end_counted = excluded.end_counted`,
      [
        airflow,
        rows.map(({ id }) => id),
        rows.map(({ dagId }) => dagId),
        rows.map(({ runId }) => runId),
        rows.map(({ runType }) => runType),
        rows.map(({ state }) => state),
        rows.map(({ logicalDate }) => logicalDate),
        rows.map(({ dueAt }) => dueAt),
        rows.map(({ queuedAt }) => queuedAt),
        rows.map(({ startDate }) => startDate),
        rows.map(({ endDate }) => endDate),
        rows.map(({ clearNumber }) => clearNumber),
        part.map(({ clearNumberBefore }) => clearNumberBefore),
        part.map(({ settled }) => settled),
        part.map(({ baselineMs }) => baselineMs),
        part.map(({ started }) => started),
        part.map(({ endCounted }) => endCounted),
      ],
    );
  }
}

async function saveTasks(tx: Tx, airflow: string, { tasks }: KnownChanges): Promise<void> {
  const all = [...tasks].flatMap(([run, changed]) => changed.map((task) => ({ runPk: run.row.id, task })));
  // A task judged twice in one cycle keeps its last judgement: an upsert may not touch a row twice.
  const latest = [
    ...new Map(all.map((entry) => [`${entry.runPk}\u0000${entry.task.mapIndex}\u0000${entry.task.taskId}`, entry])).values(),
  ];
  for (let from = 0; from < latest.length; from += rowsPerStatement) {
    const part = latest.slice(from, from + rowsPerStatement);
    await tx.query(
      `INSERT INTO known_task (airflow, run_pk, task_id, map_index, state, try_number, end_ms, updated_ms, counted)
       SELECT $1, r, t, m, s, n, e, u, coalesce(string_to_array(nullif(c, ''), ' '), '{}')
       FROM unnest($2::bigint[], $3::text[], $4::int[], $5::text[], $6::int[], $7::float8[], $8::float8[], $9::text[]) x(r, t, m, s, n, e, u, c)
       ON CONFLICT (airflow, run_pk, task_id, map_index) DO UPDATE SET state = excluded.state, try_number = excluded.try_number, end_ms = excluded.end_ms, updated_ms = excluded.updated_ms, counted = excluded.counted`,
      [
        airflow,
        part.map(({ runPk }) => runPk),
        part.map(({ task }) => task.taskId),
        part.map(({ task }) => task.mapIndex),
        part.map(({ task }) => task.state),
        part.map(({ task }) => task.tryNumber),
        part.map(({ task }) => task.endMs),
        part.map(({ task }) => task.updatedMs),
        part.map(({ task }) => task.counted.join(' ')),
      ],
    );
  }
}
