import { lowerPredictionBound, upperPredictionBound } from '../stats/prediction.ts';
import { expectMapped } from './expect-mapped.ts';
import { expectationOf } from './expect.ts';
import { alphaAt } from './frequency.ts';
import { alphaUnlearned, type Learned } from './learned.ts';
import { mappedKey, type MappedSeries } from './mapped-series.ts';
import type { ProfileRules } from './profile.ts';
import {
  bandTriesMin,
  scarceRatio,
  scarceSecondsMin,
  seriesKey,
  type Expectation,
  type LevelShift,
  type TaskSeries,
} from './series.ts';

/** What is learned of one task, or of one bucket of its mapped instances, as people are shown it. */
export interface Baseline {
  dag_id: string;
  task_id: string;
  /** Map indexes; empty where it is not mapped. */
  mapped: string;
  /** Successful tries behind it. */
  n: number;
  median_seconds: number;
  /** Beyond these a run that starts now would be a finding. */
  lower_seconds: number;
  upper_seconds: number;
  /** Of ln(seconds), pooled with that of all tasks: 0.1 is about 10 %. */
  scale: number;
  /** When the oldest try that counts ended. */
  since: string;
  profile: string | null;
  level_shift: { at: string; from_seconds: number; to_seconds: number } | null;
  /** Instances a run, beyond which one that starts now would be a finding, by so many runs; null where it is not mapped, or too little is known. */
  mapped_instances: { n: number; middle: number; lower: number; upper: number; profile: string | null } | null;
}

interface Known {
  learned: Learned;
  /** The newest of each series. */
  shifts: ReadonlyMap<string, LevelShift>;
  mapped: ReadonlyMap<string, MappedSeries>;
  rules: ProfileRules;
}

/** The baseline of a series; null while too little is known. */
export function baselineOf(series: TaskSeries, { learned, shifts, ...known }: Known, now: Date): Baseline | null {
  const { dagId, taskId, bucket, endedSeconds } = series;
  const expected = expectationOf(series, learned.prior, now.getTime() / 1000);
  if (expected === null) return null;
  const shift = shifts.get(seriesKey(dagId, taskId, bucket));
  return {
    dag_id: dagId,
    task_id: taskId,
    mapped: bucket,
    n: expected.n,
    median_seconds: expected.medianSeconds,
    ...limitsOf(expected, alphaAt(learned.alphas['z_score'] ?? alphaUnlearned, expected.share)),
    scale: expected.scale,
    since: new Date((endedSeconds[Math.max(0, series.length - expected.n)] as number) * 1000).toISOString(),
    profile: expected.profile,
    level_shift:
      shift === undefined ? null : { at: shift.at.toISOString(), from_seconds: shift.fromSeconds, to_seconds: shift.toSeconds },
    mapped_instances: instancesOf(series, { learned, ...known }, now),
  };
}

function limitsOf(expected: Expectation, alpha: number): Pick<Baseline, 'lower_seconds' | 'upper_seconds'> {
  if (expected.n < bandTriesMin)
    return { lower_seconds: 0, upper_seconds: Math.max(scarceRatio * expected.maxSeconds, scarceSecondsMin) };
  return {
    lower_seconds: Math.exp(lowerPredictionBound(expected, alpha)),
    // JSON has no Infinity.
    upper_seconds: Math.min(Number.MAX_VALUE, Math.exp(upperPredictionBound(expected, alpha))),
  };
}

function instancesOf(
  { dagId, taskId, bucket }: TaskSeries,
  { learned, mapped, rules }: Omit<Known, 'shifts'>,
  now: Date,
): Baseline['mapped_instances'] {
  const counts = bucket === '' ? undefined : mapped.get(mappedKey(dagId, taskId));
  const expected = counts === undefined ? null : expectMapped(counts, rules, now.getTime() / 1000);
  if (expected === null) return null;
  const alpha = alphaAt(learned.alphas['pattern'] ?? alphaUnlearned, expected.share);
  const { n, middle, profile } = expected;
  const lower = Math.max(0, Math.expm1(lowerPredictionBound(expected, alpha / 2)));
  const upper = Math.min(Number.MAX_VALUE, Math.expm1(upperPredictionBound(expected, alpha / 2)));
  return { n, middle, lower, upper, profile };
}

/** The baselines of these series, by name; those of which too little is known are left out. */
export function baselinesOf(series: readonly TaskSeries[], known: Known, now: Date): Baseline[] {
  const found = series.flatMap((each) => baselineOf(each, known, now) ?? []);
  const name = ({ dag_id: dagId, task_id: taskId }: Baseline) => `${dagId}.${taskId}`;
  return found.toSorted((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
}
