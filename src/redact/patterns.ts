import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { errorText } from '../lib/errors.ts';
import type { Mark } from './gone.ts';

/** A pattern of the user's own, in RE2's syntax. */
export interface UserPattern {
  name: string;
  pattern: string;
}

/** Takes out what one pattern finds. */
export type PatternRule = (text: string, mark: Mark) => string;

const load = createRequire(import.meta.url);

/**
 * A rule of the user's own: what the pattern finds is taken out, or only its first group where it has one. It runs on RE2, whose
 * time is linear in the text whatever the pattern: an attacker who writes into a log can slow nothing down. Throws a SyntaxError
 * that says what RE2 does not take.
 */
export function compilePattern({ name, pattern }: UserPattern): PatternRule {
  // Only for who has patterns: an idle Windsock stays small.
  const { RE2JS: Engine } = load('re2js') as { RE2JS: typeof RE2JS };
  let compiled: RE2JS;
  try {
    compiled = Engine.compile(pattern);
  } catch (error) {
    throw new SyntaxError(errorText(error).replace(/^error parsing regexp: /, ''), { cause: error });
  }
  if (compiled.matches('')) throw new SyntaxError('it finds the empty text, which stands everywhere');
  const group = compiled.groupCount() > 0 ? 1 : 0;
  return (text, mark) => {
    const parts: string[] = [];
    let done = 0;
    const matcher = compiled.matcher(text);
    while (matcher.find()) {
      const [start, end] = [matcher.start(group), matcher.end(group)];
      if (start < 0 || end <= start) continue;
      parts.push(text.slice(done, start), mark(name, text.slice(start, end)));
      done = end;
    }
    return parts.length === 0 ? text : parts.join('') + text.slice(done);
  };
}
