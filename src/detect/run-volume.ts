import { scoreOf } from '../measure/score.ts';
import { runsMax, type RunRecord } from '../measure/run-history.ts';
import { tailAbove, tailBelow, robustScale, type Prediction } from '../stats/prediction.ts';
import { robustSummary } from '../stats/robust.ts';
import { alphaFor } from './budget.ts';
import { isByEvent } from './chances.ts';
import type { OpenFinding } from './detector.ts';
import type { Facts } from './facts.ts';
import { subjectKey, type Judgement, type Subject } from './finding.ts';
import { found, named, sinceEvent } from './found.ts';
import { oneIn } from './odds.ts';
import type { DetectSettings } from './settings.ts';

const kind = 'pattern_broken';
export interface VolumeReads {
  snapshot: Pick<Facts['snapshot'], 'openRuns'>;
  previousAt: Facts['previousAt'];
  runs: Facts['runs'];
  learned: Facts['learned'];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Whole days (or hours) behind a usual number. */
const daysMin = 14;
const hoursMin = 48;
/** A number that is off by less is nothing to look at. */
const runsOffMin = 3;

/**
 * How many runs of a DAG began on the day (of busy DAGs: in the hour) that has just ended, held against the days before; only
 * for DAGs that people, assets or other systems start, since of the others the timetable says it. Days are held against days of
 * the same weekday class where they differ. Numbers as ln(1 + n), by the prediction interval of the z-score.
 */
export function runVolume(
  reads: VolumeReads,
  open: ReadonlyMap<string, OpenFinding>,
  settings: DetectSettings,
  now: Date,
): Judgement {
  const judgement: Judgement = { findings: [], cleared: [], judged: 0 };
  const hour = Math.floor(now.getTime() / hourMs) * hourMs;
  // The numbers change when an hour has ended: once, whoever looks then.
  if (reads.previousAt === null || reads.previousAt.getTime() >= hour) return judgement;
  const isNewDay = reads.previousAt.getTime() < Math.floor(now.getTime() / dayMs) * dayMs;
  const openStarts = startsOfOpen(reads.snapshot.openRuns);
  for (const [dagId, history] of reads.runs) {
    if (!history.some(({ runType }) => isByEvent(runType))) continue;
    const counts = countsOf(history, openStarts.get(dagId) ?? [], hour);
    if (counts === null || (counts.windowMs === dayMs && !isNewDay)) continue;
    judgement.judged += 1;
    judgeOne(dagId, counts, { reads, open, settings }, judgement, now);
  }
  return judgement;
}

function startsOfOpen(openRuns: Facts['snapshot']['openRuns']): Map<string, number[]> {
  const starts = new Map<string, number[]>();
  for (const { dagId, runType, startDate, queuedAt } of openRuns) {
    const at = (startDate ?? queuedAt)?.getTime();
    if (at !== undefined && isByEvent(runType)) starts.set(dagId, [...(starts.get(dagId) ?? []), at]);
  }
  return starts;
}

interface Counts {
  windowMs: number;
  /** When the window that has just ended began. */
  startMs: number;
  count: number;
  /** The numbers of the windows before it. */
  earlier: number[];
}

/** The numbers of runs by day, or by hour where the history does not hold days enough; null while there is too little. */
function countsOf(history: readonly RunRecord[], openStarts: readonly number[], hour: number): Counts | null {
  const starts = history.flatMap(({ runType, startMs }) => (isByEvent(runType) && startMs !== null ? [startMs] : []));
  const firstMs = Math.min(...history.map(({ startMs }) => startMs ?? Infinity));
  starts.push(...openStarts);
  for (const [windowMs, least] of [
    [dayMs, daysMin],
    [hourMs, hoursMin],
  ] as const) {
    // By the hour only where so many runs a day come that no more days are kept.
    if (windowMs === hourMs && history.length < runsMax) continue;
    const end = Math.floor(hour / windowMs) * windowMs;
    // The first window is cut off by what the history keeps.
    const first = Math.ceil((firstMs + 1) / windowMs) * windowMs;
    const windows = (end - first) / windowMs;
    if (windows < least + 1) continue;
    const counts = Array.from({ length: windows }, () => 0);
    for (const at of starts) {
      const index = Math.floor((at - first) / windowMs);
      if (index >= 0 && index < windows) counts[index] = (counts[index] ?? 0) + 1;
    }
    const isLike = (index: number) => windowMs === hourMs || isWeekend(first + index * windowMs) === isWeekend(end - windowMs);
    const alike = counts.slice(0, -1).filter((_, index) => isLike(index));
    const earlier = alike.length >= 8 ? alike : counts.slice(0, -1);
    return { windowMs, startMs: end - windowMs, count: counts.at(-1) ?? 0, earlier };
  }
  return null;
}

const isWeekend = (ms: number): boolean => (Math.floor(ms / dayMs) + 3) % 7 >= 5;

interface Context {
  reads: VolumeReads;
  open: ReadonlyMap<string, OpenFinding>;
  settings: DetectSettings;
}

function judgeOne(dagId: string, counts: Counts, { reads, open, settings }: Context, judgement: Judgement, now: Date): void {
  const subject: Subject = { type: 'dag', dagId };
  const { count, earlier, windowMs, startMs } = counts;
  const expected = predict(earlier);
  const middle = Math.expm1(expected.location);
  const value = Math.log1p(count);
  const p = Math.min(1, 2 * Math.min(tailAbove(expected, value), tailBelow(expected, value)));
  const ratio = (count + 1) / (middle + 1);
  const off = Math.max(ratio, 1 / ratio) >= settings.config.pattern.min_ratio && Math.abs(count - middle) >= runsOffMin;
  const word = windowMs === dayMs ? 'day' : 'hour';
  if (off && p <= alphaFor(reads.learned.alphas, 'pattern', settings.tuning(dagId).sensitivity, 1)) {
    judgement.findings.push(
      found({
        kind,
        subject,
        severity: 'warning',
        event: sinceEvent(startMs),
        since: new Date(startMs),
        title: `${named(dagId)} ran ${count} times in the last ${word}, expected about ${Math.round(middle)} by ${earlier.length} ${word}s before (${oneIn(p)} is so far off)`,
        observed: { value: count, unit: 'runs' },
        expected: { lower: null, middle, upper: null },
        n: earlier.length,
        score: scoreOf(p, alphaFor(reads.learned.scoreAlphas, 'pattern', 1, 1)),
      }),
    );
  } else if (open.has(subjectKey(subject))) {
    const text = `it ran ${count} times in the last ${word}, as usual`;
    judgement.cleared.push({ kind, subject, reason: 'cleared', at: now, text });
  }
}

/** What the numbers before say of the next, as ln(1 + n); one run more or less is never unusual. */
function predict(earlier: readonly number[]): Prediction {
  const summary = robustSummary(earlier.map(Math.log1p));
  const floor = Math.max(0.05, Math.log1p(1 / (1 + Math.expm1(summary.median))));
  return { n: earlier.length, location: summary.winsorisedMean, ...robustScale(summary, floor) };
}
