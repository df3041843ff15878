import { createHash } from 'node:crypto';
import { chainOf, isUserFile, shortType, type Exception } from '../logs/exceptions.ts';
import { middleCut } from '../logs/excerpt.ts';
import { findFailure, type Failure } from '../logs/find-failure.ts';
import { createMasker, type Masker } from '../logs/masks.ts';
import { parseLog } from '../logs/parse-log.ts';
import { errorSignature, maskedLine, userFrames } from '../logs/signature.ts';
import type { Redactor } from '../redact/redactor.ts';

/** A place in code as a program tells it. */
export interface GivenFrame {
  file: string;
  function: string;
  line?: number | undefined;
}

/** An error as a program tells it. */
export interface GivenError {
  /** Class, with its module or without. */
  type: string;
  message: string;
  /** As Python prints it. */
  trace?: string | undefined;
  /** Instead of a trace: outermost call first. */
  frames?: readonly GivenFrame[] | undefined;
  /** Of the task that failed, if one did. */
  operator?: string | undefined;
}

/** An error as it is kept and compared; redacted. */
export interface ToldError {
  /** Class of the innermost cause, without its module. */
  type: string;
  message: string;
  /** The first line of the message with masks in place of what varies. */
  template: string;
  /** The distinct words of type and template, sorted. */
  tokens: string[];
  /** The last three functions of the user's own code, `dags/load.py:load`, outermost first. */
  frames: string[];
  /** The error signature, as incidents have it. */
  signature: string;
  /** Equal for errors that differ in values only. */
  fingerprint: string;
  /** What was printed, at most 8 kB. */
  trace: string;
}

const messageMax = 2000;
const traceMax = 8000;
const traceLinesMax = 5000;
const tokensMax = 60;

/** What is kept of an error. Of a chain the innermost cause is the error: what wraps it says only that it came out. Pure but for the redactor. */
export function toldError(given: GivenError, redactor: Redactor, masker: Masker = createMasker()): ToldError {
  const line = redactor.log();
  const lines = (given.trace ?? '').split('\n', traceLinesMax).map((each) => line(each));
  const type = redactor.text(given.type).trim();
  const message = redactor.text(given.message).trim();
  const frames = given.frames?.map(({ file, function: name, line: at }) => ({
    file: redactor.text(file),
    function: redactor.text(name),
    line: at,
  }));
  const failure = failureOf({ type, message, lines, frames: frames ?? [] });
  return {
    ...comparable({ type: failure.type, message: failure.message, frames: userFrames(failure.exception, masker) }, masker),
    signature: errorSignature({ operator: given.operator ?? '', failure, masker }),
    trace: middleCut(frames === undefined ? lines.join('\n').trim() : framesText(frames), traceMax),
  };
}

/** What two errors are compared by: also for failures that were found elsewhere, in a task's log. Takes redacted texts. */
export function comparable(
  { type, message, frames }: { type: string; message: string; frames: readonly string[] },
  masker: Masker = createMasker(),
): Pick<ToldError, 'type' | 'message' | 'template' | 'tokens' | 'frames' | 'fingerprint'> {
  const short = shortType(type);
  const template = maskedLine(message, masker);
  const words = template
    .split(' ')
    .map(wordOf)
    .filter((word) => word !== '');
  return {
    type: short,
    message: middleCut(message, messageMax),
    template,
    tokens: [...new Set([short, ...words])].slice(0, tokensMax).sort(),
    frames: [...frames],
    fingerprint: createHash('sha1')
      .update(JSON.stringify([short, template, ...frames]))
      .digest('hex'),
  };
}

/** A word without the punctuation about it; masks stay as they are. */
const wordOf = (token: string): string =>
  token.includes('<') ? token : token.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '').toLowerCase();

function failureOf({
  type,
  message,
  lines,
  frames,
}: {
  type: string;
  message: string;
  lines: readonly string[];
  frames: readonly GivenFrame[];
}): Failure {
  const found = lines.every((each) => each === '') ? undefined : findFailure([...parseLog(lines)]);
  const own: Exception = {
    type,
    message,
    line: 1,
    frames:
      found?.exception?.frames ??
      frames.map(({ file, line = 0, function: name }) => ({ file, line, function: name, user: isUserFile(file), at: 1 })),
  };
  // The trace of something else, or cut before its end: then what was told of the error itself counts.
  const fits =
    found?.exception !== undefined && chainOf(found.exception).some((each) => shortType(each.type) === shortType(type));
  return fits ? found : { type, message, line: 1, exception: own, codes: [] };
}

const framesText = (frames: readonly GivenFrame[]): string =>
  frames.map(({ file, function: name, line }) => `${file}${line === undefined ? '' : `:${line}`} in ${name}`).join('\n');
