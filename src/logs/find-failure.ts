import { findCodes, type ErrorCodeFound } from './codes.ts';
import { chainOf, innermost, isWrapper, lastUserFrame, type Exception, type Frame } from './exceptions.ts';
import { findExceptions, writerOf, type LoggedException } from './find-exceptions.ts';
import type { TraceLine } from './python-traceback.ts';
import { linesOf, type LogRecord } from './record.ts';
import { findToolError } from './tool-errors.ts';

/** What a log says about why its task failed. */
export interface Failure {
  /** The class of the innermost exception, or what kind of line told the error. */
  type: string;
  message: string;
  /** The raw line on which it stands. */
  line: number;
  /** The exception that it was taken from, outermost; undefined where a program told its error without one. */
  exception?: Exception;
  /** The exception that only said that a command, a pod or a job failed, and was seen through. */
  wrapper?: Exception;
  /** The last call in the user's own code. */
  frame?: Frame;
  /** Codes near the cause and at the end of the log. */
  codes: ErrorCodeFound[];
}

/** How Airflow itself tells that a task failed. */
const telling = /^(?:Task failed with exception|Failed to execute (?:job|task)|Task execution failed)/;
/** How it tells how the process ended. */
const ending =
  /\b(?:[Tt]ask exited with return code|Process terminated by signal|exited with return code|[Ss]IG(?:KILL|TERM)|exit_code=|OOMKilled)/;
const nearLines = 5;
/** How a process ended is told among the last records. */
const endRecords = 300;

/**
 * Why the task of a log failed, as far as the log says: the innermost cause of the exception that ended it; when that only says
 * that something else failed, what that something printed. Undefined when nothing looks like a failure.
 */
export function findFailure(records: readonly LogRecord[]): Failure | undefined {
  const exceptions = findExceptions(records);
  const last = endOf(exceptions);
  const cause = last === undefined ? undefined : innermost(last.exception);
  if (last !== undefined && cause !== undefined && !isWrapper(cause)) return ofException(last.exception, records);
  const wrapper = cause;
  const inner = exceptions.filter(({ exception }) => !isWrapper(innermost(exception)));
  const before = inner.filter(({ exception }) => wrapper === undefined || exception.line < wrapper.line);
  const beneath = before.at(-1) ?? inner.at(-1);
  if (beneath !== undefined) return { ...ofException(beneath.exception, records), ...(wrapper === undefined ? {} : { wrapper }) };
  return ofOutput(records, last, wrapper);
}

/** The exception that ended the task: what Airflow told last, else the last at the level of an error, else the last. */
function endOf(exceptions: readonly LoggedException[]): LoggedException | undefined {
  const told = exceptions.findLast(({ record }) => telling.test(record.text));
  const isError = ({ record }: LoggedException): boolean => record.level === 'error' || record.level === 'critical';
  // Errors on stderr are the task's own output: Airflow's word goes first.
  return told ?? exceptions.findLast((each) => isError(each) && each.record.stream === undefined) ?? exceptions.at(-1);
}

function ofException(exception: Exception, records: readonly LogRecord[]): Failure {
  const { type, message, line } = innermost(exception);
  const frame = lastUserFrame(exception);
  const codes = codesOf(records, line, chainOf(exception));
  return { type, message, line, exception, ...(frame === undefined ? {} : { frame }), codes };
}

function ofOutput(
  records: readonly LogRecord[],
  last: LoggedException | undefined,
  wrapper: Exception | undefined,
): Failure | undefined {
  const own = last === undefined ? undefined : writerOf(last.record);
  const outside = records.filter((record) => writerOf(record) !== own || own === ' ' || own?.trim() === '');
  const lines = outside.flatMap((record, index) => linesOf(record).map((each): TraceLine => ({ ...each, record: index })));
  const until = wrapper === undefined ? lines : lines.filter(({ line }) => line < wrapper.line);
  const tool = findToolError(until) ?? findToolError(lines);
  const chain = wrapper === undefined ? [] : [wrapper];
  if (tool !== undefined)
    return { ...tool, ...(wrapper === undefined ? {} : { wrapper }), codes: codesOf(records, tool.line, chain, tool.message) };
  if (wrapper !== undefined && last !== undefined) {
    const { type, message, line } = wrapper;
    const frame = lastUserFrame(last.exception);
    return {
      type,
      message,
      line,
      exception: last.exception,
      wrapper,
      ...(frame === undefined ? {} : { frame }),
      codes: codesOf(records, line, chain),
    };
  }
  return ofEnd(records);
}

/** No exception and no error told: how the process ended is all there is. */
function ofEnd(records: readonly LogRecord[]): Failure | undefined {
  const worst = records.findLast(({ level }) => level === 'critical') ?? records.findLast(({ level }) => level === 'error');
  const end = worst ?? records.findLast(({ text, line }) => ending.test(text) && findCodes(text, line).length > 0);
  if (end === undefined) return undefined;
  const [message = ''] = end.text.split('\n', 1);
  return { type: '', message, line: end.line, codes: codesOf(records, end.line, []) };
}

/** Codes in the exceptions, in lines near the cause, and in what tells how the process ended. */
function codesOf(records: readonly LogRecord[], line: number, chain: readonly Exception[], message = ''): ErrorCodeFound[] {
  const found = new Map<string, ErrorCodeFound>();
  const look = (text: string, at: number): void => {
    for (const code of findCodes(text, at)) {
      const key = `${code.kind} ${code.value}`;
      if (!found.has(key)) found.set(key, code);
    }
  };
  for (const each of chain.toReversed()) {
    look(`${each.type}: `, each.line);
    for (const part of each.message.split('\n', 40)) look(part, each.line);
  }
  for (const part of message.split('\n', 40)) look(part, line);
  const endFrom = records.length - endRecords;
  for (const [index, record] of records.entries()) {
    const near = Math.abs(record.line - line) <= nearLines;
    if (near || (index >= endFrom && ending.test(record.text.slice(0, 300)))) look(record.text.slice(0, 1000), record.line);
  }
  return [...found.values()].slice(0, 20);
}
