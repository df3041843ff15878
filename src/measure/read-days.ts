import type { Tx } from '../store/store.ts';
import { daysKept, type TryTotals } from './day-totals.ts';
import { unpackDuration, weightedMedian, weightedQuantile } from './duration-sample.ts';

/** Days of the calendar, both included: `2026-11-23` to `2026-11-29`. */
export interface DaySpan {
  first: string;
  last: string;
}

export type TaskTotals = TryTotals & { dagId: string; taskId: string };

const sums =
  'coalesce(sum(success), 0)::float8 AS success, coalesce(sum(failure), 0)::float8 AS failure, coalesce(sum(retry), 0)::float8 AS retry,' +
  ' coalesce(sum(healed), 0)::float8 AS healed, coalesce(sum(seconds), 0) AS seconds, coalesce(sum(failed_seconds), 0) AS "failedSeconds"';

/** Since when tries are counted by day, as far as that is kept; null: not yet. */
export async function readDaysSince(tx: Tx, airflow: string, now: Date): Promise<Date | null> {
  const [row] = await tx.query<{ since: Date }>('SELECT since FROM task_day_since WHERE airflow = $1', [airflow]);
  if (row === undefined) return null;
  return new Date(Math.max(row.since.getTime(), now.getTime() - daysKept * 86_400_000));
}

/** All tries that ended on these days. */
export async function readTotals(tx: Tx, airflow: string, { first, last }: DaySpan): Promise<TryTotals> {
  const [row] = await tx.query<TryTotals>(
    `SELECT ${sums} FROM task_day WHERE airflow = $1 AND day BETWEEN $2::date AND $3::date`,
    [airflow, first, last],
  );
  return row as TryTotals;
}

/** The tasks whose failed tries took most, or those that healed most often, and how many there are in all. */
export async function rankTasks(
  tx: Tx,
  airflow: string,
  { first, last }: DaySpan,
  { by, limit }: { by: 'failedSeconds' | 'healed'; limit: number },
): Promise<{ tasks: TaskTotals[]; count: number }> {
  const column = by === 'failedSeconds' ? 'failed_seconds' : 'healed';
  const rows = await tx.query<TaskTotals & { count: number }>(
    `SELECT dag_id AS "dagId", task_id AS "taskId", ${sums}, count(*) OVER ()::int AS count FROM task_day
     WHERE airflow = $1 AND day BETWEEN $2::date AND $3::date GROUP BY dag_id, task_id HAVING sum(${column}) > 0
     ORDER BY sum(${column}) DESC, sum(failed_seconds) DESC, dag_id, task_id LIMIT $4`,
    [airflow, first, last, limit],
  );
  return { tasks: rows.map(({ count: _count, ...task }) => task), count: rows[0]?.count ?? 0 };
}

/** A task whose successes took longer. */
export interface SlowerTask {
  dagId: string;
  taskId: string;
  /** Median seconds, and of how many tries; those of the days before, and of what is kept of the time before these days. */
  now: { seconds: number; n: number };
  before: { seconds: number; n: number };
  baseline: { seconds: number; n: number } | null;
  /** Seconds that this cost in these days. */
  lostSeconds: number;
}

/** Fewer tries on a side say nothing of a median. */
const medianTriesMin = 5;
/** Less than this is no news. */
const riseMin = 1.2;
const riseSecondsMin = 1;
const candidatesMax = 300;

/**
 * Tasks whose median rose by a fifth and a second at least against the days before, above three quarters of what those saw, and that are above
 * their baseline, too; what costs most first. Candidates are found by mean logarithms, 300 at most: cheap, and a rise of the median shows there.
 */
export async function readSlower(tx: Tx, airflow: string, now: DaySpan & { from: Date }, before: DaySpan): Promise<SlowerTask[]> {
  const candidates = await tx.query<{ dagId: string; taskId: string }>(
    `WITH s AS (
       SELECT dag_id, task_id, sum(log_seconds) FILTER (WHERE day >= $2::date) AS a, sum(timed) FILTER (WHERE day >= $2::date) AS n,
         sum(log_seconds) FILTER (WHERE day <= $5::date) AS b, sum(timed) FILTER (WHERE day <= $5::date) AS m
       FROM task_day WHERE airflow = $1 AND (day BETWEEN $2::date AND $3::date OR day BETWEEN $4::date AND $5::date) GROUP BY dag_id, task_id)
     SELECT dag_id AS "dagId", task_id AS "taskId" FROM s WHERE n >= ${medianTriesMin} AND m >= ${medianTriesMin} AND a / n - b / m > ln(1.08)
     ORDER BY n * (exp(a / n) - exp(b / m)) DESC, dag_id, task_id LIMIT ${candidatesMax}`,
    [airflow, now.first, now.last, before.first, before.last],
  );
  if (candidates.length === 0) return [];
  const rows = await readSamplesOfDays(tx, airflow, { first: before.first, last: now.last }, candidates);
  const baselines = await readBaselines(tx, airflow, candidates, now.from);
  const byTask = Map.groupBy(rows, ({ dagId, taskId }) => `${dagId}\u0000${taskId}`);
  return candidates
    .flatMap(({ dagId, taskId }): SlowerTask[] => {
      const key = `${dagId}\u0000${taskId}`;
      const days = byTask.get(key) ?? [];
      const [late, early] = [days.filter(({ day }) => day >= now.first), days.filter(({ day }) => day <= before.last)];
      const [seconds, secondsBefore, upper] = [weightedMedian(late), weightedMedian(early), weightedQuantile(early, 0.75)];
      if (seconds === null || secondsBefore === null || upper === null) return [];
      const baseline = baselines.get(key) ?? null;
      const floor = Math.max(secondsBefore, baseline?.seconds ?? 0);
      if (seconds < upper || seconds < floor * riseMin || seconds - floor < riseSecondsMin) return [];
      const n = countOf(late);
      const lostSeconds = n * (seconds - secondsBefore);
      return [
        { dagId, taskId, now: { seconds, n }, before: { seconds: secondsBefore, n: countOf(early) }, baseline, lostSeconds },
      ];
    })
    .sort((a, b) => b.lostSeconds - a.lostSeconds);
}

interface DaySample {
  dagId: string;
  taskId: string;
  day: string;
  count: number;
  values: number[];
}

const countOf = (days: readonly DaySample[]): number => days.reduce((sum, { count }) => sum + count, 0);

async function readSamplesOfDays(
  tx: Tx,
  airflow: string,
  { first, last }: DaySpan,
  tasks: readonly { dagId: string; taskId: string }[],
): Promise<DaySample[]> {
  const rows = await tx.query<Omit<DaySample, 'values'> & { packed: string }>(
    `SELECT dag_id AS "dagId", task_id AS "taskId", day::text AS day, timed AS count, array_to_string(durations, ' ') AS packed
     FROM task_day JOIN unnest($4::text[], $5::text[]) k(d, t) ON dag_id = k.d AND task_id = k.t
     WHERE airflow = $1 AND day BETWEEN $2::date AND $3::date AND timed > 0`,
    [airflow, first, last, tasks.map(({ dagId }) => dagId), tasks.map(({ taskId }) => taskId)],
  );
  return rows.map(({ packed, ...row }) => ({
    ...row,
    values: packed.split(' ').map((each) => unpackDuration(BigInt(each))),
  }));
}

/** The medians of the samples that the tasks' baselines rest on, of tries that ended before `before`. */
async function readBaselines(
  tx: Tx,
  airflow: string,
  tasks: readonly { dagId: string; taskId: string }[],
  before: Date,
): Promise<Map<string, { seconds: number; n: number }>> {
  const rows = await tx.query<{ dagId: string; taskId: string; seconds: number; n: number }>(
    `SELECT k.d AS "dagId", k.t AS "taskId", b.seconds, b.n FROM unnest($2::text[], $3::text[]) k(d, t) CROSS JOIN LATERAL (
       SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_seconds) AS seconds, count(*)::int AS n FROM sample
       WHERE airflow = $1 AND dag_id = k.d AND task_id = k.t AND outcome = 'success' AND counted AND duration_seconds IS NOT NULL AND ended_at < $4) b
     WHERE b.n >= ${medianTriesMin}`,
    [airflow, tasks.map(({ dagId }) => dagId), tasks.map(({ taskId }) => taskId), before],
  );
  return new Map(rows.map(({ dagId, taskId, seconds, n }) => [`${dagId}\u0000${taskId}`, { seconds, n }]));
}

/** A level shift that was shown in some time. */
export interface ShiftSeen {
  dagId: string;
  taskId: string;
  /** Map indexes; empty where it is not mapped. */
  mapped: string;
  at: Date;
  fromSeconds: number;
  toSeconds: number;
}

/** The shifts to slower that showed in [from, to), the greatest by ratio first, and how many there are. */
export async function readShifts(
  tx: Tx,
  airflow: string,
  { from, to }: { from: Date; to: Date },
  limit: number,
): Promise<{ shifts: ShiftSeen[]; count: number }> {
  const rows = await tx.query<ShiftSeen & { count: number }>(
    `SELECT dag_id AS "dagId", task_id AS "taskId", bucket AS mapped, at, from_seconds AS "fromSeconds", to_seconds AS "toSeconds", count(*) OVER ()::int AS count
     FROM level_shift WHERE airflow = $1 AND confirmed_at >= $2 AND confirmed_at < $3 AND to_seconds > from_seconds
     ORDER BY to_seconds / greatest(from_seconds, 0.001) DESC, dag_id, task_id, bucket, at LIMIT $4`,
    [airflow, from, to, limit],
  );
  return { shifts: rows.map(({ count: _count, ...shift }) => shift), count: rows[0]?.count ?? 0 };
}
