import type { RunRecord } from '../measure/run-history.ts';
import { allowance, type Lateness, type Miss, type ScheduledDag } from './schedule-late.ts';
import { isByAsset, isScheduled, spanHabit, usualSpan, type Span } from './usual-span.ts';

/** Gaps needed before a longer one says anything. */
const gapsMin = 10;
const dayMs = 86_400_000;
/** A history of this length has seen every weekday. */
const wholeWeekMs = 8 * dayMs;

/**
 * A DAG that assets trigger has not run for longer than its runs are usually apart; null while that is not so, or not known.
 * Whoever runs on weekdays only must not be late on the first weekend: with less than eight days of history every day since
 * the last run must be one on which it has run.
 */
export function assetMiss(
  { history, openRuns }: ScheduledDag,
  { lateAfterMs, alpha, rules }: Lateness,
  nowMs: number,
): Miss | null {
  const lately = history.slice(-gapsMin);
  // What a schedule triggers as well is judged by that.
  if (!lately.some(isByAsset) || lately.some(isScheduled) || openRuns.some(isByAsset)) return null;
  const ends = history
    .flatMap((run) => (isByAsset(run) && run.state === 'success' && run.endMs !== null ? [run.endMs] : []))
    .toSorted((a, b) => a - b);
  const [firstMs, lastMs] = [ends[0], ends.at(-1)];
  if (firstMs === undefined || lastMs === undefined || ends.length <= gapsMin || nowMs - lastMs < lateAfterMs) return null;
  const gaps = usualSpan(spanHabit(gapsOf(ends), rules), alpha, lastMs);
  const { ms, usual } = allowance(gaps, lateAfterMs);
  const deadlineMs = lastMs + ms;
  if (deadlineMs > nowMs) return null;
  if (lastMs - firstMs < wholeWeekMs && !daysAllSeen(ends, lastMs, nowMs)) return null;
  return { stage: failedLast(history) ? 'failed' : 'no_trigger', dueMs: lastMs, deadlineMs, usual, run: null };
}

const gapsOf = (ends: readonly number[]): Span[] =>
  ends.slice(1).map((endMs, index) => ({ atMs: ends[index] ?? endMs, ms: endMs - (ends[index] ?? endMs) }));

const weekdayOf = (ms: number): number => Math.floor(ms / dayMs) % 7;

function daysAllSeen(ends: readonly number[], fromMs: number, toMs: number): boolean {
  const seen = new Set(ends.map(weekdayOf));
  for (let day = Math.floor(fromMs / dayMs); day <= Math.floor(toMs / dayMs); day += 1) if (!seen.has(day % 7)) return false;
  return true;
}

const failedLast = (history: readonly RunRecord[]): boolean => history.at(-1)?.state === 'failed';
