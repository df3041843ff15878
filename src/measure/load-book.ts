import type { Tx } from '../store/store.ts';
import { summarise } from './expect.ts';
import { nothingLearned, type Learned } from './learned.ts';
import { loadCounts } from './mapped-rows.ts';
import { emptyBook, newestDay, type Book } from './observe.ts';
import type { Profile, ProfileRules } from './profile.ts';
import { runsMax, type RunRecord } from './run-history.ts';
import { insertTry, noteScore, seriesFor } from './series-book.ts';
import { bucketNamed, bucketSql, logSecondsOf, seriesKey, type LevelShift, type TaskSeries } from './series.ts';

/** Series read in one statement: at their fullest about 10 MB of text. */
const seriesPerRead = 2000;

/** The book as the last committed cycle left it. `version` tells when another process changed it. */
export async function loadBook(store: Tx, airflow: string, rules: ProfileRules): Promise<{ book: Book; version: number }> {
  const book = emptyBook(rules);
  const { learned, version } = await loadLearned(store, airflow);
  book.learned = learned;
  await loadShiftTimes(store, airflow, book);
  await loadTries(store, airflow, book);
  await loadProfiles(store, airflow, book);
  for (const series of book.series.values()) {
    series.profileDay = newestDay(series);
    series.summary = summarise(series);
  }
  await loadRuns(store, airflow, book);
  book.mapped = await loadCounts(store, airflow);
  return { book, version };
}

/** What all series say together, as the last cycle that made it anew left it. */
export async function loadLearned(store: Tx, airflow: string): Promise<{ learned: Learned; version: number }> {
  const [row] = await store.query<{
    version: number;
    at: Date;
    series: number;
    scale: number | null;
    df: number | null;
    alphas: Learned['alphas'];
    scoreAlphas: Learned['scoreAlphas'];
    settings: string;
    a: number;
    b: number;
  }>(
    `SELECT version, at, series, prior_scale AS scale, prior_df AS df, alphas, score_alphas AS "scoreAlphas", settings,
       failures_a AS a, failures_b AS b
     FROM learned WHERE airflow = $1`,
    [airflow],
  );
  if (row === undefined) return { learned: nothingLearned, version: 0 };
  const { version, scale, df, a, b, ...rest } = row;
  return { learned: { ...rest, prior: scale === null || df === null ? null : { scale, df }, failures: { a, b } }, version };
}

async function loadShiftTimes(store: Tx, airflow: string, { series }: Book): Promise<void> {
  const rows = await store.query<{ dagId: string; taskId: string; bucket: string; at: number }>(
    `SELECT dag_id AS "dagId", task_id AS "taskId", bucket, extract(epoch FROM max(at))::float8 AS at FROM level_shift
     WHERE airflow = $1 GROUP BY dag_id, task_id, bucket`,
    [airflow],
  );
  for (const { at, ...of } of rows) seriesFor(series, of).shiftedSeconds = at;
}

interface TriesRow {
  dagId: string;
  taskId: string;
  bucket: number;
  ended: number[];
  seconds: number[];
  scores: (number | null)[];
}

async function loadTries(store: Tx, airflow: string, { series }: Book): Promise<void> {
  let after: [string, string, number] = ['', '', -2];
  for (;;) {
    const rows = await store.query<TriesRow>(
      `SELECT dag_id AS "dagId", task_id AS "taskId", bucket, array_agg(ended) AS ended, array_agg(duration_seconds) AS seconds, array_agg(score) AS scores
       FROM (SELECT dag_id, task_id, ${bucketSql} AS bucket, floor(extract(epoch FROM ended_at))::float8 AS ended, duration_seconds, score FROM sample
             WHERE airflow = $1 AND outcome = 'success' AND counted AND duration_seconds IS NOT NULL AND (dag_id, task_id) >= ($2, $3)) s
       WHERE (dag_id, task_id, bucket) > ($2, $3, $4)
       GROUP BY dag_id, task_id, bucket ORDER BY dag_id, task_id, bucket LIMIT ${seriesPerRead}`,
      [airflow, ...after],
    );
    for (const row of rows) fillSeries(seriesFor(series, { ...row, bucket: bucketNamed(row.bucket) }), row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < seriesPerRead) return;
    after = [last.dagId, last.taskId, last.bucket];
  }
}

/** Takes in the tries of a series, in any order; `ended` in whole s since 1970. */
export function fillSeries(series: TaskSeries, { ended, seconds, scores }: Pick<TriesRow, 'ended' | 'seconds' | 'scores'>): void {
  // In order, so that each lands at the end.
  const order = ended.map((_, index) => index).sort((a, b) => (ended[a] ?? 0) - (ended[b] ?? 0));
  for (const index of order) {
    const log = logSecondsOf(seconds[index] ?? null);
    const endedSeconds = ended[index] ?? 0;
    if (log !== null) insertTry(series, { log, endedSeconds });
    noteScore(series, scores[index] ?? null, endedSeconds);
  }
}

async function loadProfiles(store: Tx, airflow: string, { series }: Book): Promise<void> {
  const rows = await store.query<Profile & { dagId: string; taskId: string; bucket: string }>(
    'SELECT dag_id AS "dagId", task_id AS "taskId", bucket, kind, shift_seconds AS "shiftSeconds", offsets, counts FROM duration_profile WHERE airflow = $1',
    [airflow],
  );
  for (const { dagId, taskId, bucket, ...profile } of rows) {
    const of = series.get(seriesKey(dagId, taskId, bucket));
    if (of !== undefined) of.profile = profile;
  }
}

async function loadRuns(store: Tx, airflow: string, { runs }: Book): Promise<void> {
  const rows = await store.query<RunRecord & { dagId: string }>(
    `SELECT dag_id AS "dagId", run_pk AS "runPk", run_id AS "runId", run_type AS "runType", ${ms('due_at')} AS "dueMs", ${ms('started_at')} AS "startMs",
       ${ms('ended_at')} AS "endMs", state, by_person AS "byPerson" FROM run_sample WHERE airflow = $1 ORDER BY dag_id, ended_at NULLS FIRST, run_pk`,
    [airflow],
  );
  for (const { dagId, ...run } of rows) {
    const of = runs.get(dagId) ?? [];
    runs.set(dagId, of);
    of.push(run);
    if (of.length > runsMax) of.shift();
  }
}

const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** The newest confirmed level shift of each series (of one task, if it is named), for what people look at. */
export async function loadNewestShifts(
  store: Tx,
  airflow: string,
  of?: { dagId: string; taskId: string },
): Promise<Map<string, LevelShift>> {
  const rows = await store.query<LevelShift>(
    `SELECT DISTINCT ON (dag_id, task_id, bucket) dag_id AS "dagId", task_id AS "taskId", bucket, at, confirmed_at AS "confirmedAt", from_seconds AS "fromSeconds",
       to_seconds AS "toSeconds", before_count AS before, since_count AS since, p FROM level_shift WHERE airflow = $1${of === undefined ? '' : ' AND dag_id = $2 AND task_id = $3'} ORDER BY dag_id, task_id, bucket, at DESC`,
    of === undefined ? [airflow] : [airflow, of.dagId, of.taskId],
  );
  return new Map(rows.map((row) => [seriesKey(row.dagId, row.taskId, row.bucket), row]));
}
