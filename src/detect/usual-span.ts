import { scaleWithin } from '../measure/expect.ts';
import { alphaUnlearned } from '../measure/learned.ts';
import { findShift } from '../measure/level-shift.ts';
import { learnProfile, offsetAt, offsetVariance, type Profile, type ProfileRules } from '../measure/profile.ts';
import type { RunRecord } from '../measure/run-history.ts';
import { logScaleFloor, upperPredictionBound, type Prediction } from '../stats/prediction.ts';
import { median, robustSummary } from '../stats/robust.ts';

/** Spans needed before their distribution says more than their maximum. */
const samplesMin = 10;

/** How long something took, and when it began, in ms since 1970. */
export interface Span {
  atMs: number;
  ms: number;
}

/** What spans say of the next one. */
export interface SpanHabit {
  /** Spans behind it. */
  n: number;
  longestMs: number;
  medianSeconds: number;
  /** Of ln(seconds), without what the profile says; null below ten spans. */
  next: Prediction | null;
  profile: Profile | null;
}

/** How long something usually takes at most. */
export interface UsualSpan {
  n: number;
  medianMs: number;
  mostMs: number;
}

/**
 * What these spans, oldest first, say of the next: location and scale of ln(seconds) as of a task's tries, with the hour or
 * weekday where they differ by it (not looked for without rules). Null without any.
 */
export function spanHabit(spans: readonly Span[], rules: ProfileRules | null): SpanHabit | null {
  const n = spans.length;
  if (n === 0) return null;
  // Below a second clocks differ more than spans do.
  const logs = spans.map(({ ms }) => Math.log(Math.max(1, ms / 1000)));
  const longestMs = spans.reduce((longest, { ms }) => Math.max(longest, ms, 1000), 0);
  const medianSeconds = Math.exp(median(logs));
  if (n < samplesMin) return { n, longestMs, medianSeconds, next: null, profile: null };
  const started = spans.map(({ atMs }) => atMs / 1000);
  const profile = rules === null ? null : learnProfile(started, logs, n, rules);
  const left = profile === null ? logs : logs.map((log, index) => log - offsetAt(profile, started[index] ?? 0));
  const shift = findShift(Float64Array.from(left), alphaUnlearned);
  // What was usual before runs had a new level is not any more.
  if (shift !== null && shift.start > 0) return spanHabit(spans.slice(shift.start), rules);
  const summary = robustSummary(left);
  const scale = scaleWithin(profile, summary, logScaleFloor(medianSeconds));
  return { n, longestMs, medianSeconds, next: { n, location: summary.winsorisedMean, ...scale }, profile };
}

/** What a span that begins at `atMs` is expected to be; null below ten spans. */
function predictionAt({ next, profile }: SpanHabit, atMs: number): Prediction | null {
  if (next === null) return null;
  const widened = next.scale * Math.sqrt(1 + offsetVariance(profile, atMs / 1000) / (1 + 1 / next.n));
  return { ...next, location: next.location + offsetAt(profile, atMs / 1000), scale: widened };
}

/**
 * What a span that begins at `atMs` does not exceed but with probability `alpha`: the upper prediction bound of ln(span), from ten
 * spans on; with fewer three times the longest. Null without any.
 */
export function usualSpan(habit: SpanHabit | null, alpha: number, atMs: number): UsualSpan | null {
  if (habit === null) return null;
  const { n, medianSeconds, longestMs, profile } = habit;
  const next = predictionAt(habit, atMs);
  // Whole milliseconds, as times are.
  const mostMs = next === null ? 3 * longestMs : Math.ceil(Math.exp(upperPredictionBound(next, alpha)) * 1000);
  return { n, medianMs: Math.round(medianSeconds * Math.exp(offsetAt(profile, atMs / 1000)) * 1000), mostMs };
}

/** Scheduled runs with their due times, by these; those that began when their successor was due already (catch-up) left out. */
function onTime(history: readonly RunRecord[]): (RunRecord & { dueMs: number; startMs: number })[] {
  const scheduled = history.filter(
    (run): run is RunRecord & { dueMs: number; startMs: number } =>
      isScheduled(run) && run.dueMs !== null && run.startMs !== null && !run.byPerson,
  );
  scheduled.sort((a, b) => a.dueMs - b.dueMs);
  return scheduled.filter(({ startMs }, index) => startMs < (scheduled[index + 1]?.dueMs ?? Number.POSITIVE_INFINITY));
}

export const isScheduled = ({ runType }: { runType: string }): boolean => runType === 'scheduled';
/** 2.x says dataset, 3.x asset. */
export const isByAsset = ({ runType }: { runType: string }): boolean => /^(asset|dataset)_/.test(runType);

/** From due to started. */
const startDelays = (history: readonly RunRecord[]): Span[] =>
  onTime(history).map(({ dueMs, startMs }) => ({ atMs: dueMs, ms: Math.max(0, startMs - dueMs) }));

/** From due to success. */
export const landings = (history: readonly RunRecord[]): Span[] =>
  onTime(history).flatMap(({ dueMs, endMs, state }) =>
    state === 'success' && endMs !== null ? [{ atMs: dueMs, ms: Math.max(0, endMs - dueMs) }] : [],
  );

interface Habits {
  length: number;
  rules: ProfileRules;
  start: SpanHabit | null;
  landing: SpanHabit | null;
}

/** By the newest run of a history: what is overdue is asked about in every cycle, and its history changes with its runs only. */
const habits = new WeakMap<RunRecord, Habits>();

/** What a history says of start delays and landings. */
export function habitsOf(history: readonly RunRecord[], rules: ProfileRules): Pick<Habits, 'start' | 'landing'> {
  const newest = history.at(-1);
  if (newest === undefined) return { start: null, landing: null };
  const known = habits.get(newest);
  if (known !== undefined && known.length === history.length && isSame(known.rules, rules)) return known;
  const start = spanHabit(startDelays(history), null);
  const made = { length: history.length, rules, start, landing: spanHabit(landings(history), rules) };
  habits.set(newest, made);
  return made;
}

const isSame = (a: ProfileRules, b: ProfileRules): boolean => a.minPeriods === b.minPeriods && a.minPerBucket === b.minPerBucket;
