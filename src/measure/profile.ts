import { kruskalWallis, mannWhitney } from '../stats/ranks.ts';
import { median } from '../stats/robust.ts';
import { levelVariance, offsetsOf, twoLevels } from './profile-levels.ts';

/** By what a task's durations differ regularly. By hours and days of UTC, moved together. */
export const profileKinds = ['weekend', 'month_end', 'weekday', 'hour'] as const;

/** Regular differences of durations by the calendar, as far as the data justify them (facts §3, detecting). */
export interface Profile {
  kind: (typeof profileKinds)[number];
  /** How much later its hours or days begin than those of UTC: tries that usually start just before and after midnight share one. */
  shiftSeconds: number;
  /** What each bucket adds to ln(seconds), shrunk towards 0 as far as it may be chance. */
  offsets: number[];
  /** Tries behind each; of several on one level, those of all of them. */
  counts: number[];
}

export interface ProfileRules {
  /** Weeks that the tries must span for a profile by days; as many days for one by hours. */
  minPeriods: number;
  /** Tries that a bucket needs to differ. */
  minPerBucket: number;
}

const daySeconds = 86_400;
const periodDays: Readonly<Record<Profile['kind'], number>> = { weekend: 7, month_end: 28, weekday: 7, hour: 1 };
/** What runs once a day has no hours to differ by, whatever its delays look like. */
const severalADay = 1.5;
const significance = 0.01;

const buckets: Readonly<Record<Profile['kind'], { size: number; of: (seconds: number) => number }>> = {
  weekend: { size: 2, of: (seconds) => (weekdayOf(seconds) >= 5 ? 1 : 0) },
  month_end: { size: 2, of: (seconds) => (new Date((seconds + daySeconds) * 1000).getUTCDate() === 1 ? 1 : 0) },
  weekday: { size: 7, of: weekdayOf },
  hour: { size: 24, of: (seconds) => Math.floor(seconds / 3600) % 24 },
};

/** Days since a Monday, 0 to 6: 1970 began on a Thursday. */
function weekdayOf(seconds: number): number {
  return (Math.floor(seconds / daySeconds) + 3) % 7;
}

/** What the profile adds to ln(seconds) of a try that starts at this time, in s since 1970. */
export const offsetAt = (profile: Profile | null, startedSeconds: number): number =>
  profile === null ? 0 : (profile.offsets[bucketAt(profile, startedSeconds)] ?? 0);

const bucketAt = ({ kind, shiftSeconds }: Pick<Profile, 'kind' | 'shiftSeconds'>, startedSeconds: number): number =>
  buckets[kind].of(startedSeconds - shiftSeconds);

/**
 * How uncertain the offset at this time is: its variance, as a multiple of that of one try. It comes on top of the try's own when
 * the next one is predicted.
 */
export function offsetVariance(profile: Profile | null, startedSeconds: number): number {
  if (profile === null) return 0;
  const bucket = bucketAt(profile, startedSeconds);
  return profile.offsets[bucket] === 0 ? 0 : levelVariance / Math.max(1, profile.counts[bucket] ?? 1);
}

/** Offsets that differ by less are one level. */
const levelMin = Math.log(1.2);

/** Whether the profile's other hours or days lie above that of this time alone (1), below it alone (-1), or neither (0). */
export function othersAt(profile: Profile | null, startedSeconds: number): -1 | 0 | 1 {
  if (profile === null) return 0;
  const own = offsetAt(profile, startedSeconds);
  let above = false;
  let below = false;
  for (const [bucket, offset] of profile.offsets.entries()) {
    if ((profile.counts[bucket] ?? 0) === 0) continue;
    if (offset - own > levelMin) above = true;
    else if (own - offset > levelMin) below = true;
  }
  return above === below ? 0 : above ? 1 : -1;
}

/** How many of n tries' degrees of freedom a profile takes that was learned from them, or from more: one a level, less one. */
export function freedomOf(profile: Profile | null, n: number): number {
  if (profile === null) return 0;
  // Buckets of one level have one offset, and the tries of all of them.
  const fitted = new Map(profile.offsets.map((offset, bucket) => [offset, profile.counts[bucket] ?? 0]));
  const counted = [...fitted.values()].reduce((sum, count) => sum + count, 0);
  return (Math.max(0, fitted.size - 1) * n) / Math.max(1, counted);
}

/** A try's place in the profile as people say it: `Mondays`, `14:00 UTC`. */
export function placeIn(kind: Profile['kind'], startedSeconds: number): string {
  switch (kind) {
    case 'weekend':
      return weekdayOf(startedSeconds) >= 5 ? 'weekends' : 'working days';
    case 'month_end':
      return buckets.month_end.of(startedSeconds) === 1 ? 'last days of months' : 'other days of months';
    case 'weekday':
      return weekdayNames[weekdayOf(startedSeconds)] ?? '';
    case 'hour':
      return `${String(buckets.hour.of(startedSeconds)).padStart(2, '0')}:00 UTC`;
  }
}

const weekdayNames = ['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays'];

/**
 * The profile that these tries justify, or null: those of one kind of bucket differ by Kruskal-Wallis, or one weekday from all
 * others by Mann-Whitney, at p < 0.01, shared by the kinds tried; of several the most certain. `started` in s since 1970, oldest first, `logs` ln(seconds), both `n` long.
 */
export function learnProfile(
  started: ArrayLike<number>,
  logs: ArrayLike<number>,
  n: number,
  { minPeriods, minPerBucket }: ProfileRules,
): Profile | null {
  if (n < 2 * minPerBucket) return null;
  const kinds = profileKinds.filter((kind) => maySay(kind, started, n, { minPeriods, minPerBucket }));
  let best: { profile: Profile; p: number } | null = null;
  for (const kind of kinds) {
    const found = differences(kind, { started, logs, n }, minPerBucket);
    if (found !== null && found.p < significance / kinds.length && (best === null || found.p < best.p)) best = found;
  }
  return best?.profile ?? null;
}

/** Whether tries that started then, oldest first, suffice to look for a profile of this kind. */
export function maySay(kind: Profile['kind'], started: ArrayLike<number>, n: number, { minPeriods }: ProfileRules): boolean {
  if (n < 2) return false;
  const spanDays = ((started[n - 1] as number) - (started[0] as number)) / daySeconds;
  return spanDays >= minPeriods * periodDays[kind] - 1 && (kind !== 'hour' || n >= severalADay * spanDays);
}

interface Tries {
  started: ArrayLike<number>;
  logs: ArrayLike<number>;
  n: number;
}

/** Below this length of the mean direction tries start at any time of the hour or day. */
const togetherMin = 0.5;

/** Puts the time at which tries usually start, within hours (or days), into the middle: the circular mean of the starts. */
function shiftOf(started: ArrayLike<number>, n: number, cellSeconds: number): number {
  let x = 0;
  let y = 0;
  for (let i = 0; i < n; i += 1) {
    const angle = (2 * Math.PI * ((started[i] as number) % cellSeconds)) / cellSeconds;
    x += Math.cos(angle) / n;
    y += Math.sin(angle) / n;
  }
  if (Math.hypot(x, y) < togetherMin) return 0;
  const usual = ((Math.atan2(y, x) / (2 * Math.PI)) * cellSeconds + cellSeconds) % cellSeconds;
  return Math.round(usual - cellSeconds / 2);
}

function differences(kind: Profile['kind'], { started, logs, n }: Tries, minPerBucket: number) {
  const groups: number[][] = Array.from({ length: buckets[kind].size }, () => []);
  const shiftSeconds = shiftOf(started, n, kind === 'hour' ? 3600 : daySeconds);
  for (let i = 0; i < n; i += 1) groups[bucketAt({ kind, shiftSeconds }, started[i] as number)]?.push(logs[i] as number);
  const filled = groups.filter((group) => group.length >= minPerBucket);
  if (filled.length < 2) return null;
  const p = kind === 'weekday' ? Math.min(kruskalWallis(filled).p, oneApart(filled)) : kruskalWallis(filled).p;
  const merged = twoLevels(groups, minPerBucket);
  const offsets = offsetsOf(merged, minPerBucket);
  return { profile: { kind, shiftSeconds, offsets, counts: merged.map(({ length }) => length) }, p };
}

/** p that the one day that lies farthest off differs from all others: with seven groups Kruskal-Wallis hardly sees a single one. */
function oneApart(groups: readonly number[][]): number {
  const centre = median(groups.flat());
  const off = groups.map((group) => Math.abs(median(group) - centre));
  const farthest = off.indexOf(Math.max(...off));
  const others = groups.filter((_, index) => index !== farthest).flat();
  return Math.min(1, groups.length * mannWhitney(groups[farthest] ?? [], others, 'two-sided').p);
}
