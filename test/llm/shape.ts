import { z } from 'zod';
import type { AnswerShape } from '../../src/llm/answer.ts';

const text = { type: 'string' } as const;

/** A shape like the explanation's: one array of objects, words, texts. */
export const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['evidence', 'category', 'root_cause', 'transient', 'next_steps'],
  properties: {
    evidence: {
      type: 'array',
      items: { type: 'object', additionalProperties: false, required: ['ref', 'quote'], properties: { ref: text, quote: text } },
    },
    category: { type: 'string', enum: ['resource_error', 'timeout_error', 'unknown'] },
    root_cause: text,
    transient: { type: 'string', enum: ['yes', 'no', 'unclear'] },
    next_steps: { type: 'array', items: text },
  },
} as const;

const strict = z.strictObject({
  evidence: z.array(z.strictObject({ ref: z.string().regex(/^L\d+$/), quote: z.string().max(160) })),
  category: z.enum(['resource_error', 'timeout_error', 'unknown']),
  root_cause: z.string().min(1).max(240),
  transient: z.enum(['yes', 'no', 'unclear']),
  next_steps: z.array(z.string()).max(3),
});

export type TestAnswer = z.output<typeof strict>;

export const shape: AnswerShape<TestAnswer> = {
  schema,
  strict,
  otherwise: { transient: 'unclear' },
  synonyms: { transient: { true: 'yes', false: 'no' }, category: { oom: 'resource_error', 'out of memory': 'resource_error' } },
};

export const good: TestAnswer = {
  evidence: [{ ref: 'L12', quote: 'MemoryError' }],
  category: 'resource_error',
  root_cause: 'the worker ran out of memory',
  transient: 'no',
  next_steps: ['give the task more memory'],
};
