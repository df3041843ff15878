import type { Attempt } from '../collect/transition.ts';
import { logScaleFloor, moderateScale, robustScale, tailAbove, tailBelow, type Scale } from '../stats/prediction.ts';
import { medianOfFirst, robustSummary, type RobustSummary } from '../stats/robust.ts';
import { seriesShare } from './frequency.ts';
import { freedomOf, offsetAt, offsetVariance, othersAt, type Profile } from './profile.ts';
import {
  bucketOf,
  expectationMin,
  keptMax,
  logSecondsOf,
  seriesKey,
  type Expectation,
  type Summary,
  type TaskSeries,
  type Trial,
} from './series.ts';

/** When the try at `index` started, in s since 1970. */
export const startedAt = ({ logs, endedSeconds }: Pick<TaskSeries, 'logs' | 'endedSeconds'>, index: number): number =>
  (endedSeconds[index] as number) - Math.exp(logs[index] as number);

// Working space, reused: summaries are made for thousands of tasks in a cycle.
const residuals = new Float64Array(keptMax);

/** ln(seconds) of the newest tries, at most `max`, oldest first, without what the profile explains; valid until the next call. */
export function newestResiduals(series: TaskSeries, max: number): Float64Array {
  const n = Math.min(max, series.length);
  const from = series.length - n;
  for (let i = 0; i < n; i += 1) {
    const log = series.logs[from + i] as number;
    residuals[i] = series.profile === null ? log : log - offsetAt(series.profile, startedAt(series, from + i));
  }
  return residuals.subarray(0, n);
}

/** What the newest tries of a series say (facts §2, detecting), `left` being its residuals; null below `expectationMin` of them. */
export function summarise(series: TaskSeries, left = newestResiduals(series, keptMax)): Summary | null {
  const { length, logs, profile } = series;
  if (length < expectationMin) return null;
  let longest = -Infinity;
  for (let i = 0; i < length; i += 1) longest = Math.max(longest, logs[i] as number);
  const summary = robustSummary(left);
  const medianSeconds = Math.exp(profile === null ? summary.median : medianOfFirst(logs, length));
  const { scale, df } = scaleWithin(profile, summary, logScaleFloor(medianSeconds));
  return { n: summary.n, location: summary.winsorisedMean, scale, df, medianSeconds, maxSeconds: Math.exp(longest) };
}

/** The scale of what a profile leaves of values that it was learned from: they lie closer to it than the next one will. */
export function scaleWithin(profile: Profile | null, summary: RobustSummary, floor: number): Scale {
  const { scale, df } = robustScale(summary, 0);
  const left = Math.max(1, df - freedomOf(profile, summary.n));
  return { scale: Math.max(floor, scale * Math.sqrt(df / left)), df: left };
}

/** What a try that starts at this time, in s since 1970, is expected to take; null while too little is known. */
export function expectationOf(
  series: Pick<TaskSeries, 'summary' | 'profile' | 'bucket' | 'length' | 'endedSeconds'> | undefined,
  prior: Scale | null,
  startedSeconds: number,
): Expectation | null {
  const summary = series?.summary ?? null;
  if (series === undefined || summary === null) return null;
  const { scale, df } = prior === null ? summary : moderateScale(summary, prior);
  const { n } = summary;
  return {
    n,
    location: summary.location + offsetAt(series.profile, startedSeconds),
    scale: scale * Math.sqrt(1 + offsetVariance(series.profile, startedSeconds) / (1 + 1 / n)),
    df,
    medianSeconds: summary.medianSeconds,
    maxSeconds: summary.maxSeconds,
    profile: series.profile?.kind ?? null,
    others: othersAt(series.profile, startedSeconds),
    share: seriesShare(series),
  };
}

/** Holds a try that succeeded against what was expected of it; null for what is no duration. Pure. */
export function trialOf(
  attempt: Attempt,
  known: { series: ReadonlyMap<string, TaskSeries>; prior: Scale | null },
  ordinary: boolean,
): Trial | null {
  const log = attempt.outcome === 'success' ? logSecondsOf(attempt.durationSeconds) : null;
  if (log === null || attempt.endedAt === null) return null;
  const bucket = bucketOf(attempt.mapIndex);
  const series = known.series.get(seriesKey(attempt.dagId, attempt.taskId, bucket));
  const expectation = expectationOf(series, known.prior, attempt.endedAt.getTime() / 1000 - Math.exp(log));
  return {
    attempt,
    seconds: attempt.durationSeconds ?? 0,
    bucket,
    series: series ?? null,
    ordinary,
    expectation,
    pHigh: expectation === null ? null : tailAbove(expectation, log),
    pLow: expectation === null ? null : tailBelow(expectation, log),
  };
}
