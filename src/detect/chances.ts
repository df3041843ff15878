import { expectAnyMapped, mappedShare } from '../measure/expect-mapped.ts';
import { expectationOf } from '../measure/expect.ts';
import { triesPerDay } from '../measure/learned.ts';
import { mappedRunsMax, type MappedSeries } from '../measure/mapped-series.ts';
import { runsShare, type RunHistory, type RunRecord } from '../measure/run-history.ts';
import { isFirstBucket, type Expectation, type TaskSeries } from '../measure/series.ts';
import { normalSf } from '../stats/normal.ts';
import { tailAbove, tailBelow, type Scale } from '../stats/prediction.ts';
import { leastOff, leastSlow, middleOf } from './effect.ts';
import { driftTries, lookSeconds } from './looks.ts';
import { leastLanding } from './schedule-late.ts';
import type { DetectSettings } from './settings.ts';
import type { Statistical } from './statistical.ts';
import { landings, spanHabit } from './usual-span.ts';

const weekSeconds = 604_800;
const weekMs = 1000 * weekSeconds;

/** Where a false alert may come from. */
export interface Chance {
  /** Looks a week. */
  perWeek: number;
  /** Factor on alpha by the settings of the DAG or task. */
  sensitivity: number;
  /** Of alpha, by how often it is looked at (`shareAt`). */
  share: number;
  /** Probability that a usual value gets past the limits of effect: above it alpha changes nothing. */
  gate: number;
}

/** What alphas follow from. */
export interface Learning {
  series: ReadonlyMap<string, TaskSeries>;
  runs: RunHistory;
  mapped: ReadonlyMap<string, MappedSeries>;
  prior: Scale | null;
}

/** Where each detector may be wrong within a week, by what runs and how. */
export function chancesOf(
  { series, runs, mapped, prior }: Learning,
  settings: DetectSettings,
  now: Date,
): Record<Statistical, Chance[]> {
  const found: Record<Statistical, Chance[]> = {
    z_score: [],
    running_long: [],
    trend: [],
    pattern: [],
    failure_rate: [],
    dag_late: [],
  };
  const { config } = settings;
  for (const each of series.values()) {
    const expected = expectationOf(each, prior, now.getTime() / 1000);
    if (expected === null || !isFirstBucket(each)) continue;
    const { minRatio, minExcessMs, lowSide, sensitivity } = settings.tuning(each.dagId, each.taskId);
    const { share } = expected;
    const perWeek = 7 * triesPerDay(each, now.getTime() / 1000);
    if (perWeek < 0.01) continue;
    const usual = { perWeek: perWeek * (lowSide ? 2 : 1), sensitivity, share, gate: gateOf(expected, minRatio, minExcessMs) };
    found.z_score.push(usual);
    const long = gateOf(expected, config.running_long.min_ratio, config.running_long.min_excess);
    found.running_long.push({ perWeek, sensitivity, share, gate: long });
    if (expected.n >= config.trend.min_samples)
      found.trend.push(
        {
          perWeek: Math.min(perWeek, weekSeconds / lookSeconds(each)),
          sensitivity,
          share,
          gate: driftGate(expected, config.trend.min_change),
        },
        { perWeek: shiftLooks * perWeek, sensitivity, share, gate: shiftGate(expected) },
      );
    if (expected.profile !== null)
      found.pattern.push({
        // To either side, but what is above is an alert of the z-score.
        perWeek: perWeek / 2,
        sensitivity,
        share,
        gate: Math.min(1, 2 * gateOf(expected, config.pattern.min_ratio, minExcessMs)),
      });
  }
  for (const [dagId, history] of runs) {
    const { sensitivity } = settings.tuning(dagId);
    const first = history.find(({ endMs }) => endMs !== null)?.endMs ?? null;
    if (first === null) continue;
    const weeks = Math.max(1 / 7, (now.getTime() - first) / weekMs);
    found.dag_late.push(...lateChances(dagId, history, settings, now.getTime()));
    found.failure_rate.push({ perWeek: (surgeLooks * history.length) / weeks, sensitivity, share: 1, gate: 1 });
    if (history.some(({ runType }) => isByEvent(runType))) found.pattern.push({ perWeek: 14, sensitivity, share: 1, gate: 1 });
  }
  for (const each of mapped.values()) found.pattern.push(...mappedChances(each, settings, now.getTime() / 1000));
  found.failure_rate.push({ perWeek: 168, sensitivity: 1, share: 1, gate: 1 });
  return found;
}

/** Each ordinary run of a mapped task is one, to either side. */
function mappedChances(series: MappedSeries, { config, tuning }: DetectSettings, nowSeconds: number): Chance[] {
  const { dagId, taskId, startedSeconds } = series;
  const expected = expectAnyMapped(series);
  if (expected === null || expected.n < config.z_score.min_samples) return [];
  const span = Math.max(startedSeconds.length < mappedRunsMax ? weekSeconds / 7 : 3600, nowSeconds - (startedSeconds[0] ?? 0));
  const { fewer, more } = leastOff(Math.max(0, Math.expm1(expected.location)), config.pattern.min_ratio);
  const gate = tailAbove(expected, Math.log1p(more)) + tailBelow(expected, Math.log1p(fewer));
  const { sensitivity } = tuning(dagId, taskId);
  const share = mappedShare(startedSeconds);
  return [{ perWeek: (startedSeconds.length * weekSeconds) / span, sensitivity, share, gate: Math.min(1, gate) }];
}

/** Each success that comes later than usual is one. Start delays of seconds never reach the limits. */
function lateChances(dagId: string, history: readonly RunRecord[], settings: DetectSettings, nowMs: number): Chance[] {
  const { config, tuning } = settings;
  const { lateAfterMs, sensitivity } = tuning(dagId);
  const spans = landings(history);
  const firstMs = spans[0]?.atMs ?? nowMs;
  // Without hours and weekdays, which would take most of the time: what they explain counts as noise here.
  const habit = spanHabit(spans, null);
  if (habit === null || habit.next === null) return [];
  const { min_ratio: ratio, min_excess: excess } = config.running_long;
  const least = Math.max(lateAfterMs, leastLanding(habit.medianSeconds * 1000, ratio, excess));
  const perWeek = (spans.length * weekMs) / Math.max(weekMs / 7, nowMs - firstMs);
  return [{ perWeek, sensitivity, share: runsShare(history), gate: tailAbove(habit.next, Math.log(least / 1000)) }];
}

/** Run types whose number no timetable says. */
export const isByEvent = (runType: string): boolean => runType !== 'scheduled' && runType !== 'backfill';

const gateOf = (expected: Expectation, minRatio: number, minExcessMs: number): number =>
  tailAbove(expected, Math.log(leastSlow(middleOf(expected), minRatio, minExcessMs)));

/** How often noise alone has a Theil-Sen slope of this change over n tries: sd of slope · n is about sigma · sqrt(12/n) · 1.05. */
const driftGate = ({ n, scale }: Expectation, minChange: number): number =>
  2 * normalSf(Math.log1p(minChange) / (1.05 * scale * Math.sqrt(12 / Math.min(n, driftTries))));

/** A level shift may have begun at any of many tries: false ones are so many times alpha (simulated). */
const shiftLooks = 3;

/** However sure one need be, no more are found by noise (simulated: 1.4 of a thousand tries); of small scales few change by 20 %. */
const shiftGate = ({ scale }: Expectation): number =>
  Math.min(1.4e-3 / shiftLooks, 2 * normalSf(Math.log(1.2) / (1.25 * scale * Math.sqrt(1 / 7 + 1 / 30))));

/**
 * Runs are counts, windows overlap, and a surge goes on for several runs: false ones begin at a tenth of alpha a run (simulated,
 * shares of failures of 0.5 to 10 %).
 */
const surgeLooks = 0.1;
