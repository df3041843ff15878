import type { Attempt } from '../collect/transition.ts';
import type { Profile } from './profile.ts';

/**
 * Tries kept of a series, the newest, which location, scale and profile rest on: four months of daily runs, five days of hourly
 * ones. Twice as many as facts §2 (detecting) ask for: at the same alpha it finds a tenth more of what an oracle finds.
 */
export const keptMax = 120;
/** Tries below which nothing at all is expected. */
export const expectationMin = 3;

/** Tries below which no prediction interval is used, unless the settings say otherwise: it would be too wide to be of use. */
export const bandTriesMin = 7;
/** With fewer only what takes so many times the longest of them, and so long by itself, is unusual. */
export const scarceRatio = 3;
export const scarceSecondsMin = 300;

/** What one series' newest tries say, apart from all other tasks. */
export interface Summary {
  /** Tries behind it. */
  n: number;
  /** Of ln(seconds), what the profile explains taken out. */
  location: number;
  scale: number;
  df: number;
  medianSeconds: number;
  maxSeconds: number;
}

/**
 * Own running times of the successful tries of one task (of one bucket of map indexes, where it is mapped) since its last
 * confirmed level shift, oldest first. What a person marked is no sample; what was run again or made up for (backfill, catch-up)
 * is one only while there is little else. State: 8 bytes a try, with everything at most 1.7 kB a series (measured by
 * `npm run bench -- judge-cycle`).
 */
export interface TaskSeries {
  dagId: string;
  taskId: string;
  /** Empty for what is not mapped. */
  bucket: string;
  /** Tries kept, at most `keptMax`; what the arrays hold beyond means nothing. */
  length: number;
  /** ln(seconds). */
  logs: Float32Array;
  /** When each of them ended, in s since 1970. */
  endedSeconds: Uint32Array;
  /** When the last confirmed level shift began, in s since 1970; null: none yet. */
  shiftedSeconds: number | null;
  profile: Profile | null;
  /** The UTC day (days since 1970) of the newest try when the profile was last thought of; -1: never. */
  profileDay: number;
  /** Null below `expectationMin` tries. */
  summary: Summary | null;
  /** How unusually long the newest judged try was, 0 to 1 (`scoreOf`); null: none was judged. */
  score: number | null;
  /** When that try ended, in s since 1970. */
  scoredSeconds: number;
}

/** What the next try of a series is expected to take. Own scale moderated by that of all tasks (limma's moderated t). */
export interface Expectation {
  /** Tries behind it. */
  n: number;
  /** Location of ln(seconds), weekday and hour taken in where a profile is justified. */
  location: number;
  /** Scale of ln(seconds), floored. */
  scale: number;
  /** Degrees of freedom of the t distribution: above n - 1 when the scale is pooled. */
  df: number;
  /** Of all these tries, whatever the profile says. */
  medianSeconds: number;
  maxSeconds: number;
  /** What the profile that is in the location goes by; null without one. */
  profile: Profile['kind'] | null;
  /** Where the other hours or days of the profile lie: above alone (1), below alone (-1); 0 to both sides, or without one. */
  others: -1 | 0 | 1;
  /** Of alpha, by how often it runs (`shareAt`). */
  share: number;
}

/** A try that succeeded, held against what was expected of it before it was known. */
export interface Trial {
  attempt: Attempt;
  seconds: number;
  bucket: string;
  /** What it was held against, and belongs to; null: it is the first of its series. */
  series: TaskSeries | null;
  /** False for what says nothing of the present: backfill and catch-up runs, and what a person ran again. */
  ordinary: boolean;
  /** Null: too little is known of the task. */
  expectation: Expectation | null;
  /** Probability of a value this high, or this low, by the t distribution; null without expectation. */
  pHigh: number | null;
  pLow: number | null;
}

/** Durations of a task have a new normal: its series begins anew at `at`. */
export interface LevelShift {
  dagId: string;
  taskId: string;
  bucket: string;
  at: Date;
  confirmedAt: Date;
  fromSeconds: number;
  toSeconds: number;
  /** Tries before and since. */
  before: number;
  since: number;
  /** How often noise alone looks so, of all tries. */
  p: number;
  /** Of alpha, by how often it runs (`shareAt`). */
  share: number;
}

export const seriesKey = (dagId: string, taskId: string, bucket: string): string => `${dagId}\u0000${taskId}\u0000${bucket}`;

const bucketNames = ['0', '1', '2-3', '4-7', '8-15', '16-31', '32-63', '64+'] as const;

/** The bucket's number as the database has it too (`bucketSql`): -1 unmapped, else the bits of the index, at most 7. */
const bucketNumber = (mapIndex: number): number => (mapIndex < 0 ? -1 : Math.min(7, 32 - Math.clz32(mapIndex)));
export const bucketNamed = (number: number): string => bucketNames[number] ?? '';

/** Mapped instances with indexes of like size share a series: inputs are often sorted, and rarely alike. */
export const bucketOf = (mapIndex: number): string => bucketNamed(bucketNumber(mapIndex));

/** The bucket of a row of `sample`, in SQL. */
export const bucketSql = 'CASE WHEN map_index < 0 THEN -1 ELSE width_bucket(map_index, ARRAY[1, 2, 4, 8, 16, 32, 64]) END';

/** Of each bucket's instances in a run the first four stand for all: else one wide run would be the whole series. */
export function isSampled(mapIndex: number): boolean {
  const number = bucketNumber(mapIndex);
  return number <= 0 || mapIndex - 2 ** (number - 1) < 4;
}

/** How many of a run's instances a bucket samples, of a run that has them all. */
export const sampledIn = (bucket: string): number =>
  bucket === '' ? 1 : Math.min(4, 2 ** Math.max(0, bucketNames.findIndex((name) => name === bucket) - 1));

/** The bucket that stands for a task where one figure is wanted: every mapped run has an instance 0. */
export const isFirstBucket = ({ bucket }: Pick<TaskSeries, 'bucket'>): boolean => bucket === '' || bucket === '0';

/** A duration shorter than this counts as this: Airflow's own jitter is longer, and zero has no logarithm. */
const secondsMin = 0.1;

/** ln(seconds) as a series keeps it; null for what is no duration (missing, negative, not finite). */
export function logSecondsOf(seconds: number | null): number | null {
  return seconds === null || !(seconds >= 0 && seconds < Infinity) ? null : Math.fround(Math.log(Math.max(secondsMin, seconds)));
}
