import { chainOf, type Exception } from './exceptions.ts';
import { isJvmCall, readJvmTrace } from './jvm-trace.ts';
import { endOfMargin, isPlace, readTraceback, startsTraceback, type TraceLine } from './python-traceback.ts';
import { linesOf, type LogRecord } from './record.ts';

/** An exception of a log, and who told it. */
export interface LoggedException {
  exception: Exception;
  /** The record in which it begins. */
  record: LogRecord;
}

/** A pod's container, as KubernetesPodOperator puts it before each line. */
const containerPrefix = /^\[[a-z0-9][a-z0-9-]{0,62}\] (?=.)/;

/**
 * Every exception that a log tells, with its causes, in order of the lines. A traceback that a command printed line by line is
 * put together from the lines of that command alone, whatever stands between them.
 */
export function findExceptions(records: readonly LogRecord[]): LoggedException[] {
  const found: LoggedException[] = [];
  for (const lines of streamsOf(records).values()) {
    for (const { exception, record } of inStream(lines)) found.push({ exception, record: records[record] as LogRecord });
  }
  for (const record of records) if (record.error !== undefined) found.push({ exception: record.error, record });
  return found.sort((a, b) => a.record.line - b.record.line || a.exception.line - b.exception.line);
}

/** Lines by who wrote them. */
function streamsOf(records: readonly LogRecord[]): Map<string, TraceLine[]> {
  const streams = new Map<string, TraceLine[]>();
  records.forEach((record, index) => {
    const key = writerOf(record);
    let lines = streams.get(key);
    if (lines === undefined) streams.set(key, (lines = []));
    for (const { line, text } of linesOf(record))
      lines.push({ line, text: text.startsWith('[') ? text.replace(containerPrefix, '') : text, record: index });
  });
  return streams;
}

/** Who wrote a record: its logger or file, not the place in it. */
export const writerOf = ({ host = '', stream, logger, source = '' }: LogRecord): string =>
  `${host} ${stream ?? ''} ${logger ?? source.replace(/:\d{1,9}$/, '')}`;

function inStream(lines: readonly TraceLine[]): { exception: Exception; record: number }[] {
  const found: { exception: Exception; record: number }[] = [];
  let from = 0;
  for (let at = 0; at < lines.length;) {
    const { text } = lines[at] as TraceLine;
    // Most lines begin with neither a blank nor a T or an E.
    const first = text.charCodeAt(0);
    if (first !== 32 && first !== 9 && first !== 84 && first !== 69) {
      at += 1;
      continue;
    }
    const python = startsTraceback(text) || isPlace(text);
    const trace = python ? readTraceback(lines, at) : isJvmCall(text) ? readJvmTrace(lines, at, from) : undefined;
    if (trace === undefined) {
      // What is no exception group as a whole holds none either: it is not to be read again from each of its lines.
      at = python ? Math.max(at + 1, endOfMargin(lines, at)) : at + 1;
      continue;
    }
    const [begin, end] = [Math.min(at, indexOfLine(lines, trace.exception, at)), trace.end];
    if (python) hangJvm(trace.exception);
    found.push({ exception: trace.exception, record: (lines[begin] as TraceLine).record });
    at = Math.max(at + 1, end);
    from = at;
  }
  return found;
}

const indexOfLine = (lines: readonly TraceLine[], { line }: Exception, at: number): number => {
  let index = at;
  while (index > 0 && (lines[index] as TraceLine).line > line) index -= 1;
  return index;
};

/** py4j tells the JVM's exception within the message of its own. */
function hangJvm(exception: Exception): void {
  for (const each of chainOf(exception)) {
    if (!each.message.includes('\n') || each.cause !== undefined) continue;
    const lines = each.message.split('\n').map((text, index) => ({ line: each.line + index, text, record: 0 }));
    const at = lines.findIndex(({ text }) => isJvmCall(text));
    const trace = at < 0 ? undefined : readJvmTrace(lines, at, 0);
    if (trace !== undefined) {
      each.cause = trace.exception;
      each.causeIsDirect = true;
    }
  }
}
