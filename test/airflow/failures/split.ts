import { createHash } from 'node:crypto';

export type Part = 'tune' | 'held-back';

const TUNE_SHARE = 0.6;

/** Which part of the set a type of failure belongs to: by a hash of its name alone, so that it never moves. */
export function partOf(type: string): Part {
  const hash = createHash('sha256').update(`windsock failures 1: ${type}`).digest();
  return hash.readUInt32BE(0) / 2 ** 32 < TUNE_SHARE ? 'tune' : 'held-back';
}
