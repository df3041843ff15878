import { createHash } from 'node:crypto';
import { chainOf, shortType, type Exception } from './exceptions.ts';
import type { Failure } from './find-failure.ts';
import { createMasker, type Masker } from './masks.ts';

/** What two failures must have in common to be the same error. */
export interface SignatureInput {
  operator: string;
  failure?: Failure | undefined;
  /** Where no error was told: what kind of failure it is taken for, and the novel templates, most telling first. */
  category?: string;
  templates?: readonly string[];
  masker?: Masker;
}

const framesMax = 3;
const templatesMax = 3;
const messageMax = 300;

/**
 * The signature of an error, 40 hexadecimal digits: the same for the same error on another day, of another run, in a task moved
 * down by a few lines. Of operator, types of the exception chain, the last three functions of the user, and the masked message;
 * without an exception or an error line of category, novel templates and exit code. Pure.
 */
export function errorSignature({
  operator,
  failure,
  category = '',
  templates = [],
  masker = createMasker(),
}: SignatureInput): string {
  // One release tells a signal by its name, another by the exit code.
  const end = failure?.codes.find(({ kind }) => kind === 'signal') ?? failure?.codes.find(({ kind }) => kind === 'exit');
  const told = failure !== undefined && failure.type !== '';
  const parts = told
    ? [...typesOf(failure), ...userFrames(failure.exception, masker), maskedLine(failure.message, masker)]
    : [category, ...templates.slice(0, templatesMax), end?.value ?? ''];
  return createHash('sha1')
    .update(JSON.stringify([operator, told, ...parts]))
    .digest('hex');
}

const typesOf = ({ type, exception }: Failure): string[] =>
  exception === undefined ? [type] : chainOf(exception).map(({ type }) => shortType(type));

/** The last three functions of the user's own code, as `dags/load.py:load`: without lines and without the folder of a bundle's version. */
export function userFrames(exception: Exception | undefined, masker: Masker): string[] {
  if (exception === undefined) return [];
  const frames = chainOf(exception).flatMap(({ frames }) => frames.filter(({ user }) => user));
  return frames
    .slice(-framesMax)
    .map((frame) => `${maskedLine(frame.file.split(/[\\/]/).slice(-2).join('/'), masker)}:${frame.function}`);
}

/** The first line of a message without what varies. */
export function maskedLine(message: string, masker: Masker): string {
  const [first = ''] = message.trim().split('\n', 1);
  return masker.split(first).join(' ').slice(0, messageMax);
}
