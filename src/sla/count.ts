import { beginOf, sumSince, type Count } from './buckets.ts';
import { eventsMax, type SlaEvent, type SlaTarget } from './memory.ts';
import { countsSlices, type SlaObjective } from './objective.ts';

/**
 * What was counted from `fromMs` (excluded) on: exact while the newest events reach back so far, else by whole hours, the one
 * that holds `fromMs` included.
 */
export function countSince(target: SlaTarget, objective: SlaObjective, fromMs: number): Count {
  if (countsSlices(objective)) return sumSince(target.hours, fromMs);
  const { events } = target;
  if (events.length >= eventsMax && (events[0]?.atMs ?? 0) > fromMs) return sumSince(target.hours, fromMs);
  const within = eventsSince(target, fromMs);
  return { total: within.length, bad: within.filter(({ good }) => !good).length };
}

/** Slices counted from `fromMs` on, by five minutes. */
export const fineSince = (target: SlaTarget, fromMs: number): Count => sumSince(target.fine, fromMs);

/** The newest events that are younger than `fromMs`, oldest first. */
export const eventsSince = ({ events }: SlaTarget, fromMs: number): SlaEvent[] => {
  let at = events.length;
  while (at > 0 && (events[at - 1]?.atMs ?? 0) > fromMs) at -= 1;
  return events.slice(at);
};

/** When counting began: with the oldest event, or where there were more than are kept, with the oldest hour. Null: nothing was counted. */
export const countedFromMs = ({ hours, events }: SlaTarget): number | null =>
  events.length < eventsMax ? (events[0]?.atMs ?? beginOf(hours)) : beginOf(hours);
