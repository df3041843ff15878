import { createHash } from 'node:crypto';
import { withoutEscapes } from '../lib/ansi.ts';
import { redactValueOf, secretNamedAtEnd } from './over-lines.ts';
import { placeholderOf, type Mark } from './gone.ts';
import { redactJsonLine } from './json-line.ts';
import { compilePattern, type UserPattern } from './patterns.ts';
import { closedKey, redactKeyLine, redactKeys } from './pem.ts';
import { redactPersonal, type PersonalKind } from './personal.ts';
import { redactSecrets } from './rules.ts';

/** What is longer is cut before any rule looks at it. */
export const lineLengthMax = 4096;
/** A secret that the cut goes through is still seen whole. */
const overlap = 512;

export interface RedactorOptions {
  personal?: readonly PersonalKind[];
  patterns?: readonly UserPattern[];
}

/** Takes secrets out of all that belongs to one incident: the same secret is shown by the same placeholder in all of it. */
export interface Redactor {
  /** For a log of its own, what takes its lines, one after the other: text, or JSON objects, which stay such. Keys of several lines are taken out of each. */
  log(): (line: string) => string;
  /** A text of its own, of one or several lines. */
  text(text: string): string;
  /** How often each rule took something out so far. */
  counts(): ReadonlyMap<string, number>;
}

/** A redactor for one incident. Throws a SyntaxError for a pattern that RE2 does not take. */
export function createRedactor({ personal = [], patterns = [] }: RedactorOptions = {}): Redactor {
  const counts = new Map<string, number>();
  const numbers = new Map<string, Map<string, number>>();
  const own = patterns.map(compilePattern);
  /** How many keys of several lines began: each is another. */
  const keys = { began: 0 };

  const mark: Mark = (rule, secret) => {
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
    const known = numbers.get(rule) ?? new Map<string, number>();
    numbers.set(rule, known);
    // No secret is kept, only what tells it from others.
    const print = createHash('sha256').update(secret).digest('base64');
    const number = known.get(print) ?? known.size + 1;
    known.set(print, number);
    return placeholderOf(rule, number);
  };
  const flat = (text: string): string => {
    const rest = redactPersonal(redactSecrets(text, mark), personal, mark);
    return own.reduce((some, rule) => rule(some, mark), rest);
  };
  const cutLine = (raw: string, keys: (text: string) => string): string => {
    const cut = raw.length > lineLengthMax;
    const rest = flat(keys(withoutEscapes(cut ? raw.slice(0, lineLengthMax + overlap) : raw)));
    return cut ? `${withoutHalf(rest)}…` : rest;
  };
  const each = (some: string, keys: (text: string) => string): string =>
    some.includes('\n')
      ? some
          .split('\n')
          .map((part) => cutLine(part, keys))
          .join('\n')
      : cutLine(some, keys);
  const alone = (some: string): string => each(redactKeys(some, mark), (part) => part);

  return {
    log() {
      const open = closedKey(keys);
      let named = '';
      const goingOn = (some: string): string =>
        each(some, (part) => {
          const line = named === '' ? part : redactValueOf(named, part, mark);
          named = secretNamedAtEnd(line);
          return redactKeyLine(line, open, mark);
        });
      return (line) => redactJsonLine(line, { message: goingOn, text: alone, mark }) ?? goingOn(line);
    },
    text: (whole) => flat(redactKeys(withoutEscapes(whole), mark)),
    counts: () => counts,
  };
}

/** The first `lineLengthMax` characters of what was looked at, but for a placeholder, or the word at its end, that was cut in two. */
function withoutHalf(rest: string): string {
  // What was taken out made room for the end, where half a secret is not known for one.
  const whole = rest.length < lineLengthMax + overlap / 2 && !rest.endsWith('›') ? rest.slice(0, lastBlank(rest)) : rest;
  return whole.slice(0, lineLengthMax).replace(/‹[^›]{0,80}$/, '');
}

const lastBlank = (text: string): number => Math.max(0, text.lastIndexOf(' '), text.lastIndexOf('\t'));
