import { isUserFile, type Exception, type Frame } from './exceptions.ts';

/** A line of a log on its way through a trace reader; `record` tells which lines are one message. */
export interface TraceLine {
  line: number;
  text: string;
  record: number;
}

const head = /^(?:Exception Group )?Traceback \(most recent call last\):\s{0,9}$/;
const place = /^\s+File "([^"]{1,1000})", line (\d{1,9})(?:, in (.{1,300}))?\s*$/;
const raised = /^([A-Za-z_][\w.<>]{0,250})(?:: ?(.*))?$/;
const link =
  /^(?:The above exception was the (direct cause) of|During handling of the above exception, another exception occurred)/;
/** A line of a margin that exception groups have. */
const margin = /^ {0,40}[|+](?: |-|$)/;
const framesMax = 500;
const messageLinesMax = 60;
/** A SyntaxError without a head takes so few lines. */
const headlessMax = 6;
const groupDepthMax = 5;
/** What goes on with a message even where each line is a message of its own. */
const goesOn = /^(?:\s+\S|DETAIL:|HINT:|CONTEXT:|LINE \d|\[SQL|\[parameters|\(Background on this error|\s*\^)/;

export interface FoundTrace {
  exception: Exception;
  /** Index of the first line behind it. */
  end: number;
}

/** Whether a traceback may begin on a line. */
export const startsTraceback = (text: string): boolean => head.test(text) || /^ {0,40}\+ Exception Group Traceback/.test(text);
/** Whether a SyntaxError may begin on a line: its place comes without a head. */
export const isPlace = (text: string): boolean => place.test(text);

/**
 * The exception whose traceback begins at `lines[start]`, with its causes, and where it ends; undefined when none does. What
 * Python prints last is the exception that came out; those before it are its causes.
 */
export function readTraceback(lines: readonly TraceLine[], start: number): FoundTrace | undefined {
  let below: Exception | undefined;
  let direct = false;
  let at = start;
  let end = start;
  for (let count = 0; count < 100; count += 1) {
    const one = margin.test(lines[at]?.text ?? '') ? readGroup(lines, at) : readOne(lines, at);
    if (one === undefined) break;
    if (below !== undefined) {
      // A group's members lie beneath it already.
      one.exception.cause = below;
      one.exception.causeIsDirect = direct;
    }
    below = one.exception;
    end = one.end;
    const next = linkAt(lines, end);
    if (next === undefined) break;
    direct = next.direct;
    at = next.after;
  }
  return below === undefined ? undefined : { exception: below, end };
}

/** The sentence between two tracebacks, with blank lines about it. */
function linkAt(lines: readonly TraceLine[], from: number): { direct: boolean; after: number } | undefined {
  let at = from;
  while (at < from + 3 && blank(lines[at])) at += 1;
  const found = link.exec(unmargined(lines[at]?.text ?? ''));
  if (found === null) return undefined;
  at += 1;
  for (const until = at + 3; at < until && blank(lines[at]);) at += 1;
  return { direct: found[1] !== undefined, after: at };
}

const blank = (line: TraceLine | undefined): boolean => line !== undefined && unmargined(line.text).trim() === '';
const unmargined = (text: string): string => (margin.test(text) ? text.replace(/^ {0,40}[|+] ?/, '') : text);

/** One traceback: head, frames with their code, type and message. A SyntaxError may have no head. */
function readOne(lines: readonly TraceLine[], start: number): FoundTrace | undefined {
  const frames: Frame[] = [];
  let at = start;
  let until = lines.length;
  if (head.test(lines[at]?.text ?? '')) at += 1;
  else if (place.test(lines[at]?.text ?? '')) until = Math.min(until, at + headlessMax);
  else return undefined;
  for (; at < until; at += 1) {
    const { text, line } = lines[at] as TraceLine;
    const frame = place.exec(text);
    if (frame !== null) {
      if (frames.length < framesMax) frames.push(frameOf(frame, line));
      continue;
    }
    // Code, carets, `[Previous line repeated 3 more times]`.
    if (/^\s/.test(text) || text === '') continue;
    const found = raised.exec(text);
    if (found === null) return undefined;
    const message = readMessage(lines, at, found[2] ?? '');
    const type = (found[1] as string).replace(/\.$/, '');
    return { exception: { type, message: message.text, frames, line }, end: message.end };
  }
  return undefined;
}

function frameOf([, file = '', line, name]: RegExpExecArray, at: number): Frame {
  return { file, line: Number(line), function: name ?? '<syntax>', user: isUserFile(file), at };
}

/** A message may have lines of its own; they end where the next traceback of the chain, or the log's next message, begins. */
function readMessage(lines: readonly TraceLine[], at: number, first: string): { text: string; end: number } {
  const { record } = lines[at] as TraceLine;
  const parts = [first];
  let end = at + 1;
  for (; end < lines.length && parts.length < messageLinesMax; end += 1) {
    const next = lines[end] as TraceLine;
    if (startsTraceback(next.text) || (blank(next) && linkAt(lines, end) !== undefined) || link.test(next.text)) break;
    if (next.record !== record && !goesOn.test(next.text)) break;
    parts.push(next.text);
  }
  return { text: parts.join('\n').trim(), end };
}

/**
 * An exception group: a traceback behind a margin, then its members, each behind a rule such as `+---- 1 ----` and a deeper
 * margin.
 */
function readGroup(lines: readonly TraceLine[], start: number): FoundTrace | undefined {
  const end = endOfMargin(lines, start);
  const exception = readBlock(lines.slice(start, end), 0);
  return exception === undefined ? undefined : { exception, end };
}

/** Where the lines with a margin that begin at `start` end; `start` when there is none. */
export function endOfMargin(lines: readonly TraceLine[], start: number): number {
  let end = start;
  while (end < lines.length && margin.test((lines[end] as TraceLine).text)) end += 1;
  return end;
}

function readBlock(lines: readonly TraceLine[], depth: number): Exception | undefined {
  const opening = lines.findIndex(({ text }) => /^\s{0,40}\+-\+-{3}/.test(text));
  const own = lines.slice(0, opening < 0 ? lines.length : opening).map((each) => ({ ...each, text: unmargined(each.text) }));
  const exception = readTraceback(own, 0)?.exception ?? withoutTrace(own);
  if (exception === undefined || opening < 0 || depth >= groupDepthMax) return exception;
  const column = (lines[opening] as TraceLine).text.indexOf('+-+') + 2;
  const members: Exception[] = [];
  for (let at = opening; at < lines.length && members.length < 20;) {
    let next = at + 1;
    while (next < lines.length && !(lines[next] as TraceLine).text.startsWith('+---', column)) next += 1;
    const member = readBlock(lines.slice(at + 1, next), depth + 1);
    if (member !== undefined) members.push(member);
    at = next;
  }
  return members.length === 0 ? exception : { ...exception, members };
}

/** A member that was never raised has no traceback. */
function withoutTrace([first]: readonly TraceLine[]): Exception | undefined {
  const [, type, message = ''] = raised.exec(first?.text ?? '') ?? [];
  return type === undefined || first === undefined ? undefined : { type, message, frames: [], line: first.line };
}
