import { z } from 'zod';
import { keysOf, schemaAt } from './config-keys.ts';
import { redact } from './redact/redact.ts';

/** One thing that is wrong with the configuration, as a sentence: where, and what about it. It never holds the value. */
export interface Fault {
  where: string;
  message: string;
}

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const kinds: Record<string, string> = {
  object: 'must hold keys and values',
  array: 'must be a list',
  string: 'must be a text; put it in quotes',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
};

const bound = (issue: { origin: string }, side: 'least' | 'most', limit: number | bigint): string => {
  if (issue.origin === 'string')
    return limit === 1 && side === 'least' ? 'must not be empty' : `must have at ${side} ${limit} characters`;
  return issue.origin === 'array' ? `must have at ${side} ${limit} elements` : `must be at ${side} ${limit}`;
};

/** What a person reads of one issue, for the schemas that say nothing of their own. */
export function messageOf(issue: RawIssue): string | undefined {
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') return missing;
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? `must be a ${issue.expected}`;
    case 'too_small':
      return issue.inclusive === false ? `must be above ${issue.minimum}` : bound(issue, 'least', issue.minimum);
    case 'too_big':
      return issue.inclusive === false ? `must be below ${issue.maximum}` : bound(issue, 'most', issue.maximum);
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return issue.format === 'url' ? 'is no URL; write for instance https://airflow.example' : `is no valid ${issue.format}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return undefined;
  }
}

const missing = 'is missing';

/** The faults of one issue of `schema`: one, or one for each key that is unknown. */
export function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodType, keys = keysOf(schema)): Fault[] {
  const at = placeOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const inner = schemaAt(schema, issue.path);
    const siblings = inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
    return issue.keys.map((key) => ({
      // A value may stand where a key belongs.
      where: redact(at === '' ? key : `${at}.${key}`),
      message: `is no setting${suggestion(key, siblings)}`,
    }));
  }
  const key = keys.find(({ path }) => path.every((part, index) => part === issue.path[index]));
  if (issue.message === missing && key?.path.length === issue.path.length)
    return [{ where: at, message: `is missing; set it in the file or as ${key.variable}` }];
  return [{ where: key ? `${at} (${key.variable})` : at, message: issue.message }];
}

/** `http.tokens[0].token`. */
const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`)).join('');

/** The nearest of `known` to a misspelt name, as a question; nothing when none is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = known.map((other) => ({ other, distance: editDistance(name, other) })).sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= Math.max(2, name.length / 4)
    ? `; did you mean ${near.other}?`
    : '; docs/CONFIGURATION.md lists them all';
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
