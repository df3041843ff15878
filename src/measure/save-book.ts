import type { Tx } from '../store/store.ts';
import type { Learned } from './learned.ts';
import { saveCounts } from './mapped-rows.ts';
import type { BookChanges } from './observe.ts';
import { runsMax } from './run-history.ts';
import { saveSamples } from './samples.ts';
import type { LevelShift, TaskSeries } from './series.ts';

/** Of how many samples each belonged to a try that was there already: then the book must be loaded anew. */
export interface SavedBook {
  known: number;
}

/** Writes what changed in the book. Part of the cycle's one transaction. */
export async function saveBook(tx: Tx, airflow: string, changes: BookChanges): Promise<SavedBook> {
  const added = await saveSamples(tx, airflow, changes.samples);
  await saveRuns(tx, airflow, changes.runs);
  await saveCounts(tx, airflow, changes.mapped);
  await saveShifts(tx, airflow, changes.shifts);
  await saveProfiles(tx, airflow, [...changes.profiles]);
  return { known: changes.samples.length - added };
}

const date = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

/** Writes runs that ended; one that ended again takes its old place, unless they come from history: what was seen live knows more. */
export async function saveRuns(tx: Tx, airflow: string, runs: BookChanges['runs'], fromHistory = false): Promise<void> {
  // A run may end twice in one look: a statement may touch its row but once.
  const last = [...new Map(runs.map((each) => [`${each.run.runPk} ${each.dagId}`, each])).values()];
  if (last.length === 0) return;
  await tx.query(
    `INSERT INTO run_sample (airflow, dag_id, run_pk, run_id, run_type, due_at, started_at, ended_at, state, by_person)
     SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::text[], $10::boolean[])
     ON CONFLICT (airflow, dag_id, run_pk) DO ${fromHistory ? 'NOTHING' : 'UPDATE SET due_at = excluded.due_at, started_at = excluded.started_at, ended_at = excluded.ended_at, state = excluded.state, by_person = excluded.by_person'}`,
    [
      airflow,
      last.map(({ dagId }) => dagId),
      last.map(({ run }) => run.runPk),
      last.map(({ run }) => run.runId),
      last.map(({ run }) => run.runType),
      last.map(({ run }) => date(run.dueMs)),
      last.map(({ run }) => date(run.startMs)),
      last.map(({ run }) => date(run.endMs)),
      last.map(({ run }) => run.state),
      last.map(({ run }) => run.byPerson),
    ],
  );
}

async function saveShifts(tx: Tx, airflow: string, shifts: readonly LevelShift[]): Promise<void> {
  if (shifts.length === 0) return;
  await tx.query(
    `INSERT INTO level_shift (airflow, dag_id, task_id, bucket, at, confirmed_at, from_seconds, to_seconds, before_count, since_count, p)
     SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::float8[], $8::float8[], $9::int[], $10::int[], $11::float8[])
     ON CONFLICT DO NOTHING`,
    [
      airflow,
      shifts.map(({ dagId }) => dagId),
      shifts.map(({ taskId }) => taskId),
      shifts.map(({ bucket }) => bucket),
      shifts.map(({ at }) => at),
      shifts.map(({ confirmedAt }) => confirmedAt),
      shifts.map(({ fromSeconds }) => fromSeconds),
      shifts.map(({ toSeconds }) => toSeconds),
      shifts.map(({ before }) => before),
      shifts.map(({ since }) => since),
      shifts.map(({ p }) => p),
    ],
  );
}

async function saveProfiles(tx: Tx, airflow: string, changed: readonly TaskSeries[]): Promise<void> {
  if (changed.length === 0) return;
  await tx.query(
    `DELETE FROM duration_profile p USING unnest($2::text[], $3::text[], $4::text[]) x(d, t, b)
     WHERE p.airflow = $1 AND p.dag_id = x.d AND p.task_id = x.t AND p.bucket = x.b`,
    [airflow, changed.map(({ dagId }) => dagId), changed.map(({ taskId }) => taskId), changed.map(({ bucket }) => bucket)],
  );
  // unnest flattens arrays of arrays, so these travel as text.
  const there = changed.flatMap((series) => (series.profile === null ? [] : [{ ...series, profile: series.profile }]));
  await tx.query(
    `INSERT INTO duration_profile (airflow, dag_id, task_id, bucket, kind, shift_seconds, offsets, counts)
     SELECT $1, d, t, b, k, s, string_to_array(o, ' ')::float8[], string_to_array(c, ' ')::int[]
     FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::text[], $8::text[]) x(d, t, b, k, s, o, c)`,
    [
      airflow,
      there.map(({ dagId }) => dagId),
      there.map(({ taskId }) => taskId),
      there.map(({ bucket }) => bucket),
      there.map(({ profile }) => profile.kind),
      there.map(({ profile }) => profile.shiftSeconds),
      there.map(({ profile }) => profile.offsets.join(' ')),
      there.map(({ profile }) => profile.counts.join(' ')),
    ],
  );
}

/** Writes what all series say together. */
export async function saveLearned(tx: Tx, airflow: string, learned: Learned): Promise<void> {
  const { at, series, prior, failures, alphas, scoreAlphas, settings } = learned;
  await tx.query(
    `INSERT INTO learned (airflow, at, series, prior_scale, prior_df, alphas, score_alphas, settings, failures_a, failures_b)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (airflow) DO UPDATE SET at = excluded.at, series = excluded.series, prior_scale = excluded.prior_scale, prior_df = excluded.prior_df,
       alphas = excluded.alphas, score_alphas = excluded.score_alphas, settings = excluded.settings,
       failures_a = excluded.failures_a, failures_b = excluded.failures_b`,
    [
      airflow,
      at,
      series,
      prior?.scale ?? null,
      prior?.df ?? null,
      JSON.stringify(alphas),
      JSON.stringify(scoreAlphas),
      settings,
      failures.a,
      failures.b,
    ],
  );
}

/** The version of what is learned: another than the one loaded means that another process changed it. */
export async function readBookVersion(tx: Tx, airflow: string): Promise<number> {
  const [row] = await tx.query<{ version: number }>('SELECT version FROM learned WHERE airflow = $1', [airflow]);
  return row?.version ?? 0;
}

/** Tells a Windsock that leads to load anew what is learned. */
export async function bumpBookVersion(tx: Tx, airflow: string): Promise<void> {
  await tx.query(
    `INSERT INTO learned (airflow, version, at, series, alphas, score_alphas, settings) VALUES ($1, 1, 'epoch', 0, '{}', '{}', '')
     ON CONFLICT (airflow) DO UPDATE SET version = learned.version + 1`,
    [airflow],
  );
}

/** Forgets level shifts and profiles of these series: their samples stay. */
export async function forgetLearned(tx: Tx, airflow: string, which: readonly TaskSeries[]): Promise<void> {
  const names = [which.map(({ dagId }) => dagId), which.map(({ taskId }) => taskId), which.map(({ bucket }) => bucket)];
  for (const table of ['level_shift', 'duration_profile'])
    await tx.query(
      `DELETE FROM ${table} f USING unnest($2::text[], $3::text[], $4::text[]) x(d, t, b)
       WHERE f.airflow = $1 AND f.dag_id = x.d AND f.task_id = x.t AND f.bucket = x.b`,
      [airflow, ...names],
    );
}

/** The retention job: runs and level shifts beyond the newest go, and runs older than `before`. */
export async function trimBook(tx: Tx, airflow: string, before: Date): Promise<void> {
  await tx.query('DELETE FROM run_sample WHERE airflow = $1 AND ended_at < $2', [airflow, before]);
  await tx.query(
    `DELETE FROM run_sample s USING (
       SELECT dag_id, run_pk, row_number() OVER (PARTITION BY dag_id ORDER BY ended_at DESC NULLS LAST, run_pk DESC) AS n FROM run_sample WHERE airflow = $1) o
     WHERE o.n > ${runsMax} AND s.airflow = $1 AND s.dag_id = o.dag_id AND s.run_pk = o.run_pk`,
    [airflow],
  );
  await tx.query(
    `DELETE FROM level_shift s USING (
       SELECT dag_id, task_id, bucket, at, row_number() OVER (PARTITION BY dag_id, task_id, bucket ORDER BY at DESC) AS n FROM level_shift WHERE airflow = $1) o
     WHERE o.n > 20 AND s.airflow = $1 AND s.dag_id = o.dag_id AND s.task_id = o.task_id AND s.bucket = o.bucket AND s.at = o.at`,
    [airflow],
  );
}
