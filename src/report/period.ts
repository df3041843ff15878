import { addDays, instantOf, localTime, weekdays } from '../lib/calendar.ts';
import { AppError } from '../lib/errors.ts';

export const reportKinds = ['daily', 'weekly'] as const;
export type ReportKind = (typeof reportKinds)[number];

/** A day, or a week from Monday on, of a calendar: 23 or 25 hours are a day, too. */
export interface Period {
  kind: ReportKind;
  timeZone: string;
  /** Its first and last day: `2026-11-23`. */
  first: string;
  last: string;
  /** From (included) to (excluded). */
  from: Date;
  to: Date;
}

const lengths: Record<ReportKind, number> = { daily: 1, weekly: 7 };

/** The period whose first day this is. */
function periodFrom(kind: ReportKind, first: string, timeZone: string): Period {
  const after = addDays(first, lengths[kind]);
  return {
    kind,
    timeZone,
    first,
    last: addDays(after, -1),
    from: instantOf(first, 0, timeZone),
    to: instantOf(after, 0, timeZone),
  };
}

/** The day, or the week, that holds a day of the calendar. */
function periodOf(kind: ReportKind, date: string, timeZone: string): Period {
  if (kind === 'daily') return periodFrom(kind, date, timeZone);
  const { weekday } = localTime(instantOf(date, 12 * 60, timeZone), timeZone);
  return periodFrom(kind, addDays(date, -weekdays.indexOf(weekday)), timeZone);
}

/** The one before, of the same kind. */
export const periodBefore = ({ kind, first, timeZone }: Period): Period =>
  periodFrom(kind, addDays(first, -lengths[kind]), timeZone);

/** The one after, of the same kind. */
export const periodAfter = ({ kind, first, timeZone }: Period): Period =>
  periodFrom(kind, addDays(first, lengths[kind]), timeZone);

/** The newest period that is over. */
export function lastPeriod(kind: ReportKind, timeZone: string, now: Date): Period {
  const present = periodOf(kind, localTime(now, timeZone).date, timeZone);
  return periodBefore(present);
}

/** Whether a text is a day of the calendar: `2026-02-30` is none. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) && at.getUTCFullYear() >= 1970;
}

/**
 * The period that is asked for: the one that holds `date`, or the newest one that is over. Throws INVALID for what is no day, and for a
 * period that has not begun.
 */
export function periodAsked(kind: ReportKind, date: string | null, timeZone: string, now: Date): Period {
  if (date === null) return lastPeriod(kind, timeZone, now);
  if (!isDate(date)) throw new AppError('INVALID', 'date is no day of the calendar; write for instance 2026-11-25');
  const period = periodOf(kind, date, timeZone);
  if (period.from.getTime() > now.getTime()) {
    const today = localTime(now, timeZone).date;
    throw new AppError('INVALID', `that ${kind === 'daily' ? 'day' : 'week'} has not begun; today is ${today} (${timeZone})`);
  }
  return period;
}
