import { z } from 'zod';
import type { AnswerShape } from '../../llm/answer.ts';
import { delayCategories, failureCategories, transiences, type Category } from '../explanation.ts';
import type { Case } from './shown.ts';
import { capped, folded } from './visible.ts';

/** Grows when an answer of before can no longer be read the same way. */
export const shapeVersion = 1;

const quoteMax = 160;
const causeMax = 240;
const stepMax = 160;
const quotesMax = 6;
const stepsMax = 3;
const certainties = ['low', 'medium', 'high'] as const;

export interface ModelAnswer {
  /** `ref` as `L118` or `E8`, or '' where it cannot be read. */
  evidence: { ref: string; quote: string }[];
  category: Category;
  /** Empty: it does not know. */
  rootCause: string;
  transient: (typeof transiences)[number];
  nextSteps: string[];
  alternative: string;
  certainty: (typeof certainties)[number];
}

/** `L118` for 118, `l 118`, `Line 118`, `L118-L120`; `E8` for e8. */
export function refOf(text: string): string {
  const [, kind = 'L', number] = /^\W*(?:(L|E)(?:ine|vidence)?)?[\s:#-]*(\d{1,9})\b/i.exec(text.trim()) ?? [];
  return number === undefined ? '' : `${kind.toUpperCase()}${Number(number)}`;
}

const text = { type: 'string' } as const;
const line = (max: number) => z.string().transform((value) => capped(folded(value), max));

const schemaFor = (categories: readonly Category[]) => ({
  type: 'object',
  additionalProperties: false,
  required: ['evidence', 'category', 'root_cause', 'transient', 'next_steps', 'alternative', 'certainty'],
  properties: {
    evidence: {
      type: 'array',
      items: { type: 'object', additionalProperties: false, required: ['ref', 'quote'], properties: { ref: text, quote: text } },
    },
    category: { type: 'string', enum: [...categories] },
    root_cause: text,
    transient: { type: 'string', enum: [...transiences] },
    next_steps: { type: 'array', items: text },
    alternative: text,
    certainty: { type: 'string', enum: [...certainties] },
  },
});

/** A quote that is cut ends before a number that the cut goes through. */
function quoteOf(text: string): string {
  const quote = folded(text);
  return quote.length > quoteMax ? quote.slice(0, quoteMax).replace(/[\d.,]{1,40}$/, '') : quote;
}

/** Too long or too many is cut, never refused: the rest of the answer is worth having. */
const strictFor = (categories: readonly Category[]) =>
  z
    .object({
      evidence: z
        .array(
          z.object({
            ref: z.string().transform(refOf),
            quote: z.string().transform(quoteOf),
          }),
        )
        .transform((list) => list.slice(0, quotesMax)),
      category: z.enum(categories),
      root_cause: line(causeMax),
      transient: z.enum(transiences),
      next_steps: z.array(line(stepMax)).transform((steps) => steps.filter((step) => step !== '').slice(0, stepsMax)),
      alternative: line(causeMax).optional(),
      certainty: z.enum(certainties),
    })
    .transform(({ root_cause: rootCause, next_steps: nextSteps, alternative = '', ...rest }): ModelAnswer => ({
      ...rest,
      rootCause,
      nextSteps,
      alternative,
    }));

const synonyms: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  category: {
    resource: 'resource_error',
    resources: 'resource_error',
    'resource exhaustion': 'resource_error',
    'out of memory': 'resource_error',
    oom: 'resource_error',
    memory: 'resource_error',
    'disk full': 'resource_error',
    infrastructure: 'resource_error',
    data: 'data_quality',
    'data error': 'data_quality',
    'data quality error': 'data_quality',
    'data issue': 'data_quality',
    schema: 'data_quality',
    dependency: 'dependency_failure',
    'dependency error': 'dependency_failure',
    network: 'dependency_failure',
    'network error': 'dependency_failure',
    'connection error': 'dependency_failure',
    'external service': 'dependency_failure',
    configuration: 'configuration_error',
    config: 'configuration_error',
    'config error': 'configuration_error',
    misconfiguration: 'configuration_error',
    permission: 'permission_error',
    permissions: 'permission_error',
    'permission denied': 'permission_error',
    authentication: 'permission_error',
    authorization: 'permission_error',
    'authentication error': 'permission_error',
    'authorization error': 'permission_error',
    'access denied': 'permission_error',
    timeout: 'timeout_error',
    'timed out': 'timeout_error',
    'more data': 'more_input',
    code: 'slower_code',
    'code change': 'slower_code',
    'resource contention': 'contention',
    upstream: 'upstream_late',
    infra: 'platform',
    none: 'unknown',
    other: 'unknown',
    'code error': 'unknown',
    'code bug': 'unknown',
    'user code bug': 'unknown',
  },
  transient: {
    true: 'yes',
    transient: 'yes',
    retryable: 'yes',
    likely: 'yes',
    false: 'no',
    permanent: 'no',
    persistent: 'no',
    unlikely: 'no',
    maybe: 'unclear',
    unknown: 'unclear',
    unsure: 'unclear',
  },
  certainty: {
    'very high': 'high',
    certain: 'high',
    moderate: 'medium',
    mid: 'medium',
    'very low': 'low',
    uncertain: 'low',
    none: 'low',
  },
};

const shapeFor = (categories: readonly Category[]): AnswerShape<ModelAnswer> => ({
  schema: schemaFor(categories),
  strict: strictFor(categories),
  otherwise: { category: 'unknown', transient: 'unclear', certainty: 'low' },
  synonyms,
});

/** What an answer must be, by the type of the question. */
export const answerShapes: Readonly<Record<Case['type'], AnswerShape<ModelAnswer>>> = {
  failure: shapeFor([...failureCategories, 'unknown']),
  delay: shapeFor([...delayCategories, 'unknown']),
};
