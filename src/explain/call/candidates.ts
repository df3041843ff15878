import { chainOf, shortType, type Exception } from '../../logs/exceptions.ts';
import { linesOf, type LogRecord } from '../../logs/record.ts';
import { isOrder, leftOut, orderless } from './orders.ts';
import type { Reduction } from '../log/reduce-log.ts';

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
  /** What says that a command or a job failed, with its exit code. */
  wrapper: 0.9,
  /** An error line of a program that only says that something failed. */
  vague: 0.9,
  /** A traceback in the output of a program that went on after it. */
  passed: 0.85,
  /** One of the last lines of a program's output. */
  output: 0.9,
  earlier: 0.7,
  /** A warning or error before an exception that is the cause, but says nothing. */
  beside: 0.6,
  /** What was said to be well again. */
  healed: 0.3,
} as const;

const textMax = 4000;
const lineMax = 1000;
/** Of a program's output so many lines before its end tell most, and so many are looked at. */
const lastLines = 40;
const outputLines = 400;
const errorLines = 200;
/** More output than this after a traceback: the program went on. */
const goesOnAfter = 3;
/** An exception that says nothing of its own may have been told about just before. */
const besideRecords = 4;
/** An error of which one of so many next lines says that it passed. */
const healsWithin = 3;
const heals =
  /\b(?:succeed(?:ed|s)|recovered|continu(?:e|es|ing)|reconnected|connected|falling back|fallback|ignor(?:ed|ing)|tolerated|skipp(?:ed|ing)|resum(?:ed|ing)|retry(?:ing)?|using the (?:default|built-in)|defaults? (?:is|are) used|janitor|proceeding|authenticated)\b/i;
const airflowTells = /^(?:Task failed with exception|Failed to execute (?:job|task)|Task execution failed)/;
const vague = new Set(['error line', 'npm error']);

/** The errors of a log, most telling first: the chain from its innermost exception outwards, then what wraps it. */
export function errorCandidates(log: Reduction): Candidate[] {
  const { failure } = log;
  if (failure === undefined) return [];
  const { exception, wrapper, type, message, line } = failure;
  const outer = wrapper === undefined || exception === wrapper ? [] : [ofException(wrapper, directnessOf.wrapper)];
  if (exception === undefined) {
    const passed = lineCandidates(log).find((each) => each.line === line)?.directness === directnessOf.healed;
    const directness = passed ? directnessOf.healed : vague.has(type) ? directnessOf.vague : directnessOf.innermost;
    return [{ text: spoken(message.slice(0, textMax)), line, directness, isLine: false }, ...outer];
  }
  const factor = wrapper !== undefined && exception !== wrapper && wentOn(log, exception, wrapper) ? directnessOf.passed : 1;
  const chain = chainOf(exception)
    .toReversed()
    .map((each, index) => {
      const own = each === wrapper ? directnessOf.wrapper : index === 0 ? directnessOf.innermost : directnessOf.outer;
      return ofException(each, own * factor);
    });
  return [...chain, ...outer];
}

/** What is said to a model is not said about a failure. Lines stay lines, so that what is quoted stands on one. */
function spoken(text: string): string {
  if (!isOrder(text)) return text;
  const lines = text.split('\n').map((line) => orderless(line).replace(leftOut, '').trimEnd());
  const rest = lines.join('\n');
  return isOrder(rest) ? (lines[0] ?? '') : rest;
}

function ofException({ type, message, line, frames }: Exception, directness: number): Candidate {
  const last = frames.at(-1);
  return {
    text: spoken(`${type}${message === '' ? '' : `: ${message}`}`.slice(0, textMax)),
    line,
    directness,
    type: shortType(type),
    ...(last === undefined ? {} : { frame: `${last.file}:${last.function}` }),
    isLine: false,
  };
}

/** The last raw line that an exception takes. */
const endOf = (exception: Exception): number =>
  Math.max(
    ...chainOf(exception).flatMap(({ line, frames, message }) => [
      line + message.split('\n').length - 1,
      ...frames.map(({ at }) => at),
    ]),
  );

function wentOn({ records }: Reduction, exception: Exception, wrapper: Exception): boolean {
  const end = endOf(exception);
  return records.filter(({ line, level }) => line > end && line < wrapper.line && level !== 'debug').length > goesOnAfter;
}

/** Whether the log tells by an exception of its own, not of a wrapper, why it failed: then its other lines count little. */
export const isToldByException = ({ failure }: Reduction): boolean =>
  failure?.exception !== undefined && failure.wrapper === undefined;

/** Lines that may tell the cause where no exception of the task does: the output of a program to its end, and errors anywhere; the last first. */
export function lineCandidates({ records, failure }: Reduction): Candidate[] {
  const until = failure?.wrapper?.line ?? Infinity;
  const inner = failure?.exception !== undefined && failure.exception !== failure.wrapper ? endOf(failure.exception) : 0;
  // Airflow's own word that the task failed is not the output of what failed.
  const before = records.filter(({ line, text }) => line < until && !airflowTells.test(text));
  const output = before.slice(-outputLines).flatMap((record) => linesOf(record));
  const from = output.at(-lastLines)?.line ?? 0;
  const seen = new Set(output.map(({ line }) => line));
  const errors = records
    .filter(({ level, line }) => (level === 'error' || level === 'critical') && !seen.has(line))
    .slice(-errorLines)
    .flatMap((record) => linesOf(record));
  const where = (line: number): number =>
    line <= inner ? directnessOf.beside : line >= from ? directnessOf.output : directnessOf.earlier;
  return [...ofLines(output, where), ...ofLines(errors, where)];
}

/** The few lines before an exception of which no rule knows anything. */
export function linesBeside({ records, failure }: Reduction): Candidate[] {
  if (failure === undefined) return [];
  const end = records.findLastIndex(({ line }) => line <= failure.line);
  const lines = records
    .slice(Math.max(0, end - besideRecords), Math.max(0, end))
    .flatMap((record) => linesOf(record).map((each) => ({ ...each, level: record.level })));
  const told = ofLines(lines, () => directnessOf.beside);
  const loud = new Set(
    lines.flatMap(({ line, level }) => (level === undefined || level === 'info' || level === 'debug' ? [] : [line])),
  );
  return told.filter(({ line }) => loud.has(line));
}

/** Lines in their order as candidates, the last first. */
function ofLines(lines: readonly { line: number; text: string }[], where: (line: number) => number): Candidate[] {
  return lines
    .map(({ line, text }, index) => {
      const healed = lines.slice(index + 1, index + 1 + healsWithin).some((next) => heals.test(next.text.slice(0, lineMax)));
      return { text: text.slice(0, lineMax), line, directness: healed ? directnessOf.healed : where(line), isLine: true };
    })
    .reverse();
}

/** What stands on a raw line, by the record that holds it: of a message that stands there as a whole its first line with `word`, else with anything. */
export function textAt(records: readonly LogRecord[], line: number, word = ''): string | undefined {
  const record = records.findLast((each) => each.line <= line);
  if (record === undefined) return undefined;
  const lines = linesOf(record).filter((each) => each.line === line && each.text.trim() !== '');
  return (lines.find(({ text }) => text.includes(word)) ?? lines[0])?.text;
}
