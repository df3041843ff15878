import { isUserMethod, type Exception, type Frame } from './exceptions.ts';
import { readTraceback, type FoundTrace, type TraceLine } from './python-traceback.ts';

const call = /^\s{1,40}at ([\w.$<>/@-]{1,400})\(([^()]{0,200})\)/;
const more = /^\s{1,40}\.\.\. \d{1,9} (?:more|common frames omitted)/;
const type = String.raw`((?:[a-z_][\w$]{0,80}\.){1,12}[A-Z][\w$]{0,120})`;
const head = new RegExp(
  String.raw`^(?:Exception in thread "[^"]{1,200}" |: |.{0,200}?(?:ERROR|WARN|FATAL)\b.{0,200}?: )?${type}(?:: (.*))?$`,
);
const causedBy = new RegExp(String.raw`^\s{0,40}Caused by: ${type}(?:: (.*))?$`);
const headDistanceMax = 12;
const messageLinesMax = 40;

/** Whether a line is a call of a JVM stack trace. */
export const isJvmCall = (text: string): boolean => call.test(text);

/**
 * The exception of the JVM whose first call stands on `lines[at]`, with its causes; undefined when nothing above names it.
 * `from` is the first line that it may begin on.
 */
export function readJvmTrace(lines: readonly TraceLine[], at: number, from: number): FoundTrace | undefined {
  let start = at - 1;
  for (; start >= from && at - start <= headDistanceMax; start -= 1) if (nameOn(lines[start]?.text ?? '') !== null) break;
  const first = start < from || at - start > headDistanceMax ? null : nameOn(lines[start]?.text ?? '');
  if (first === null) return undefined;
  const chain: Exception[] = [];
  let next = start;
  let name: RegExpExecArray | null = first;
  while (name !== null && chain.length < 50) {
    const one = readOne(lines, next, name);
    chain.push(one.exception);
    next = one.end;
    name = causedBy.exec(lines[next]?.text ?? '');
  }
  const exception = chain.reduceRight((below, each) => {
    deepest(each).cause ??= below;
    return each;
  });
  return { exception, end: next };
}

const nameOn = (text: string): RegExpExecArray | null =>
  text.length > 2000 ? head.exec(text.slice(0, 2000)) : (head.exec(text) ?? causedBy.exec(text));

const deepest = (exception: Exception): Exception => (exception.cause === undefined ? exception : deepest(exception.cause));

function readOne(lines: readonly TraceLine[], at: number, [, type = '', first = '']: RegExpExecArray): FoundTrace {
  const message = [first];
  const frames: Frame[] = [];
  let end = at + 1;
  for (; end < lines.length; end += 1) {
    const text = (lines[end] as TraceLine).text;
    const found = call.exec(text);
    if (found !== null) {
      if (frames.length < 300) frames.push(frameOf(found, (lines[end] as TraceLine).line));
      continue;
    }
    if (more.test(text)) continue;
    if (frames.length > 0 || message.length > messageLinesMax || causedBy.test(text)) break;
    message.push(text);
  }
  const line = lines[at]?.line ?? 0;
  // The innermost call comes first on the JVM.
  const exception: Exception = { type, message: message.join('\n').trim(), frames: frames.reverse(), line };
  const inner = first.includes('Traceback (most recent call last):') ? ofPython(lines, at, at + message.length) : undefined;
  if (inner !== undefined) exception.cause = inner;
  return { exception, end };
}

/** Spark tells the Python error of a worker within the message of its own. */
function ofPython(lines: readonly TraceLine[], from: number, to: number): Exception | undefined {
  const within = lines
    .slice(from, to)
    .map((each, index) => (index === 0 ? { ...each, text: 'Traceback (most recent call last):' } : each));
  return readTraceback(within, 0)?.exception;
}

function frameOf([, method = '', place = '']: RegExpExecArray, at: number): Frame {
  const [, file = place, line = '0'] = /^(.{1,150}):(\d{1,9})$/.exec(place) ?? [];
  return { file, line: Number(line), function: method, user: isUserMethod(method), at };
}
