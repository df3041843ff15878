const hourMs = 3_600_000;
const minuteMs = 60_000;
/** The range of a Date. */
const atMax = 8.64e15;

/** Numbers of these sizes, since 1970: seconds, milliseconds, microseconds, nanoseconds. */
const epochUnits = [
  { below: 1e11, ms: 1000 },
  { below: 1e14, ms: 1 },
  { below: 1e17, ms: 1e-3 },
  { below: Infinity, ms: 1e-6 },
] as const;

/**
 * Reads timestamps of one file, in ms since 1970: ISO 8601 (`2026-01-05`, `2026-01-05 14:30`, `2026-01-05T14:30:00.25+01:00`;
 * without an offset it is UTC), or a number since 1970, whose size in the first row says whether it counts s, ms, µs or ns.
 * NaN for anything else.
 */
export function createTimeReader(): (text: string) => number {
  let unitMs = 0;
  let dayText = '';
  let dayAt = Number.NaN;
  return (text) => {
    if (text.charCodeAt(4) === dash && text.charCodeAt(7) === dash) {
      const date = text.slice(0, 10);
      if (date !== dayText) {
        dayText = date;
        dayAt = dayOf(date);
      }
      return text.length === 10 ? dayAt : dayAt + timeOfDay(text);
    }
    if (!/^[+-]?\d+(\.\d*)?([eE][+]?\d+)?$/.test(text)) return Number.NaN;
    const epoch = Number(text);
    if (unitMs === 0) unitMs = epochUnits.find(({ below }) => Math.abs(epoch) < below)?.ms ?? 1;
    const at = epoch * unitMs;
    return Math.abs(at) <= atMax ? at : Number.NaN;
  };
}

const dash = 45;

function dayOf(date: string): number {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date);
  if (parts === null) return Number.NaN;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const at = new Date(0).setUTCFullYear(year, month - 1, day);
  return new Date(at).getUTCMonth() === month - 1 && day > 0 ? at : Number.NaN;
}

const timePattern = /^[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?\s?(?:(Z|UTC)|([+-])(\d\d):?(\d\d)?)?$/i;

/** Of `2026-01-05T14:30:00+01:00` what comes after the day, in ms, offset taken in. */
function timeOfDay(text: string): number {
  const parts = timePattern.exec(text.slice(10));
  if (parts === null) return Number.NaN;
  const [, hours = '', minutes = '', seconds = '0', fraction, , sign, offHours = '0', offMinutes = '0'] = parts;
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  // 24:00 is the end of a day, and 60 the leap second.
  if (h > 24 || m > 59 || s > 60 || (h === 24 && m + s > 0)) return Number.NaN;
  if (Number(offHours) > 23 || Number(offMinutes) > 59) return Number.NaN;
  const offset = (sign === '-' ? -1 : 1) * (Number(offHours) * hourMs + Number(offMinutes) * minuteMs);
  const part = fraction === undefined ? 0 : Number(`0.${fraction}`);
  return h * hourMs + m * minuteMs + (s + part) * 1000 - (sign === undefined ? 0 : offset);
}
