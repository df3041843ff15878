import { digit, endOfDigits, isAlnum, isDigit, kindOf, letter, space } from './char-kinds.ts';
import { levelOf } from './record.ts';
import { endOfNamedTime, endOfTime } from './scan-times.ts';

const wordsMax = 12;
const wordMax = 300;
/** So many words may stand before the time: a label, a number of seconds. */
const beforeTimeMax = 4;
const openBracket = 91;
const closeBracket = 93;
const colon = 58;
const pipe = 124;

/**
 * Where the message of a log line begins: behind the time, the numbers of process and thread, the level and the logger at its
 * head, in any of the usual orders. `start` when the line has no such head. A blank must stand at `end`.
 */
export function endOfHeader(text: string, start: number, end: number): number {
  const first = kindOf(text.charCodeAt(start));
  // Most lines without a header begin with a letter that no month and no weekday begins with.
  if (first === letter && !mayBeNamed(text, start, end)) return start;
  let sure = start;
  let timed = false;
  let numbers = 0;
  let at = start;
  for (let count = 0; count < wordsMax; count += 1) {
    at = afterBlanks(text, at, end);
    if (at >= end) break;
    const time = endOfTimeWord(text, at);
    if (time > at) {
      const named = kindOf(text.charCodeAt(at)) === letter;
      timed = true;
      sure = at = time;
      if (text.charCodeAt(time - 1) === pipe) return endOfFields(text, time, end);
      if (named) return afterSyslog(text, time, end);
      continue;
    }
    const word = endOfWord(text, at, end);
    const { digits, letters, others } = made;
    // `[123]`, `123`, `123:`; a dash, or a word that holds a digit, may stand before the time.
    const isMark = digits > 0 || (others === 1 && letters === 0);
    if (digits > 0 && letters === 0 && others <= 2) numbers += 1;
    else if (isLevel(text, at, word, timed && numbers > 0)) {
      if (!timed && (numbers < 2 || numbers !== count)) return start;
      return afterLevel(text, word, end);
    } else if (!timed && (count >= beforeTimeMax || !isMark)) return start;
    at = word;
  }
  return sure === start ? start : afterBlanks(text, sure, end);
}

/** Only a month or a weekday may begin a header with a letter, or a label with a digit before the time. */
function mayBeNamed(text: string, at: number, end: number): boolean {
  const fourth = text.charCodeAt(at + 3);
  if (fourth === 32 || fourth === 44) return true;
  // Such a label holds a date itself: `nova-api.log.1.2017-05-16_13:53:08`.
  const word = Math.min(end, at + 60);
  for (let index = at; index < word && text.charCodeAt(index) > 32; index += 1) if (isDigit(text.charCodeAt(index))) return true;
  return false;
}

function afterBlanks(text: string, at: number, end: number): number {
  let next = at;
  while (next < end && kindOf(text.charCodeAt(next)) === space) next += 1;
  return next;
}

/** Of the word that was found last: how many digits, letters and other characters it has. */
const made = { digits: 0, letters: 0, others: 0 };

/** A word, or what stands in brackets, with nested ones and blanks; `made` tells what it is made of. */
function endOfWord(text: string, at: number, end: number): number {
  let [depth, digits, letters, others] = [0, 0, 0, 0];
  const until = Math.min(end, at + wordMax);
  let next = at;
  for (; next < until; next += 1) {
    const code = text.charCodeAt(next);
    const kind = kindOf(code);
    if (kind === letter) letters += 1;
    else if (kind === digit) digits += 1;
    else if (kind === space && depth === 0) break;
    else {
      others += 1;
      if (code === openBracket && (next === at || depth > 0)) depth += 1;
      else if (code === closeBracket && depth > 0) depth -= 1;
    }
  }
  made.digits = digits;
  made.letters = letters;
  made.others = others;
  if (depth === 0) return next;
  // A bracket that is not closed is part of its word.
  next = at;
  while (next < end && text.charCodeAt(next) > 32) next += 1;
  return next;
}

/** A time as one word or more, with brackets and a mark behind it. */
function endOfTimeWord(text: string, at: number): number {
  const bracket = text.charCodeAt(at) === openBracket ? 1 : 0;
  const from = at + bracket;
  const first = text.charCodeAt(from);
  let time = isDigit(first) ? endOfTime(text, from) : kindOf(first) === letter ? endOfNamedTime(text, from) : from;
  if (time === from) {
    // Seconds or milliseconds since 1970.
    const digits = endOfDigits(text, from);
    if ((digits - from !== 10 && digits - from !== 13) || first !== 49) return at;
    time = digits;
  }
  if (bracket === 1 && text.charCodeAt(time) === closeBracket) time += 1;
  const mark = text.charCodeAt(time);
  if (mark === colon || mark === 44 || mark === pipe) time += 1;
  return kindOf(text.charCodeAt(time)) === space || mark === pipe ? time : at;
}

/** Of the word found last: whether it is a level, in brackets or not. */
function isLevel(text: string, at: number, end: number, letterToo: boolean): boolean {
  const { digits, letters, others } = made;
  if (digits > 0 || letters > 9 || others > 3) return false;
  // Android says it with one letter.
  if (letters === 1) return letterToo && others === 0 && 'VDIWEF'.includes(text.charAt(at));
  if (letters < 3) return false;
  const from = kindOf(text.charCodeAt(at)) === letter ? at : at + 1;
  const to = from + letters;
  if (kindOf(text.charCodeAt(from)) !== letter || to > end || levelOf(text.slice(from, to)) === undefined) return false;
  // `Error reading …` is a message; `Info    CBS`, `[error]` and `error:` are levels.
  const isUpper = text.charCodeAt(to - 1) < 97;
  return isUpper || from > at || to < end || kindOf(text.charCodeAt(end + 1)) === space;
}

/** Behind the level come threads in brackets, the logger and dashes. */
function afterLevel(text: string, from: number, end: number): number {
  let at = from;
  for (let count = 0; count < 4; count += 1) {
    const word = afterBlanks(text, at, end);
    if (word >= end) return word;
    const next = endOfWord(text, word, end);
    const first = text.charCodeAt(word);
    const isSeparator = next - word === 1 && (first === 45 || first === colon || first === pipe);
    if (!isSeparator && first !== openBracket && !isLogger(text, word, next)) return word;
    at = next;
    if (text.charCodeAt(next - 1) === colon) break;
  }
  return afterBlanks(text, at, end);
}

/** `dfs.DataNode$PacketResponder:`, `nova.compute.manager`, `WindowManager:`; never `ValueError:`. */
function isLogger(text: string, at: number, end: number): boolean {
  if (kindOf(text.charCodeAt(at)) !== letter) return false;
  const isNamed = text.charCodeAt(end - 1) === colon;
  const to = isNamed ? end - 1 : end;
  let dots = 0;
  let inner = 0;
  for (let index = at; index < to; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 46) dots += 1;
    else if (code >= 65 && code <= 90) inner += index > at ? 1 : 0;
    else if (!isAlnum(code) && code !== 36 && code !== 95 && code !== 45) return false;
  }
  if (isNamed) return (dots > 0 || inner > 0) && !isErrorName(text, at, to);
  return dots >= 2 && text.charCodeAt(to - 1) !== 46;
}

function isErrorName(text: string, at: number, to: number): boolean {
  const name = text.slice(Math.max(at, to - 9), to);
  return name.endsWith('Error') || name.endsWith('Exception') || name.endsWith('Warning');
}

/** Behind the time of a syslog come the host and the process: `combo sshd(pam_unix)[19939]:`. */
function afterSyslog(text: string, from: number, end: number): number {
  const host = afterBlanks(text, from, end);
  const afterHost = endOfWord(text, host, end);
  if (isLevel(text, host, afterHost, false)) return afterLevel(text, afterHost, end);
  const name = afterBlanks(text, afterHost, end);
  const next = endOfWord(text, name, end);
  return next < end && text.charCodeAt(next - 1) === colon ? afterBlanks(text, next, end) : host;
}

/** `Step_LSC|30002312|` */
function endOfFields(text: string, from: number, end: number): number {
  let at = from;
  for (let count = 0; count < 4; count += 1) {
    let next = at;
    while (next < end && next - at < 40 && text.charCodeAt(next) > 32 && text.charCodeAt(next) !== pipe) next += 1;
    if (text.charCodeAt(next) !== pipe) break;
    at = next + 1;
  }
  return afterBlanks(text, at, end);
}
