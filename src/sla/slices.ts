import { formatDuration } from '../lib/durations.ts';
import { addEvent, addSlice, type SlaChanges, type SlaTarget } from './memory.ts';
import { compare, type SlaObjective } from './objective.ts';
import type { PostedSlice } from './posted.ts';
import { dueBetween } from './window.ts';

const hourMs = 3_600_000;
/** Of a posted metric the slices of this long are made up for after a pause; its raw values are kept for a day. */
export const customCatchUpMs = hourMs;
/** After a pause of Windsock slices of freshness are made up for this far back. */
const freshCatchUpMs = 24 * hourMs;

/** The ends of the slices in (fromMs, toMs]. */
export function* sliceEnds(fromMs: number, toMs: number, everyMs: number): Generator<number> {
  for (let at = (Math.floor(fromMs / everyMs) + 1) * everyMs; at <= toMs; at += everyMs) yield at;
}

/** The newest of `times` (in order) at or before `atMs`; null when there is none. */
export function newestAt(times: readonly number[], atMs: number): number | null {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  return times[low - 1] ?? null;
}

export interface SliceOptions {
  fromMs: number;
  toMs: number;
  live: boolean;
}

/** Counts slices of freshness: good when the last success by the slice's end was young enough. `successes` are in order. */
export function countFreshness(
  objective: SlaObjective,
  target: SlaTarget,
  successes: readonly number[],
  { fromMs, toMs }: Pick<SliceOptions, 'fromMs' | 'toMs'>,
  changes: SlaChanges,
): void {
  const everyMs = objective.evaluateEveryMs;
  for (const atMs of sliceEnds(Math.max(fromMs, toMs - freshCatchUpMs), toMs, everyMs)) {
    const last = newestAt(successes, atMs);
    if (last === null) continue;
    const age = (atMs - last) / 1000;
    const good = compare(age, objective.operator, objective.threshold);
    const text = good ? '' : `the last success was ${formatDuration(age * 1000)} old`;
    addSlice(target, { atMs, good, text }, changes, { live: true, everyMs });
  }
}

/** Counts the deadlines in (fromMs, toMs]: good with a success within the time before. `successes` are in order. */
export function countDeadlines(
  { due }: SlaObjective,
  target: SlaTarget,
  successes: readonly number[],
  { fromMs, toMs, live }: SliceOptions,
  changes: SlaChanges,
): void {
  if (due === null) return;
  for (const { date, atMs } of dueBetween(due, fromMs, toMs)) {
    const last = newestAt(successes, atMs);
    const good = last !== null && last > atMs - due.withinMs;
    const value = good ? (last - atMs) / 1000 : null;
    addEvent(target, { key: `since:${atMs}`, atMs, value, good }, changes, {
      live,
      text: `not done by the deadline of ${date}`,
    });
  }
}

/** Notes how late the newest deadline was made good, once: by its first success. `successes` are in order. */
export function noteLate(target: SlaTarget, successes: readonly number[], changes: SlaChanges): void {
  const event = target.events.at(-1);
  if (event === undefined || event.good || event.value !== null) return;
  const first = successes.find((atMs) => atMs > event.atMs);
  if (first === undefined) return;
  event.value = (first - event.atMs) / 1000;
  changes.events.push({ target, event });
}

/** Counts the slices of a posted metric that end after what was counted before, in the order of their ends. */
export function countCustom(
  objective: SlaObjective,
  target: SlaTarget,
  slices: readonly Pick<PostedSlice, 'atMs' | 'value'>[],
  fromMs: number,
  changes: SlaChanges,
): void {
  const { metric, operator, threshold, evaluateEveryMs: everyMs, recoversAfter } = objective;
  if (metric === null) return;
  for (const { atMs, value } of slices.toSorted((a, b) => a.atMs - b.atMs)) {
    if (atMs <= fromMs) continue;
    target.lastValue = { atMs, value };
    target.recentValues = [...target.recentValues, value].slice(-recoversAfter);
    const text = `${metric.name} was ${Number(value.toPrecision(6))}`;
    addSlice(target, { atMs, good: compare(value, operator, threshold), text }, changes, { live: true, everyMs });
  }
}
