import { summarise, startedAt } from './expect.ts';
import { learnProfile, maySay, type ProfileRules } from './profile.ts';
import { keptMax, seriesKey, type TaskSeries } from './series.ts';

/** A try as a series takes it. */
export interface SeriesTry {
  dagId: string;
  taskId: string;
  bucket: string;
  /** ln(seconds), of `logSecondsOf`. */
  log: number;
  /** In whole s since 1970. */
  endedSeconds: number;
}

/** A series without tries. */
const emptySeries = (dagId: string, taskId: string, bucket: string): TaskSeries => ({
  dagId,
  taskId,
  bucket,
  length: 0,
  ...arrays(8),
  shiftedSeconds: null,
  profile: null,
  profileDay: -1,
  summary: null,
  score: null,
  scoredSeconds: 0,
});

// One allocation for both arrays: at 50 000 series their heads count.
function arrays(capacity: number): Pick<TaskSeries, 'logs' | 'endedSeconds'> {
  const buffer = new ArrayBuffer(capacity * 8);
  return { logs: new Float32Array(buffer, 0, capacity), endedSeconds: new Uint32Array(buffer, capacity * 4, capacity) };
}

/** The series of a try, made at first sight. */
export function seriesFor(series: Map<string, TaskSeries>, { dagId, taskId, bucket }: Omit<SeriesTry, 'log' | 'endedSeconds'>) {
  const key = seriesKey(dagId, taskId, bucket);
  const found = series.get(key);
  if (found !== undefined) return found;
  const made = emptySeries(dagId, taskId, bucket);
  series.set(key, made);
  return made;
}

/**
 * Takes a try in at its place: by its end, then by its length, so that tries in any order give the same series as their rows do
 * after a restart. False when it has no place: before the level shift, or older than all of a full series.
 */
export function insertTry(series: TaskSeries, { log, endedSeconds }: Pick<SeriesTry, 'log' | 'endedSeconds'>): boolean {
  if (series.shiftedSeconds !== null && endedSeconds < series.shiftedSeconds) return false;
  let at = series.length;
  while (at > 0 && isAfter(series, at - 1, log, endedSeconds)) at -= 1;
  if (series.length === keptMax) {
    if (at === 0) return false;
    series.logs.copyWithin(0, 1, at);
    series.endedSeconds.copyWithin(0, 1, at);
    at -= 1;
  } else {
    if (series.length === series.logs.length) grow(series);
    series.logs.copyWithin(at + 1, at, series.length);
    series.endedSeconds.copyWithin(at + 1, at, series.length);
    series.length += 1;
  }
  series.logs[at] = log;
  series.endedSeconds[at] = endedSeconds;
  return true;
}

function isAfter({ logs, endedSeconds }: TaskSeries, index: number, log: number, ended: number): boolean {
  const other = endedSeconds[index] as number;
  return other > ended || (other === ended && (logs[index] as number) > log);
}

function grow(series: TaskSeries): void {
  const { logs, endedSeconds } = series;
  Object.assign(series, arrays(Math.min(keptMax, Math.max(8, 2 * logs.length))));
  series.logs.set(logs);
  series.endedSeconds.set(endedSeconds);
}

/** Drops the tries before this index. The profile stays until there is enough to look for another: it says by how much days differ. */
export function restartAt(series: TaskSeries, index: number): void {
  series.shiftedSeconds = series.endedSeconds[index] ?? null;
  // Tries of the same second stay in, as they do when rows are read by the time of the shift.
  let from = index;
  while (from > 0 && series.endedSeconds[from - 1] === series.shiftedSeconds) from -= 1;
  series.logs.copyWithin(0, from, series.length);
  series.endedSeconds.copyWithin(0, from, series.length);
  series.length -= from;
  series.summary = summarise(series);
}

/** Drops the tries that ended before this time, in s since 1970, and the series that are left with none. */
export function forgetTries(all: Map<string, TaskSeries>, beforeSeconds: number): void {
  for (const [key, series] of all) {
    let from = 0;
    while (from < series.length && (series.endedSeconds[from] as number) < beforeSeconds) from += 1;
    if (from === series.length) all.delete(key);
    if (from === 0) continue;
    series.logs.copyWithin(0, from, series.length);
    series.endedSeconds.copyWithin(0, from, series.length);
    series.length -= from;
    series.summary = summarise(series);
  }
}

/** Whether a series' profile is to be looked for anew by tries that end on this day: daily where tries are frequent, else weekly. */
export function isProfileDue(series: TaskSeries, day: number): boolean {
  if (day <= series.profileDay) return false;
  const spanDays = day - Math.floor((series.endedSeconds[0] as number) / 86_400);
  if (spanDays < 28) return true;
  // Not all series on the same day.
  const offset = (series.taskId.length + series.dagId.length) % 7;
  return Math.floor((day + offset) / 7) > Math.floor((series.profileDay + offset) / 7);
}

const started = new Float64Array(keptMax);

/** Looks for a profile anew, by all tries kept; true when there is one, or was. */
export function learnSeriesProfile(series: TaskSeries, rules: ProfileRules): boolean {
  for (let i = 0; i < series.length; i += 1) started[i] = startedAt(series, i);
  const before = series.profile;
  if (before !== null && !maySay(before.kind, started, series.length, rules)) return false;
  series.profile = learnProfile(started, series.logs, series.length, rules);
  return series.profile !== null || before !== null;
}

/** Keeps the score of the newest judged try; of several in one second the highest. */
export function noteScore(series: TaskSeries, score: number | null, endedSeconds: number): void {
  if (score === null || endedSeconds < series.scoredSeconds) return;
  if (endedSeconds === series.scoredSeconds && series.score !== null && score <= series.score) return;
  series.score = score;
  series.scoredSeconds = endedSeconds;
}
