import { digitsAt, endOfDigits, isAlnum, isDigit } from './char-kinds.ts';

const colon = 58;
const dash = 45;
const slashCode = 47;
const dot = 46;
const blank = 32;

/**
 * Where the date, the time of day or both that begin at `at` end; `at` itself when none does. Knows ISO 8601 and its relatives,
 * `17/06/09 20:10:40`, `10/Oct/2000:13:55:36 -0700`, `03-17 16:13:38.811`, `20171223-22:15:29:606`.
 */
export function endOfTime(text: string, at: number): number {
  const length = endOfDigits(text, at) - at;
  const next = text.charCodeAt(at + length);
  if (length === 2) {
    if (next === colon) return endOfClock(text, at);
    if (next === slashCode) return endOfSlashed(text, at);
    if (next === dash || next === dot) {
      // Month and day alone are two numbers; with a time they are a date.
      if (!digitsAt(text, at + 3, 2) || text.charCodeAt(at + 5) !== blank) return at;
      const end = endOfClock(text, at + 6);
      return end === at + 6 ? at : end;
    }
    return at;
  }
  if (length === 1)
    return next === colon && digitsAt(text, at + 2, 2) && text.charCodeAt(at + 4) === colon ? endOfClock(text, at) : at;
  if (length === 4 && (next === dash || next === slashCode || next === dot)) {
    if (!digitsAt(text, at + 5, 2) || text.charCodeAt(at + 7) !== next || !digitsAt(text, at + 8, 2)) return at;
    if (isDigit(text.charCodeAt(at + 10))) return at;
    return withClock(text, at + 10);
  }
  if (length === 8 && (text.charCodeAt(at) === 49 || text.charCodeAt(at) === 50)) {
    const end = withClock(text, at + 8);
    return end === at + 8 ? at : end;
  }
  return at;
}

/** The end of a date with the time of day that follows it, if one does. */
function withClock(text: string, end: number): number {
  const between = text.charCodeAt(end);
  // T, a blank, `_`, `-` or `:` between the two.
  if (between !== 84 && between !== blank && between !== 95 && between !== dash && between !== colon) return end;
  const clock = endOfClock(text, end + 1);
  if (clock === end + 1) return end;
  return clock;
}

/** `20:10:40`, `20.10.40.123456`, `201040`, with a fraction and an offset. */
function endOfClock(text: string, at: number): number {
  const hours = endOfDigits(text, at) - at;
  if (hours === 6) return endOfOffset(text, endOfFraction(text, at + 6));
  if (hours < 1 || hours > 2) return at;
  const between = text.charCodeAt(at + hours);
  if ((between !== colon && between !== dot) || !digitsAt(text, at + hours + 1, 2)) return at;
  const minutes = at + hours + 3;
  if (text.charCodeAt(minutes) !== between || !digitsAt(text, minutes + 1, 2)) {
    // Hours and minutes only, behind a date and before an offset or a blank.
    return at;
  }
  if (isDigit(text.charCodeAt(minutes + 3))) return at;
  return endOfOffset(text, endOfFraction(text, minutes + 3));
}

function endOfFraction(text: string, end: number): number {
  const mark = text.charCodeAt(end);
  if ((mark === dot || mark === 44 || mark === colon) && isDigit(text.charCodeAt(end + 1))) return endOfDigits(text, end + 1);
  return end;
}

/** `Z`, `+00:00`, ` +0000`, ` UTC`. */
function endOfOffset(text: string, end: number): number {
  const first = text.charCodeAt(end);
  if (first === 90 && !isAlnum(text.charCodeAt(end + 1))) return end + 1;
  const from = first === blank ? end + 1 : end;
  const mark = text.charCodeAt(from);
  if ((mark === 43 || mark === dash) && digitsAt(text, from + 1, 2)) {
    const colonAt = text.charCodeAt(from + 3) === colon ? from + 4 : from + 3;
    if (digitsAt(text, colonAt, 2) && !isAlnum(text.charCodeAt(colonAt + 2))) return colonAt + 2;
    return end;
  }
  return first === blank && text.startsWith('UTC', from) && !isAlnum(text.charCodeAt(from + 3)) ? from + 3 : end;
}

function endOfSlashed(text: string, at: number): number {
  const month = monthAt(text, at + 3);
  const rest = month ? at + 7 : at + 6;
  if (!month && (!digitsAt(text, at + 3, 2) || text.charCodeAt(at + 5) !== slashCode)) return at;
  const year = endOfDigits(text, rest) - rest;
  if (year !== 2 && year !== 4) return at;
  return withClock(text, rest + year);
}

/** Three characters in one number: names are told apart without making texts of them. */
const packed = (text: string, at: number): number =>
  (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2);
const packedNames = (names: string): Set<number> => new Set(names.split(' ').map((name) => packed(name, 0)));
const months = packedNames('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec');
const weekdays = packedNames('Mon Tue Wed Thu Fri Sat Sun');

/** `Oct/` */
const monthAt = (text: string, at: number): boolean => text.charCodeAt(at + 3) === slashCode && months.has(packed(text, at));

/** Where a time that begins with a name ends: `Jun 14 15:16:01`, `Sun Dec 04 04:47:44 2005`; `at` when none begins. */
export function endOfNamedTime(text: string, at: number): number {
  if (weekdays.has(packed(text, at))) {
    const comma = text.charCodeAt(at + 3) === 44 ? 1 : 0;
    const from = at + 4 + comma;
    if (text.charCodeAt(from - 1) !== blank) return at;
    const end = endOfMonthFirst(text, from);
    return end === from ? at : end;
  }
  return endOfMonthFirst(text, at);
}

function endOfMonthFirst(text: string, at: number): number {
  if (text.charCodeAt(at + 3) !== blank || !months.has(packed(text, at))) return at;
  const from = text.charCodeAt(at + 4) === blank ? at + 5 : at + 4;
  const day = endOfDigits(text, from);
  if (day - from < 1 || day - from > 2 || text.charCodeAt(day) !== blank) return at;
  const end = endOfClock(text, day + 1);
  if (end === day + 1) return at;
  // A year may follow.
  return text.charCodeAt(end) === blank && digitsAt(text, end + 1, 4) && !isAlnum(text.charCodeAt(end + 5)) ? end + 5 : end;
}
