/** What tells whether two errors are nearly the same. */
export interface Comparable {
  type: string;
  /** Distinct. */
  tokens: readonly string[];
  /** The user's own functions, innermost last. */
  frames: readonly string[];
}

/** Errors that have so much in common are one (facts: single link at 0.7). */
export const nearAt = 0.7;
/** With fewer words a message says too little to be told by it alone. */
const tellingMin = 4;

/** Classes that name a slip in code: the same words in two functions are two slips. */
const ofCode = new Set([
  'AssertionError',
  'AttributeError',
  'IndexError',
  'KeyError',
  'NameError',
  'NotImplementedError',
  'RecursionError',
  'TypeError',
  'UnboundLocalError',
  'ValueError',
  'ZeroDivisionError',
]);

/** Words that both have, over those that either has: 0 to 1; of two empty sets 1. Source: Jaccard (1912), New Phytologist 11. */
export function jaccard(a: readonly string[], b: readonly string[]): number {
  const other = new Set(b);
  const both = a.reduce((count, token) => count + (other.has(token) ? 1 : 0), 0);
  const either = a.length + other.size - both;
  return either === 0 ? 1 : both / either;
}

/**
 * Whether two errors are one: alike in words, and, where words say little or the class names a slip in code, out of the same
 * function. Symmetric, so that the clusters (what is linked, directly or through others) do not depend on the order of arrival.
 */
export function areNear(a: Comparable, b: Comparable): boolean {
  if (jaccard(a.tokens, b.tokens) < nearAt) return false;
  return areTold(a, b) || a.frames.at(-1) === b.frames.at(-1);
}

/**
 * Whether two errors whose words differ are one by what they mean: of one class, near in meaning, and, where words say little or the
 * class names a slip in code, known to come out of the same function. Symmetric.
 */
export function meanTheSame(a: Comparable, b: Comparable, { similarity, at }: { similarity: number; at: number }): boolean {
  if (a.type !== b.type || similarity < at) return false;
  const from = a.frames.at(-1);
  return areTold(a, b) || (from !== undefined && from === b.frames.at(-1));
}

/** Whether the words of both tell what happened. */
const areTold = (a: Comparable, b: Comparable): boolean =>
  [a, b].every((each) => wordsOf(each) >= tellingMin && !ofCode.has(each.type));

const wordsOf = ({ type, tokens }: Comparable): number =>
  tokens.reduce((count, token) => count + (token === type || token.includes('<') ? 0 : 1), 0);

/** How many tokens an error must have to be this near to one of `count` tokens. */
export const sizesNear = (count: number, similarity: number): [min: number, max: number] => [
  Math.ceil(count * similarity - 1e-9),
  Math.floor(count / similarity + 1e-9),
];
