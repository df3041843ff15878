import { digit, isAlnum, isDigit, isHex, kindOf, letter } from './char-kinds.ts';
import { endOfNamedTime, endOfTime } from './scan-times.ts';
import { endOfGroups, endOfIpv4, endOfNumber, endOfUuid, unitAt } from './scan-values.ts';

/** The masks, by number; 0 is none. */
export const maskNames = [
  '',
  '<TIME>',
  '<RUN_ID>',
  '<UUID>',
  '<IP>',
  '<HASH>',
  '<PART>',
  '<HEX>',
  '<NUM>',
  '<SIZE>',
  '<DURATION>',
  '<STR>',
  '?<QUERY>',
] as const;
const [TIME, RUN_ID, UUID, IP, HASH, PART, HEX, NUM, SIZE, DURATION, STR, QUERY] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
] as const;

// What is found is one number, so that no object is made for each word: where it ends, and its mask. A line is short enough for that.
const plain = (end: number): number => end * 16;
const masked = (end: number, mask: number): number => end * 16 + mask;
export const endOf = (found: number): number => found >>> 4;
export const maskOf = (found: number): number => found & 15;

const quotedMax = 64;
const hashMin = 7;
const runIdPrefixes = [
  'scheduled__',
  'manual__',
  'asset_triggered__',
  'dataset_triggered__',
  'backfill__',
  'asset_materialization__',
];

/** A word begins: a time by its month, a hash, a UUID, an id of a run, a varying part of a path, or just a word. */
export function scanWord(text: string, at: number, inPath: boolean): number {
  let end = at + 1;
  let digits = 0;
  let hex = isHex(text.charCodeAt(at));
  for (;;) {
    const code = text.charCodeAt(end);
    const kind = kindOf(code);
    if (kind === digit) digits += 1;
    else if (kind !== letter) break;
    else if (hex && !isHex(code)) hex = false;
    end += 1;
  }
  const length = end - at;
  const next = text.charCodeAt(end);
  if (length === 3 && (next === 32 || next === 44)) {
    const time = endOfNamedTime(text, at);
    if (time !== at) return masked(time, TIME);
  }
  if (next === 95 && digits === 0 && isRunId(text, at)) return masked(endOfRun(text, end), RUN_ID);
  if (hex) {
    if (length === 8 && next === 45 && endOfUuid(text, at) !== at) return masked(at + 36, UUID);
    if (next === 58 && length <= 4) {
      const address = endOfGroups(text, at);
      if (address !== at) return masked(address, IP);
    }
    if (length >= hashMin && digits > 0) return masked(end, HASH);
  }
  const before = inPath ? text.charCodeAt(at - 1) : 0;
  const isPart = digits > 0 && length > 3 && (before === 47 || before === 92);
  return isPart ? masked(end, PART) : plain(end);
}

/** A number begins, or what begins like one. */
export function scanDigits(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === 48 && (text.charCodeAt(at + 1) | 32) === 120 && isHex(text.charCodeAt(at + 2))) {
    let end = at + 3;
    while (isHex(text.charCodeAt(end))) end += 1;
    if (!isAlnum(text.charCodeAt(end))) return masked(end, HEX);
  }
  const time = endOfTime(text, at);
  if (time !== at && !isAlnum(text.charCodeAt(time))) return masked(time, TIME);
  const end = endOfNumber(text, at);
  const next = text.charCodeAt(end);
  // Most numbers are no more than that.
  if (next <= 32) return endOfIpv4(text, at) === end ? masked(end, IP) : scanUnit(text, end);
  if (next === 45 && end - at === 8 && endOfUuid(text, at) !== at) return masked(at + 36, UUID);
  const address = next === 58 ? endOfGroups(text, at) : at;
  if (address !== at) return masked(address, IP);
  const ip = endOfIpv4(text, at);
  if (ip !== at) return masked(ip, IP);
  if (kindOf(next) !== letter) return masked(end, NUM);
  const unit = unitAt(text, end, false);
  if (unit !== undefined) {
    const compound = endOfCompound(text, end + unit.length);
    if (!isAlnum(text.charCodeAt(compound))) return masked(compound, unit.mask === 'SIZE' ? SIZE : DURATION);
  }
  return scanMixed(text, at, end);
}

/** A number at the end of a word: a unit may follow. */
function scanUnit(text: string, end: number): number {
  const unit = text.charCodeAt(end) === 32 ? unitAt(text, end + 1, true) : undefined;
  if (unit === undefined) return masked(end, NUM);
  return masked(end + 1 + unit.length, unit.mask === 'SIZE' ? SIZE : DURATION);
}

/** `1h2m3s` goes on after its first unit. */
function endOfCompound(text: string, from: number): number {
  let end = from;
  while (isDigit(text.charCodeAt(end))) {
    const number = endOfNumber(text, end);
    const unit = unitAt(text, number, false);
    if (unit === undefined) return end;
    end = number + unit.length;
  }
  return end;
}

/** Digits and letters in one word: a hash, a UUID, or a name such as `4xlarge`. */
function scanMixed(text: string, at: number, from: number): number {
  let end = at;
  let hex = true;
  for (; isAlnum(text.charCodeAt(end)); end += 1) if (hex && !isHex(text.charCodeAt(end))) hex = false;
  if (hex && end - at === 8 && endOfUuid(text, at) !== at) return masked(at + 36, UUID);
  if (hex && text.charCodeAt(end) === 58 && end - at <= 4) {
    const address = endOfGroups(text, at);
    if (address !== at) return masked(address, IP);
  }
  const until = Math.max(end, from);
  return hex && end - at >= hashMin ? masked(until, HASH) : plain(until);
}

/** A sign belongs to a number when nothing stands before it. */
export function scanSign(text: string, at: number, from: number): number {
  if (!isDigit(text.charCodeAt(at + 1)) || (at > from && isAlnum(text.charCodeAt(at - 1)))) return plain(at + 1);
  const end = endOfNumber(text, at + 1);
  if (kindOf(text.charCodeAt(end)) === letter) return plain(at + 1);
  // A dash before a date or an address is none.
  const time = endOfTime(text, at + 1);
  if (time !== at + 1 || endOfIpv4(text, at + 1) !== at + 1) return plain(at + 1);
  return masked(end, NUM);
}

/** `'…'` and `"…"`, unless it is a key of JSON or an apostrophe. */
export function scanQuote(text: string, at: number, from: number, end: number): number {
  if (at > from && isAlnum(text.charCodeAt(at - 1))) return plain(at + 1);
  const mark = text.charCodeAt(at);
  const until = Math.min(end, at + quotedMax + 2);
  for (let close = at + 1; close < until; close += 1) {
    const code = text.charCodeAt(close);
    if (code === 10) break;
    if (code !== mark) continue;
    const next = text.charCodeAt(close + 1);
    if (isAlnum(next)) continue;
    return next === 58 ? plain(at + 1) : masked(close + 1, STR);
  }
  return plain(at + 1);
}

/** A query of a URL or a path, up to the next blank, quote or bracket. */
export function scanQuery(text: string, at: number): number {
  if (!isAlnum(text.charCodeAt(at + 1))) return plain(at + 1);
  return masked(endOfRun(text, at + 1), QUERY);
}

/** Where a run of characters ends that are no blank, quote, comma or closing bracket. */
function endOfRun(text: string, from: number): number {
  let end = from;
  for (;;) {
    const code = text.charCodeAt(end);
    // " ' ) , ; > ] }
    if (
      code <= 32 ||
      code === 34 ||
      code === 39 ||
      code === 41 ||
      code === 44 ||
      code === 59 ||
      code === 62 ||
      code === 93 ||
      code === 125
    )
      return end;
    end += 1;
  }
}

const isRunId = (text: string, at: number): boolean => runIdPrefixes.some((prefix) => text.startsWith(prefix, at));

/** `<NAME>`, set by a mask before, stays as it is. */
export function scanMask(text: string, at: number): number {
  let end = at + 1;
  for (; end < at + 40; end += 1) {
    const code = text.charCodeAt(end);
    if (code === 62) return plain(end + 1);
    // A-Z, 0-9, _ and *
    if (!((code >= 65 && code <= 90) || isDigit(code) || code === 95 || code === 42)) break;
  }
  return plain(at + 1);
}
