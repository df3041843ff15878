import { AppError } from '../lib/errors.ts';
import type { Tx } from '../store/store.ts';
import { summarise } from './expect.ts';
import { fillSeries, loadLearned, loadNewestShifts } from './load-book.ts';
import { loadCounts } from './mapped-rows.ts';
import { baselineOf, type Baseline } from './baselines.ts';
import type { Profile, ProfileRules } from './profile.ts';
import { seriesFor } from './series-book.ts';
import { bucketOf, bucketSql, seriesKey, type TaskSeries } from './series.ts';

/** A try that ended, as a chart shows it. */
export interface TaskTry {
  endedAt: Date;
  runPk: number;
  tryNumber: number;
  mapIndex: number;
  outcome: 'success' | 'failure' | 'retry';
  seconds: number | null;
  queueWaitSeconds: number | null;
  /** Belongs to the series that the baseline rests on. */
  counted: boolean;
  /** How unusually long it was, 0 to 1; null: it was not judged. */
  score: number | null;
}

/** One task, or one bucket of its mapped instances. */
export interface TaskLearned {
  /** Map indexes; empty where it is not mapped. */
  mapped: string;
  /** Null while too little is known. */
  baseline: Baseline | null;
  /** Oldest first. */
  tries: TaskTry[];
}

/**
 * What is learned of one task, by bucket of map indexes, with the tries that are kept, at most `triesMax` of each bucket: the
 * same as `loadBook` makes of all tasks. Throws NOT_FOUND for a task of which no try is kept.
 */
export async function readTask(
  store: Tx,
  airflow: string,
  { dagId, taskId }: { dagId: string; taskId: string },
  { triesMax, rules }: { triesMax: number; rules: ProfileRules },
  now: Date,
): Promise<TaskLearned[]> {
  const rows = await store.query<TaskTry>(
    `SELECT ended_at AS "endedAt", run_pk AS "runPk", try_number AS "tryNumber", map_index AS "mapIndex", outcome, duration_seconds AS seconds,
       queue_wait_seconds AS "queueWaitSeconds", counted, score FROM sample WHERE airflow = $1 AND dag_id = $2 AND task_id = $3 ORDER BY ${bucketSql}, ended_at, run_pk, map_index`,
    [airflow, dagId, taskId],
  );
  if (rows.length === 0)
    throw new AppError('NOT_FOUND', `nothing is known of a task ${taskId} of ${dagId}: no try of it is kept`);
  const { learned } = await loadLearned(store, airflow);
  const shifts = await loadNewestShifts(store, airflow, { dagId, taskId });
  const mapped = await loadCounts(store, airflow, { dagId, taskId });
  const profiles = await store.query<Profile & { bucket: string }>(
    'SELECT bucket, kind, shift_seconds AS "shiftSeconds", offsets, counts FROM duration_profile WHERE airflow = $1 AND dag_id = $2 AND task_id = $3',
    [airflow, dagId, taskId],
  );
  const byBucket = new Map<string, TaskTry[]>();
  for (const row of rows) {
    const bucket = bucketOf(row.mapIndex);
    const of = byBucket.get(bucket);
    if (of === undefined) byBucket.set(bucket, [row]);
    else of.push(row);
  }
  const all = new Map<string, TaskSeries>();
  return [...byBucket].map(([bucket, tries]) => {
    const series = seriesFor(all, { dagId, taskId, bucket });
    const shift = shifts.get(seriesKey(dagId, taskId, bucket));
    series.shiftedSeconds = shift === undefined ? null : shift.at.getTime() / 1000;
    const counted = tries.filter((each) => each.outcome === 'success' && each.counted && each.seconds !== null);
    fillSeries(series, {
      ended: counted.map(({ endedAt }) => Math.floor(endedAt.getTime() / 1000)),
      seconds: counted.map(({ seconds }) => seconds ?? 0),
      scores: counted.map(({ score }) => score),
    });
    const { bucket: _bucket, ...profile } = profiles.find((each) => each.bucket === bucket) ?? { kind: null };
    series.profile = profile.kind === null ? null : profile;
    series.summary = summarise(series);
    return {
      mapped: bucket,
      baseline: baselineOf(series, { learned, shifts, mapped, rules }, now),
      tries: tries.slice(-triesMax),
    };
  });
}
