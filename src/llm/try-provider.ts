import { z } from 'zod';
import { systemClock } from '../lib/clock.ts';
import { readAnswer } from './answer.ts';
import { callProvider } from './call.ts';
import type { Usage } from './provider.ts';
import type { EmbedLink, Link } from './providers.ts';

const word = { type: 'string', enum: ['ready', 'unknown'] } as const;
const schema = { type: 'object', additionalProperties: false, required: ['word'], properties: { word } } as const;
const strict = z.object({ word: z.enum(['ready', 'unknown']) });

export interface Tried {
  seconds: number;
  /** As the server names it. */
  model: string;
  usage: Usage | null;
  /** Whether the answer fitted the schema. */
  fits: boolean;
}

/** Asks for one word: what it takes, and whether the answer fits the schema. Throws `LlmError`. */
export async function tryProvider({ name, ask, deadlineMs }: Link, signal: AbortSignal): Promise<Tried> {
  const start = systemClock.monotonicMs();
  const messages = [
    { role: 'system' as const, content: 'You answer with JSON alone.' },
    { role: 'user' as const, content: 'Say that you are ready: the value of "word" is "ready".' },
  ];
  const { text, model, usage } = await callProvider(ask, { messages, schema, maxTokens: 64, signal }, { who: name, deadlineMs });
  const reading = readAnswer(text, { schema, strict });
  return { seconds: (systemClock.monotonicMs() - start) / 1000, model, usage, fits: reading.ok };
}

/** Asks for one vector: what it takes, and how many numbers it has. Throws `LlmError`. */
export async function tryEmbedder(
  { name, embed, deadlineMs }: EmbedLink,
  signal: AbortSignal,
): Promise<{ seconds: number; numbers: number }> {
  const start = systemClock.monotonicMs();
  const { vectors } = await callProvider(
    embed,
    { texts: ['OSError: no space left on device'], signal },
    { who: name, deadlineMs },
  );
  return { seconds: (systemClock.monotonicMs() - start) / 1000, numbers: vectors[0]?.length ?? 0 };
}
