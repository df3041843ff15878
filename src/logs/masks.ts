import { AppError } from '../lib/errors.ts';
import { lineLengthMax } from './clean-line.ts';
import { maskVersion, tokenise } from './tokenise.ts';

/** A mask of one's own: what matches becomes `<NAME>`. */
export interface ExtraMask {
  name: string;
  pattern: RegExp;
}

export interface MaskOptions {
  /** Values that are known to vary, by the name of their mask: `{ RUN_ID: 'manual__…', HOST: 'worker-3' }`. */
  known?: Readonly<Record<string, string>>;
  extra?: readonly ExtraMask[];
}

/** Turns a message into tokens. */
export interface Masker {
  /** Changes when the same message may give other tokens. */
  version: string;
  /** A message with known values and masks of one's own in place, and a line break behind it, for a scan. */
  prepare: (text: string) => string;
  /** The tokens of a message, masked; `raws` gets each as it stood. */
  split: (text: string, raws?: string[]) => string[];
}

/** Masks may make a line longer than it was. */
const maskedMax = 2 * lineLengthMax;
/** Shorter values would be found in the middle of anything. */
const knownMin = 3;

/** The built-in masks with those of one's own before them. Known values go first, as they stand. */
export function createMasker({ known = {}, extra = [] }: MaskOptions = {}): Masker {
  const values = Object.entries(known)
    .filter(([, value]) => value.length >= knownMin)
    .sort(([, a], [, b]) => b.length - a.length);
  const version = [maskVersion, ...Object.keys(known).sort(), ...extra.map(({ name, pattern }) => `${name}=${pattern.source}`)];
  const prepare = (text: string): string => {
    let masked = text.length > lineLengthMax ? text.slice(0, lineLengthMax) : text;
    for (const [name, value] of values) if (masked.includes(value)) masked = masked.replaceAll(value, `<${name}>`);
    for (const { name, pattern } of extra) masked = masked.replaceAll(pattern, `<${name}>`);
    return `${masked.length > maskedMax ? masked.slice(0, maskedMax) : masked}\n`;
  };
  return {
    version: version.join(' '),
    prepare,
    split: (text, raws) => {
      const line = prepare(text);
      return tokenise(line, 0, line.length - 1, raws ?? null);
    },
  };
}

/** Reads `NAME=REGEX`. What it matches must not be empty, or every place would. */
export function parseMask(text: string): ExtraMask {
  const [, name, source] = /^([A-Z][A-Z0-9_]{0,30})=(.+)$/s.exec(text) ?? [];
  if (name === undefined || source === undefined)
    throw new AppError('INVALID', `--mask ${text}: write NAME=REGEX, the name in capitals, as in --mask 'ORDER=ord-\\w+'`);
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, 'gu');
  } catch (error) {
    throw new AppError('INVALID', `--mask ${name}: ${source} is no regular expression of JavaScript`, { cause: error });
  }
  if (new RegExp(source, 'u').test('')) throw new AppError('INVALID', `--mask ${name}: ${source} matches the empty text`);
  return { name, pattern };
}
