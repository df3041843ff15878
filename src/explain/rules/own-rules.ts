import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { errorText } from '../../lib/errors.ts';
import type { Category, Transience } from '../explanation.ts';
import type { Pattern, Rule } from './rule.ts';

/** A rule as a configuration writes it. */
export interface OwnRule {
  name: string;
  when: { text: string[]; types: string[]; codes: string[]; unless?: string | undefined };
  category: Category;
  subcategory: string;
  transient: Transience;
  weight: number;
  cause: string;
  next_steps: string[];
  docs?: string | undefined;
}

const load = createRequire(import.meta.url);

/** What a group of a user's pattern holds goes into a sentence only if it is a name: who writes into a log must not write causes. */
const nameShape = /^[\w.:@/$+=%~#-]{1,160}$/;

/**
 * A pattern in RE2's syntax, whose time is linear in the text whatever it is. Throws a SyntaxError that says what RE2 does not take,
 * or that it finds the empty text.
 */
export function compileText(pattern: string): Pattern & { names: readonly string[] } {
  // Only for who has rules of his own: an idle Windsock stays small.
  const { RE2JS: Engine } = load('re2js') as { RE2JS: typeof RE2JS };
  let compiled: RE2JS;
  try {
    compiled = Engine.compile(pattern, Engine.MULTILINE);
  } catch (error) {
    throw new SyntaxError(errorText(error).replace(/^error parsing regexp: /, ''), { cause: error });
  }
  if (compiled.matches('')) throw new SyntaxError('it finds the empty text, which stands everywhere');
  const names = Object.keys(compiled.namedGroups());
  return {
    names,
    test: (text) => compiled.matcher(text).find(),
    exec: (text) => {
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return null;
      const groups = names.map((name): [string, string | undefined] => {
        const value = matcher.group(name) ?? '';
        return [name, nameShape.test(value) ? value : undefined];
      });
      return { index: matcher.start(), groups: Object.fromEntries(groups) };
    },
  };
}

/** The rules of a configuration, ready to be matched; the configuration has been checked. */
export const compileOwnRules = (rules: readonly OwnRule[]): Rule[] => rules.map(compileRule);

function compileRule({
  name,
  when,
  category,
  subcategory,
  transient,
  weight,
  cause,
  next_steps: nextSteps,
  docs,
}: OwnRule): Rule {
  const { text, types, codes, unless } = when;
  return {
    name,
    category,
    subcategory,
    transient,
    weight,
    when: {
      ...(text.length === 0 ? {} : { text: text.map(compileText) }),
      ...(types.length === 0 ? {} : { types }),
      ...(codes.length === 0 ? {} : { codes }),
      ...(unless === undefined ? {} : { unless: compileText(unless) }),
    },
    cause,
    nextSteps,
    ...(docs === undefined ? {} : { docs }),
  };
}
