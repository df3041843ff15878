import { addDays, instantOf, localTime, weekdays } from '../lib/calendar.ts';
import type { Due, SlaWindow } from './objective.ts';

const dayMs = 86_400_000;

/** The part of time that is judged: from (included) to now, and where a calendar window ends. */
export interface Span {
  fromMs: number;
  /** The end of a calendar window; of a rolling one now. */
  toMs: number;
  lengthMs: number;
}

/** The window at `now`. Days of a calendar have 23 or 25 hours where clocks change. */
export function spanOf(window: SlaWindow, now: Date): Span {
  if (window.kind === 'rolling') return { fromMs: now.getTime() - window.ms, toMs: now.getTime(), lengthMs: window.ms };
  const last = lastSpan.get(window);
  if (last?.nowMs === now.getTime()) return last.found;
  const found = calendarSpan(window, now);
  lastSpan.set(window, { nowMs: now.getTime(), found });
  return found;
}

function calendarSpan(window: Exclude<SlaWindow, { kind: 'rolling' }>, now: Date): Span {
  const { date, weekday } = localTime(now, window.timeZone);
  const [first, after] = periodOf(window.kind, date, weekdays.indexOf(weekday));
  const fromMs = instantOf(first, 0, window.timeZone).getTime();
  const toMs = instantOf(after, 0, window.timeZone).getTime();
  return { fromMs, toMs, lengthMs: toMs - fromMs };
}

/** First day of the period that holds `date`, and the first day after it. Weeks begin on Monday. */
function periodOf(kind: 'day' | 'week' | 'month', date: string, weekday: number): [first: string, after: string] {
  switch (kind) {
    case 'day':
      return [date, addDays(date, 1)];
    case 'week': {
      const monday = addDays(date, -weekday);
      return [monday, addDays(monday, 7)];
    }
    case 'month': {
      const first = `${date.slice(0, 8)}01`;
      return [first, `${addDays(first, 31).slice(0, 8)}01`];
    }
  }
}

/** A deadline that has come: its date, and the instant. */
export interface DueAt {
  date: string;
  atMs: number;
}

/** The targets of an objective ask the same question in a cycle, one after the other, and calendars are slow. */
const lastBetween = new WeakMap<Due, { afterMs: number; untilMs: number; found: DueAt[] }>();
const lastBefore = new WeakMap<Due, { nowMs: number; found: DueAt | null }>();
const lastSpan = new WeakMap<SlaWindow, { nowMs: number; found: Span }>();

/** The deadlines in (afterMs, untilMs], oldest first; at most those of the newest 100 days. */
export function dueBetween(due: Due, afterMs: number, untilMs: number): DueAt[] {
  const last = lastBetween.get(due);
  if (last?.afterMs === afterMs && last.untilMs === untilMs) return last.found;
  const found = findDue(due, afterMs, untilMs);
  lastBetween.set(due, { afterMs, untilMs, found });
  return found;
}

function findDue(due: Due, afterMs: number, untilMs: number): DueAt[] {
  const from = Math.max(afterMs, untilMs - 100 * dayMs);
  const found: DueAt[] = [];
  let { date } = localTime(new Date(from - dayMs), due.timeZone);
  const { date: last } = localTime(new Date(untilMs), due.timeZone);
  for (; date <= last; date = addDays(date, 1)) {
    const at = instantOf(date, due.minuteOfDay, due.timeZone);
    const { weekday } = localTime(at, due.timeZone);
    const atMs = at.getTime();
    if (atMs > from && atMs <= untilMs && due.days.includes(weekday) && !due.except.includes(date)) found.push({ date, atMs });
  }
  return found;
}

/** The newest deadline at or before `now`; null when there was none for 100 days. Looks back day by day: usually one or two. */
export function lastDue(due: Due, now: Date): DueAt | null {
  const last = lastBefore.get(due);
  if (last?.nowMs === now.getTime()) return last.found;
  const found = findLastDue(due, now);
  lastBefore.set(due, { nowMs: now.getTime(), found });
  return found;
}

function findLastDue(due: Due, now: Date): DueAt | null {
  for (let back = 0; back <= 100; back += 1) {
    const untilMs = now.getTime() - back * dayMs;
    const found = findDue(due, untilMs - dayMs, untilMs).at(-1);
    if (found !== undefined) return found;
  }
  return null;
}
