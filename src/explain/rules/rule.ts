import type { Category, Transience } from '../explanation.ts';

/** Finds words in a text, with its named groups: a regular expression, or one of the user's in RE2. */
export interface Pattern {
  test: (text: string) => boolean;
  exec: (text: string) => { index: number; groups?: Readonly<Record<string, string | undefined>> | undefined } | null;
}

/** What a rule looks for. All that is given must hold. */
export interface When {
  /** An exception of one of these classes, by its last name: `OperationalError`. */
  types?: readonly string[];
  /**
   * Any of these in `type: message` of an error or, unless `types` are given, in a line. Named groups go into the cause: they
   * must match identifiers only, never free text, since who writes into a log must not write our sentences.
   */
  text?: readonly Pattern[];
  /** None of these in the same text. */
  unless?: Pattern;
  /** A code of the failure: `sqlstate 23505`, `http 503`, `exit 137`, `signal SIGKILL`, `errno 28`, `grpc UNAVAILABLE`. */
  codes?: readonly string[];
  /** The last call of the exception, as `file:function`. */
  frame?: RegExp;
  /** Only in an error, never in a mere line: for words that stand in many lines. */
  errorOnly?: boolean;
  /** A row of the audit table about the try, as `event: extra`. */
  event?: RegExp;
  /** There is no log, or one in which nothing looks like a failure. */
  log?: 'missing' | 'silent' | 'missing or silent';
}

/** One thing that an experienced engineer knows about failures, as data. */
export interface Rule {
  /** Unique, in snake_case. */
  name: string;
  category: Category;
  subcategory: string;
  transient: Transience;
  /** 0 to 1: how sure the cause is where the rule matches the innermost error itself. */
  weight: number;
  when: When;
  /** One sentence. `{name}` stands for a named group; what stands in `[…]` is left out where one of its groups is empty. */
  cause: string;
  /** At most 3, imperative; nothing that destroys. */
  nextSteps: readonly string[];
  docs?: string;
}

/** A cause with the groups of a match in their places, at most 240 characters. */
export function fillCause(template: string, groups: Readonly<Record<string, string | undefined>>): string {
  // A name at the end of a clause takes its mark along.
  const put = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (_, name: string) => (groups[name] ?? '').replace(/[.,:;]{1,3}$/, ''));
  const missing = (text: string): boolean =>
    [...text.matchAll(/\{(\w+)\}/g)].some(([, name = '']) => (groups[name] ?? '') === '');
  const kept = template.replaceAll(/\[([^\]]*)\]/g, (_, part: string) => (missing(part) ? '' : part));
  const filled = put(kept).replaceAll(/\s+/g, ' ').trim();
  return filled.length <= 240 ? filled : `${filled.slice(0, 239)}…`;
}
