import type { MappedRun } from '../collect/mapped.ts';
import { tailAbove, tailBelow, type Prediction } from '../stats/prediction.ts';
import { robustSummary } from '../stats/robust.ts';
import { scaleWithin } from './expect.ts';
import { shareOf } from './frequency.ts';
import { alphaUnlearned } from './learned.ts';
import { findStep } from './level-shift.ts';
import type { MappedSeries } from './mapped-series.ts';
import { learnProfile, offsetAt, offsetVariance, type Profile, type ProfileRules } from './profile.ts';
import { expectationMin } from './series.ts';

/** What the next run of a mapped task is expected to have, as ln(1 + instances). */
export interface MappedExpectation extends Prediction {
  /** Instances, weekday and hour taken in where a profile is justified. */
  middle: number;
  profile: Profile['kind'] | null;
  /** When the newest level began, in s since 1970; null when it is the first. */
  levelSeconds: number | null;
  /** Of alpha, by how often it runs (`shareAt`). */
  share: number;
}

/** The instances of a mapped task in a run that ended, held against its runs before. */
export interface MappedTrial {
  run: MappedRun;
  taskId: string;
  count: number;
  /** Null: too little is known. */
  expectation: MappedExpectation | null;
  /** Two-sided probability of a count so far off; null without expectation. */
  p: number | null;
}

/** Counts that differ by less have no calendar and no level that mattered. */
const spreadMin = Math.log(1.5);
const steps = { changeMin: Math.log(1.2), sinceMin: 7, significance: alphaUnlearned, k: 0.5, h: 8 };

/** The least scale to believe in: one instance more or less is never unusual. */
const floorAt = (median: number): number => Math.max(0.05, Math.log1p(1 / Math.exp(median)));

/** What the runs before say, apart from the time of the next one. */
interface Level {
  summary: Pick<Prediction, 'n' | 'location' | 'scale' | 'df'>;
  profile: Profile | null;
  /** ln(1 + instances) of the runs on the newest level, oldest first, without what the profile explains. */
  left: Float64Array;
  levelSeconds: number | null;
  share: number;
}

function levelOf({ counts, startedSeconds }: MappedSeries, rules: ProfileRules): Level | null {
  if (counts.length < expectationMin) return null;
  const logs = Float64Array.from(counts, Math.log1p);
  const isWide = Math.max(...logs) - Math.min(...logs) >= spreadMin;
  const profile = isWide ? learnProfile(startedSeconds, logs, logs.length, rules) : null;
  const all = logs.map((log, index) => log - offsetAt(profile, startedSeconds[index] as number));
  const step = isWide ? findStep(all, { ...steps, floorAt }) : null;
  const left = all.subarray(step?.start ?? 0);
  const summary = robustSummary(left);
  const { scale, df } = scaleWithin(profile, summary, floorAt(summary.median));
  return {
    summary: { n: left.length, location: summary.winsorisedMean, scale, df },
    profile,
    left,
    levelSeconds: step === null ? null : (startedSeconds[step.start] as number),
    share: mappedShare(startedSeconds),
  };
}

function expectAt({ summary, profile, levelSeconds, share }: Level, seconds: number): MappedExpectation {
  const location = summary.location + offsetAt(profile, seconds);
  const scale = summary.scale * Math.sqrt(1 + offsetVariance(profile, seconds) / (1 + 1 / summary.n));
  return {
    ...summary,
    location,
    scale,
    middle: Math.max(0, Math.expm1(location)),
    profile: profile?.kind ?? null,
    levelSeconds,
    share,
  };
}

/** The share of alpha of a mapped task. */
export const mappedShare = (startedSeconds: readonly number[]): number =>
  shareOf(startedSeconds.length, startedSeconds[0] ?? 0, startedSeconds.at(-1) ?? 0);

/** What a run that starts at this time, in s since 1970, is expected to have; null while too little is known. */
export function expectMapped(series: MappedSeries, rules: ProfileRules, seconds: number): MappedExpectation | null {
  const level = levelOf(series, rules);
  return level === null ? null : expectAt(level, seconds);
}

/** The same whatever the calendar says: for how often noise alone gets past limits. */
export function expectAnyMapped({ counts }: MappedSeries): Prediction | null {
  if (counts.length < expectationMin) return null;
  const summary = robustSummary(counts.map(Math.log1p));
  return { n: counts.length, location: summary.winsorisedMean, ...scaleWithin(null, summary, floorAt(summary.median)) };
}

/** What is so frequent is not unusual, whatever the tails of theory say: counts often have two usual values. */
const frequent = 0.03;

/** Holds a count against the runs before; null while too little is known. Pure. */
export function judgeCount(
  series: MappedSeries,
  { count, startedSeconds }: { count: number; startedSeconds: number },
  rules: ProfileRules,
): { expectation: MappedExpectation; p: number } | null {
  const level = levelOf(series, rules);
  if (level === null) return null;
  const expectation = expectAt(level, startedSeconds);
  const value = Math.log1p(count);
  const p = Math.min(1, 2 * Math.min(tailAbove(expectation, value), tailBelow(expectation, value)));
  const off = value - expectation.location;
  const isSoFar = (left: number): boolean => (left - level.summary.location) * Math.sign(off) >= Math.abs(off) - 1e-9;
  // The runs just before that are off in the same way are the same trouble.
  const before = level.left.findLastIndex((left) => !isSoFar(left)) + 1;
  const seen = level.left.subarray(0, before).filter(isSoFar).length;
  const share = seen / level.left.length;
  return { expectation, p: seen >= 2 && share > frequent ? Math.max(p, share) : p };
}
