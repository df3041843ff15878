import { Temporal } from 'temporal-polyfill';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** A point in time as a clock on a wall shows it. */
export interface LocalTime {
  /** `2026-03-29`. */
  date: string;
  weekday: Weekday;
  minuteOfDay: number;
}

/** What clocks in `timeZone` (IANA) show at `at`. */
export function localTime(at: Date, timeZone: string): LocalTime {
  const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone);
  return {
    date: local.toPlainDate().toString(),
    weekday: weekdays[local.dayOfWeek - 1] ?? 'mon',
    minuteOfDay: local.hour * 60 + local.minute,
  };
}

/**
 * When clocks in `timeZone` show `minuteOfDay` on `date`. A time that a change to summer time skips is taken as much later as
 * was skipped; of one that comes twice the first is taken (Temporal's `compatible`).
 */
export function instantOf(date: string, minuteOfDay: number, timeZone: string): Date {
  const time = Temporal.PlainTime.from({ hour: Math.floor(minuteOfDay / 60), minute: minuteOfDay % 60 });
  const zoned = Temporal.PlainDate.from(date).toZonedDateTime({ timeZone, plainTime: time });
  return new Date(zoned.epochMilliseconds);
}

/** `date` moved by so many days. */
export const addDays = (date: string, days: number): string => Temporal.PlainDate.from(date).add({ days }).toString();

/** Minutes of a time of day such as `06:30`; the caller has checked its form. */
export function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

/** Whether an IANA time zone of this name exists. */
export function isTimeZone(timeZone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone);
    return true;
  } catch {
    return false;
  }
}

/** English names, January first. */
export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
