import { chainOf, shortType, type Exception } from '../logs/exceptions.ts';
import { linesOf, type LogRecord } from '../logs/record.ts';
import type { Reduction } from './reduce-log.ts';

/** A text that a rule may match, and how directly it tells why the task failed. */
export interface Candidate {
  /** `type: message` of an exception, what a program told, or a line. */
  text: string;
  /** The raw line on which it begins. */
  line: number;
  /** 1: the innermost error itself; less: an error about it, a line somewhere. */
  directness: number;
  /** Short name of the class; undefined for what is no exception. */
  type?: string;
  /** The last call, as `file:function`. */
  frame?: string;
  /** A mere line of the log. */
  isLine: boolean;
}

/** How much the same words weigh by where they stand. */
export const directnessOf = {
  innermost: 1,
  outer: 0.95,
  wrapper: 0.9,
  vagueTool: 0.9,
  output: 0.9,
  earlier: 0.7,
  besideException: 0.6,
} as const;

const textMax = 4000;
const lineMax = 1000;
/** Of a program's output so many lines before its end tell most, and so many are looked at. */
const lastLines = 40;
const outputLines = 400;
const errorLines = 200;
/** An exception that says nothing of its own may have been told about just before. */
const besideRecords = 4;
/** What only says that something went wrong. */
const vague = new Set(['error line', 'npm error']);

/** The errors of a log, most telling first: the chain from its innermost exception outwards, then what wraps it. */
export function errorCandidates({ failure }: Pick<Reduction, 'failure'>): Candidate[] {
  if (failure === undefined) return [];
  const { exception, wrapper, type, message, line } = failure;
  const chain = exception === undefined ? [] : chainOf(exception).toReversed();
  const inner = chain.map((each, index) => {
    const isWrapper = each === wrapper;
    return ofException(each, isWrapper ? directnessOf.wrapper : index === 0 ? directnessOf.innermost : directnessOf.outer);
  });
  const told: Candidate = {
    text: message.slice(0, textMax),
    line,
    directness: vague.has(type) ? directnessOf.vagueTool : directnessOf.innermost,
    isLine: false,
  };
  const outer = wrapper === undefined || chain.includes(wrapper) ? [] : [ofException(wrapper, directnessOf.wrapper)];
  return [...(exception === undefined ? [told] : inner), ...outer];
}

function ofException({ type, message, line, frames }: Exception, directness: number): Candidate {
  const last = frames.at(-1);
  return {
    text: `${type}${message === '' ? '' : `: ${message}`}`.slice(0, textMax),
    line,
    directness,
    type: shortType(type),
    ...(last === undefined ? {} : { frame: `${last.file}:${last.function}` }),
    isLine: false,
  };
}

/** Whether the log tells by an exception of its own, not of a wrapper, why it failed: then its other lines count little. */
export const isToldByException = ({ failure }: Pick<Reduction, 'failure'>): boolean =>
  failure?.exception !== undefined && failure.exception !== failure.wrapper;

/** Lines that may tell the cause where no exception does: the output of a program to its end, and errors anywhere; the last first. */
export function lineCandidates({ records, failure }: Pick<Reduction, 'records' | 'failure'>): Candidate[] {
  const until = failure?.wrapper?.line ?? Infinity;
  const before = records.filter(({ line }) => line < until);
  const output = before.slice(-outputLines).flatMap((record) => linesOf(record));
  const from = output.at(-lastLines)?.line ?? 0;
  const seen = new Set(output.map(({ line }) => line));
  const errors = records
    .filter(({ level, line }) => (level === 'error' || level === 'critical') && !seen.has(line))
    .slice(-errorLines)
    .flatMap((record) => linesOf(record));
  return [...output.toReversed(), ...errors.toReversed()].map(({ line, text }) => ({
    text: text.slice(0, lineMax),
    line,
    directness: line >= from ? directnessOf.output : directnessOf.earlier,
    isLine: true,
  }));
}

/** The few lines before an exception of which no rule knows anything. */
export function linesBeside({ records, failure }: Pick<Reduction, 'records' | 'failure'>): Candidate[] {
  if (failure === undefined) return [];
  const end = records.findLastIndex(({ line }) => line <= failure.line);
  return records
    .slice(Math.max(0, end - besideRecords), Math.max(0, end))
    .filter(({ level }) => level === 'error' || level === 'critical' || level === 'warning')
    .flatMap((record) => linesOf(record))
    .toReversed()
    .map(({ line, text }) => ({ text: text.slice(0, lineMax), line, directness: directnessOf.besideException, isLine: true }));
}

/** What stands on a raw line, by the record that holds it. */
export function textAt(records: readonly LogRecord[], line: number): string | undefined {
  const record = records.findLast((each) => each.line <= line);
  if (record === undefined) return undefined;
  return linesOf(record).find((each) => each.line === line)?.text;
}
