import { addTo, bucketOf, forgetBefore, noBuckets, type Buckets, type Count } from './buckets.ts';
import type { SlaState, SlaStatus } from './status.ts';

/** Newest events kept of a target, for statistics, burn, and against counting twice. About 100 bytes each. */
export const eventsMax = 500;
const hourMs = 3_600_000;
const fineMs = 300_000;
/** Hours kept: 90 days, at most 2160 a target. */
export const hoursKeptMs = 90 * 24 * hourMs;
/** Five-minute buckets of slices, for the short burn windows: at most 84 a target. */
const fineKeptMs = 7 * hourMs;

/** A run, a try or a due time that was judged good or bad. */
export interface SlaEvent {
  /** Names it: a second end of the same run counts no more. */
  key: string;
  atMs: number;
  /** Seconds; null where only good or bad counts. */
  value: number | null;
  good: boolean;
}

export interface Violation {
  event: string;
  atMs: number;
  text: string;
}

/** What is remembered of one objective on one target. */
export interface SlaTarget {
  sla: string;
  dagId: string;
  taskId: string;
  /** Of the objective that was counted; a changed one begins anew. */
  definition: string;
  /** History was read into it. */
  seeded: boolean;
  /** Since when it is counted live. */
  firstSeenMs: number;
  /** Oldest first. */
  events: SlaEvent[];
  hours: Buckets;
  fine: Buckets;
  violations: number;
  state: SlaState;
  sinceMs: number;
  lastSuccessMs: number | null;
  /** Slices, or deadlines, are counted up to here. */
  judgedToMs: number;
  /** The value of the newest slice of a posted metric. */
  lastValue: { atMs: number; value: number } | null;
  /** Of the newest slices of a posted metric, newest last. */
  recentValues: readonly number[];
  lastViolation: Violation | null;
  /** The newest status; made anew when something happened, or after `evaluate_every`. */
  status: { made: SlaStatus; atMs: number; paused: boolean } | null;
  /** Its status stands in the store. */
  shown: boolean;
  /** 0 to 1: when in each `evaluate_every` it is its turn, so that thousands do not come at once. */
  phase: number;
}

/** All targets, by `targetKey`. */
export type SlaMemory = Map<string, SlaTarget>;

const targetKey = (sla: string, dagId: string, taskId: string): string => `${sla}\u0000${dagId}\u0000${taskId}`;
export const keyOf = ({ sla, dagId, taskId }: Pick<SlaTarget, 'sla' | 'dagId' | 'taskId'>): string =>
  targetKey(sla, dagId, taskId);

/** What a cycle changed, for `saveSla`. */
export interface SlaChanges {
  targets: Set<SlaTarget>;
  events: { target: SlaTarget; event: SlaEvent }[];
  /** The beginnings of the buckets that were counted in. */
  hours: Map<SlaTarget, Set<number>>;
  fine: Map<SlaTarget, Set<number>>;
  /** Their events and buckets go before anything is written: the objective was changed. */
  restarted: Set<SlaTarget>;
}

export const noSlaChanges = (): SlaChanges => ({
  targets: new Set(),
  events: [],
  hours: new Map(),
  fine: new Map(),
  restarted: new Set(),
});

/** A target of which nothing is known yet. `violations` is what a former definition had counted. */
export function newTarget(
  { sla, dagId, taskId, definition }: Pick<SlaTarget, 'sla' | 'dagId' | 'taskId' | 'definition'>,
  nowMs: number,
  former?: Pick<SlaTarget, 'violations'>,
): SlaTarget {
  return {
    sla,
    dagId,
    taskId,
    definition,
    seeded: false,
    firstSeenMs: nowMs,
    events: [],
    hours: noBuckets(hourMs),
    fine: noBuckets(fineMs),
    violations: former?.violations ?? 0,
    state: 'unknown',
    sinceMs: nowMs,
    lastSuccessMs: null,
    judgedToMs: nowMs,
    lastValue: null,
    recentValues: [],
    lastViolation: null,
    status: null,
    shown: false,
    phase: phaseOf(targetKey(sla, dagId, taskId)),
  };
}

/** The same for the same key, spread evenly over 0 to 1 (FNV-1a, with a last mixing of the bits). */
function phaseOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** Whether the target's turn, which comes once in `everyMs`, lies in (fromMs, toMs]. */
export const isTurn = ({ phase }: SlaTarget, everyMs: number, fromMs: number, toMs: number): boolean =>
  Math.floor(toMs / everyMs - phase) > Math.floor(fromMs / everyMs - phase);

/** The order in which events are loaded too. */
const isAfter = (a: SlaEvent | undefined, b: SlaEvent): boolean =>
  a !== undefined && (a.atMs > b.atMs || (a.atMs === b.atMs && a.key > b.key));

const runPkOf = (key: string): number => Number(/^run:(\d+)/.exec(key)?.[1] ?? Number.NaN);

/** Whether it was counted before: by name, or as a run older than all that are remembered (cleared and run again). */
function isKnown({ events }: SlaTarget, key: string): boolean {
  if (events.some((each) => each.key === key)) return true;
  if (events.length < eventsMax) return false;
  const runPk = runPkOf(key);
  return events.every((each) => runPkOf(each.key) > runPk);
}

/** Counts an event, unless it was; what is `live` and bad is a violation. Returns whether it was new. */
export function addEvent(
  target: SlaTarget,
  event: SlaEvent,
  changes: SlaChanges,
  { live, text, name = event.key }: { live: boolean; text: string; name?: string },
): boolean {
  if (isKnown(target, event.key)) return false;
  let at = target.events.length;
  while (at > 0 && isAfter(target.events[at - 1], event)) at -= 1;
  target.events.splice(at, 0, event);
  while (target.events.length > eventsMax) target.events.shift();
  touch(target, addTo(target.hours, event.atMs, one(event.good)), changes.hours);
  changes.events.push({ target, event });
  changed(target, changes);
  if (live && !event.good) {
    target.violations += 1;
    target.lastViolation = { event: name, atMs: event.atMs, text };
  }
  return true;
}

/** Turns what was counted as good into a violation; nothing when it was bad already, or is not remembered. */
export function spoilEvent(target: SlaTarget, key: string, text: string, changes: SlaChanges): void {
  const event = target.events.find((each) => each.key === key);
  if (event === undefined || !event.good) return;
  event.good = false;
  if (bucketOf(target.hours, event.atMs) !== undefined)
    touch(target, addTo(target.hours, event.atMs, { total: 0, bad: 1 }), changes.hours);
  changes.events.push({ target, event });
  target.violations += 1;
  target.lastViolation = { event: key, atMs: event.atMs, text };
  changed(target, changes);
}

/** Counts a slice of time that ends at `atMs`. A row of bad slices is one violation event, named by its beginning. */
export function addSlice(
  target: SlaTarget,
  { atMs, good, text }: { atMs: number; good: boolean; text: string },
  changes: SlaChanges,
  { live, everyMs }: { live: boolean; everyMs: number },
): void {
  touch(target, addTo(target.hours, atMs, one(good)), changes.hours);
  touch(target, addTo(target.fine, atMs, one(good)), changes.fine);
  changed(target, changes);
  if (!live || good) return;
  target.violations += 1;
  const goesOn = target.lastViolation !== null && atMs - target.lastViolation.atMs <= everyMs;
  target.lastViolation = { event: goesOn ? (target.lastViolation?.event ?? '') : `since:${atMs}`, atMs, text };
}

/** Counts the slices that end at multiples of `everyMs` in [lowMs, highMs], by hour, and by five minutes where these are kept. */
export function addCount(
  target: SlaTarget,
  { lowMs, highMs, everyMs, good, nowMs }: { lowMs: number; highMs: number; everyMs: number; good: boolean; nowMs: number },
  changes: SlaChanges,
): void {
  const kept = [
    [target.hours, lowMs, changes.hours],
    [target.fine, Math.max(lowMs, nowMs - fineKeptMs), changes.fine],
  ] as const;
  for (const [buckets, fromMs, of] of kept) {
    const { sizeMs } = buckets;
    for (let startMs = Math.floor(fromMs / sizeMs) * sizeMs; startMs <= highMs; startMs += sizeMs) {
      const [low, high] = [Math.max(fromMs, startMs), Math.min(highMs, startMs + sizeMs - 1)];
      const total = Math.floor(high / everyMs) - Math.ceil(low / everyMs) + 1;
      if (total > 0) touch(target, addTo(buckets, startMs, { total, bad: good ? 0 : total }), of);
    }
  }
}

const one = (good: boolean): Count => ({ total: 1, bad: good ? 0 : 1 });

function changed(target: SlaTarget, changes: SlaChanges): void {
  changes.targets.add(target);
  target.status = null;
}

function touch(target: SlaTarget, startMs: number, changes: Map<SlaTarget, Set<number>>): void {
  const of = changes.get(target) ?? new Set();
  of.add(startMs);
  changes.set(target, of);
}

/** Drops what is beyond the bounds of time, in memory; the rows go by `trimSla`. */
export function forgetOld(target: SlaTarget, nowMs: number): void {
  forgetBefore(target.hours, nowMs - hoursKeptMs);
  forgetBefore(target.fine, nowMs - fineKeptMs);
  while ((target.events[0]?.atMs ?? Infinity) < nowMs - hoursKeptMs) target.events.shift();
}
