import type { MappedRun } from '../collect/mapped.ts';
import type { Attempt, Transition } from '../collect/transition.ts';
import type { Scale } from '../stats/prediction.ts';
import type { MappedTrial } from './expect-mapped.ts';
import { newestResiduals, summarise, trialOf } from './expect.ts';
import { alphaAt, seriesShare } from './frequency.ts';
import { findShift } from './level-shift.ts';
import { alphaUnlearned, nothingLearned, type Learned } from './learned.ts';
import type { MappedCount, MappedSeries } from './mapped-series.ts';
import { observeMapped } from './observe-mapped.ts';
import type { ProfileRules } from './profile.ts';
import { insertRun, isOrdinary, recordOf, usualGapMs, type RunRecord } from './run-history.ts';
import { scoreOf } from './score.ts';
import { insertTry, isProfileDue, learnSeriesProfile, noteScore, restartAt, seriesFor } from './series-book.ts';
import { bucketOf, isSampled, keptMax, logSecondsOf, type LevelShift, type TaskSeries, type Trial } from './series.ts';

/** Everything that is learned of a deployment's history; equal to its rows after every commit. */
export interface Book {
  /** By `seriesKey`. */
  series: Map<string, TaskSeries>;
  runs: Map<string, RunRecord[]>;
  /** By `mappedKey`. */
  mapped: Map<string, MappedSeries>;
  learned: Learned;
  rules: ProfileRules;
}

export const emptyBook = (rules: ProfileRules): Book => ({
  series: new Map(),
  runs: new Map(),
  mapped: new Map(),
  learned: nothingLearned,
  rules,
});

/** An attempt as it is kept. */
export interface SampleTry {
  attempt: Attempt;
  /** It belongs to its series. */
  counted: boolean;
  /** How unusually long it was; null where it was not judged. */
  score: number | null;
}

/** What a cycle, or a step of history, changed in the book: only this is written. */
export interface BookChanges {
  samples: SampleTry[];
  runs: { dagId: string; run: RunRecord }[];
  mapped: MappedCount[];
  shifts: LevelShift[];
  /** Series whose profile is another. */
  profiles: Set<TaskSeries>;
  /** Series with new tries. */
  grown: Set<TaskSeries>;
}

export const noBookChanges = (): BookChanges => ({
  samples: [],
  runs: [],
  mapped: [],
  shifts: [],
  profiles: new Set(),
  grown: new Set(),
});

/** Below so many tries of a series, those of backfills and of runs run again are better than none. */
export const scarce = 20;

/**
 * Takes what ended in a cycle into the book: every try that succeeded is first held against what was expected (all of them,
 * before any is added), then the series grow, level shifts are confirmed and start series anew; the same with the counts of
 * `mapped` runs. In place.
 */
export function observeCycle(
  book: Book,
  transitions: readonly Transition[],
  now: Date,
  mapped: readonly MappedRun[] = [],
): { trials: Trial[]; mappedTrials: MappedTrial[]; changes: BookChanges } {
  const changes = noBookChanges();
  const gaps = new Map<string, number | null>();
  const known = { series: book.series, prior: book.learned.prior };
  const judged = transitions.flatMap((attempt) =>
    attempt.kind === 'attempt' ? [{ attempt, ...heldAgainst(attempt, known, gapOf(book, gaps, attempt.dagId)) }] : [],
  );
  const alpha = book.learned.scoreAlphas['z_score'] ?? alphaUnlearned;
  for (const { attempt, trial, ordinary } of judged) {
    const share = trial?.expectation?.share ?? 1;
    const score = trial === null || trial.pHigh === null || !ordinary ? null : scoreOf(trial.pHigh, alphaAt(alpha, share));
    addTry(book, attempt, { ordinary, score, held: trial?.series ?? null }, changes);
  }
  for (const each of transitions) {
    if (each.kind !== 'run_ended') continue;
    const run = recordOf(each);
    insertRun(book.runs, each.dagId, run);
    changes.runs.push({ dagId: each.dagId, run });
  }
  const { trials: mappedTrials, added } = observeMapped(book, mapped, (dagId) => gapOf(book, gaps, dagId));
  changes.mapped.push(...added);
  settle(book, changes, now);
  return { trials: judged.flatMap(({ trial }) => (trial === null ? [] : [trial])), mappedTrials, changes };
}

function gapOf({ runs }: Book, gaps: Map<string, number | null>, dagId: string): number | null {
  const found = gaps.get(dagId);
  if (found !== undefined) return found;
  const gap = usualGapMs(runs.get(dagId) ?? []);
  gaps.set(dagId, gap);
  return gap;
}

function heldAgainst(attempt: Attempt, known: { series: Map<string, TaskSeries>; prior: Scale | null }, gapMs: number | null) {
  const ordinary = isOrdinary(attempt, gapMs);
  return { trial: trialOf(attempt, known, ordinary), ordinary };
}

/** Takes an ended attempt in as a sample; what is not to be kept of a wide run is left out. */
function addTry(
  book: Book,
  attempt: Attempt,
  { ordinary, score, held }: { ordinary: boolean; score: number | null; held: TaskSeries | null },
  changes: BookChanges,
): void {
  if (attempt.endedAt === null || !isSampled(attempt.mapIndex)) return;
  const log = attempt.outcome === 'success' ? logSecondsOf(attempt.durationSeconds) : null;
  if (log === null) {
    changes.samples.push({ attempt, counted: false, score: null });
    return;
  }
  const bucket = bucketOf(attempt.mapIndex);
  const { dagId, taskId } = attempt;
  const endedSeconds = Math.floor(attempt.endedAt.getTime() / 1000);
  // An earlier try of the same cycle may have made it.
  const series = held ?? seriesFor(book.series, { dagId, taskId, bucket });
  const counted = ordinary || series.length < scarce;
  changes.samples.push({ attempt, counted, score });
  if (!counted) return;
  if (insertTry(series, { log, endedSeconds })) changes.grown.add(series);
  noteScore(series, score, endedSeconds);
}

const daySeconds = 86_400;
export const newestDay = ({ length, endedSeconds }: TaskSeries): number =>
  length === 0 ? -1 : Math.floor((endedSeconds[length - 1] as number) / daySeconds);

/** After new tries: profiles once a day, location and scale, and whether a level shift has shown. */
function settle(book: Book, changes: BookChanges, now: Date): void {
  // What is not sure enough to be told is not taken as the new normal either, but waits for more tries.
  const alpha = book.learned.alphas['trend'] ?? alphaUnlearned;
  for (const series of changes.grown) {
    const day = newestDay(series);
    if (isProfileDue(series, day) && learnSeriesProfile(series, book.rules)) changes.profiles.add(series);
    series.profileDay = day;
    const left = newestResiduals(series, keptMax);
    series.summary = summarise(series, left);
    const shift = shiftOf(series, now, Math.min(shiftAlphaMax, alpha * seriesShare(series)), left);
    if (shift === null) continue;
    const { index, ...rest } = shift;
    restartAt(series, index);
    changes.shifts.push(rest);
  }
}

/** However many false alerts are accepted, a baseline is restarted for no less. */
const shiftAlphaMax = 0.001;
/** A day, less what daily runs may vary. */
const shiftSecondsMin = 82_800;

/** The level shift that the newest tries of a series show, if any, and where in it the new level begins. */
export function shiftOf(
  series: TaskSeries,
  now: Date,
  significance: number,
  left = newestResiduals(series, keptMax),
): (LevelShift & { index: number }) | null {
  const found = findShift(left, significance);
  if (found === null) return null;
  const { dagId, taskId, bucket } = series;
  const { start: index, ...rest } = found;
  // What lasts for less than a day may be the time of day.
  if ((series.endedSeconds[series.length - 1] as number) - (series.endedSeconds[index] as number) < shiftSecondsMin) return null;
  const at = new Date((series.endedSeconds[index] as number) * 1000);
  return { dagId, taskId, bucket, at, confirmedAt: now, ...rest, share: seriesShare(series), index };
}
