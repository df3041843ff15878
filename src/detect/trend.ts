import { newestResiduals } from '../measure/expect.ts';
import { seriesShare } from '../measure/frequency.ts';
import { scoreOf } from '../measure/score.ts';
import { isFirstBucket, type LevelShift, type TaskSeries } from '../measure/series.ts';
import { correctedMannKendall, theilSen } from '../stats/trend.ts';
import { alphaFor } from './budget.ts';
import { driftTries, lookSeconds } from './looks.ts';
import type { Detector, OpenFinding } from './detector.ts';
import type { Facts } from './facts.ts';
import { subjectKey, type Cleared, type Finding, type Subject } from './finding.ts';
import { found, named, sinceEvent } from './found.ts';
import { spell } from './odds.ts';
import type { DetectSettings } from './settings.ts';

const kind = 'trend';
type Reads = Pick<Facts, 'trials' | 'shifts' | 'learned'>;

/** A new level is taken as the new normal after this: people have seen it by then. */
const acceptedAfterMs = 86_400_000;
const levelMark = ':level';

const subjectOf = ({ dagId, taskId }: { dagId: string; taskId: string }): Subject & { type: 'task' } => ({
  type: 'task',
  dagId,
  taskId,
});

/**
 * trend: durations of a task drift (Theil-Sen slope of ln(seconds), Mann-Kendall corrected for autocorrelation), looked at once a
 * week, of frequent ones when a quarter of the tries are new; or they have shifted to a new level, told once and taken as the new normal a day later. A drift is over when
 * the next look finds none.
 */
export const trend: Detector<Reads, DetectSettings> = ({ trials, shifts, learned }, open, settings, now) => {
  const findings = new Map<string, Finding>();
  const cleared = new Map<string, Cleared>();
  const ended = new Map<TaskSeries, number>();
  for (const { series: each, ordinary } of trials)
    if (each !== null && ordinary && isFirstBucket(each)) ended.set(each, (ended.get(each) ?? 0) + 1);
  const looked = [...ended].flatMap(([each, count]) => (isDue(each, count) ? [each] : []));
  for (const each of looked) {
    const key = subjectKey(subjectOf(each));
    if (each.length < settings.config.trend.min_samples) continue;
    const drift = driftOf(each);
    const alpha = alphaFor(learned.alphas, 'trend', settings.tuning(each.dagId, each.taskId).sensitivity, seriesShare(each));
    const before = open.get(key);
    if (drift.p <= alpha && Math.abs(drift.change) >= Math.log1p(settings.config.trend.min_change))
      findings.set(
        key,
        driftFinding(each, drift, before, scoreOf(drift.p, alphaFor(learned.scoreAlphas, 'trend', 1, seriesShare(each)))),
      );
    else if (before !== undefined && !before.event.endsWith(levelMark))
      cleared.set(key, {
        kind,
        subject: before.subject,
        reason: 'cleared',
        at: now,
        text: 'its durations do not drift any more',
      });
  }
  for (const shift of shifts) {
    const key = subjectKey(subjectOf(shift));
    const alpha = alphaFor(learned.alphas, 'trend', settings.tuning(shift.dagId, shift.taskId).sensitivity, shift.share);
    // A mapped task may shift in several buckets at once.
    if (shift.p > alpha || (findings.get(key)?.event ?? '').endsWith(levelMark)) continue;
    findings.set(key, shiftFinding(shift));
    cleared.delete(key);
  }
  for (const [key, { event, since, subject }] of open) {
    if (!event.endsWith(levelMark) || findings.has(key) || now.getTime() - since.getTime() < acceptedAfterMs) continue;
    cleared.set(key, { kind, subject, reason: 'accepted', at: now, text: 'taken as the new normal' });
  }
  return { findings: [...findings.values()], cleared: [...cleared.values()], judged: looked.length + shifts.length };
};

/** Whether one of the `count` newest tries is the first of its period; these begin at another time for each task, so that not all are looked at at once. */
function isDue(series: TaskSeries, count: number): boolean {
  const { length, endedSeconds, taskId, dagId } = series;
  if (length < 2) return false;
  const offset = ((taskId.length + dagId.length) % 7) * 86_400;
  const every = lookSeconds(series);
  const period = (index: number) => Math.floor(((endedSeconds[index] as number) + offset) / every);
  return period(length - 1) > period(Math.max(0, length - 1 - count));
}

interface Drift {
  /** Of ln(seconds), a run and over all of them. */
  slope: number;
  change: number;
  n: number;
  p: number;
  fromSeconds: number;
  toSeconds: number;
}

function driftOf(series: TaskSeries): Drift {
  const y = newestResiduals(series, driftTries);
  const n = y.length;
  const { slope, intercept } = theilSen(
    Float64Array.from(y, (_, index) => index),
    y,
  );
  const { p } = correctedMannKendall(y);
  const at = (index: number) => Math.exp(intercept + slope * index);
  return { slope, change: slope * n, n, p, fromSeconds: at(0), toSeconds: at(n - 1) };
}

function driftFinding(series: TaskSeries, drift: Drift, before: OpenFinding | undefined, score: number): Finding {
  const { slope, n, p, fromSeconds, toSeconds } = drift;
  const newest = new Date((series.endedSeconds[series.length - 1] as number) * 1000);
  // The same drift goes on as long as it is found each week; a level that has drifted since is another event.
  const same = before !== undefined && !before.event.endsWith(levelMark);
  const since = same ? before.since : newest;
  const percent = Math.abs(100 * Math.expm1(slope));
  const word = slope > 0 ? 'longer' : 'less';
  return found({
    kind,
    subject: subjectOf(series),
    severity: slope > 0 ? 'warning' : 'info',
    event: same ? before.event : sinceEvent(since),
    since,
    title: `${named(series.dagId, series.taskId)} takes ${percent.toPrecision(2)} % ${word} with each run: ${spell(fromSeconds)} to ${spell(toSeconds)} over ${n} runs (p = ${p.toPrecision(1)})`,
    observed: { value: 100 * Math.expm1(slope), unit: 'percent_per_run' },
    expected: { lower: null, middle: 0, upper: null },
    n,
    score,
  });
}

function shiftFinding({ dagId, taskId, at, confirmedAt, fromSeconds, toSeconds, before, since, p }: LevelShift): Finding {
  return found({
    kind,
    subject: subjectOf({ dagId, taskId }),
    severity: toSeconds > fromSeconds ? 'warning' : 'info',
    event: `${sinceEvent(at)}${levelMark}`,
    since: confirmedAt,
    title: `${named(dagId, taskId)} takes ${spell(toSeconds)} since ${at.toISOString().slice(0, 10)} (${since} runs), ${spell(fromSeconds)} before (${before} runs): the new normal (p = ${p.toPrecision(1)})`,
    observed: { value: toSeconds, unit: 'seconds' },
    expected: { lower: null, middle: fromSeconds, upper: null },
    n: before,
  });
}
