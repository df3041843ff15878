import { LlmError, type Usage } from './provider.ts';

export interface EmbedRequest {
  texts: readonly string[];
  signal: AbortSignal;
}

export interface Embedded {
  /** One of each text, in their order; all of one length. */
  vectors: number[][];
  /** As the server names it. */
  model: string;
  /** Null where the server does not say. */
  usage: Usage | null;
}

/** Turns texts into vectors whose directions are near where the texts mean nearly the same. Throws `LlmError` and nothing else. */
export type Embed = (request: EmbedRequest) => Promise<Embedded>;

/** More numbers than any model gives that is made for this; rows in the store are bounded by it. */
export const dimensionsMax = 4096;

/** What a server answered, as vectors of `count` texts. Throws `LlmError`, kind bad_answer, when it is anything else. */
export function vectorsOf(who: string, answered: unknown, count: number): number[][] {
  const wrong = (what: string): LlmError => new LlmError('bad_answer', `${who} answered ${what}`);
  if (!Array.isArray(answered)) throw wrong('without vectors');
  if (answered.length !== count) throw wrong(`with ${answered.length} vectors for ${count} texts`);
  const vectors = answered.filter((each): each is number[] => isVector(each));
  if (vectors.length !== count) throw wrong('with what is no vector');
  const length = vectors[0]?.length ?? 0;
  if (length > dimensionsMax) throw wrong(`with vectors of ${length} numbers; at most ${dimensionsMax} are kept`);
  if (vectors.some((each) => each.length !== length)) throw wrong('with vectors of different lengths');
  return vectors;
}

/** A direction: finite numbers that are not all 0. */
const isVector = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => Number.isFinite(each)) && value.some((each) => each !== 0);
