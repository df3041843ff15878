import { z } from '@hono/zod-openapi';
import { shownOf, type ShortCause } from '../../explain/causes.ts';
import { categories, certaintyOf, transiences, type Explanation } from '../../explain/explanation.ts';
import type { KeptLog } from '../../explain/log/reduced-log.ts';
import type { KeptExplanation } from '../../explain/rows.ts';

const category = z.enum(categories);
const certainty = z.enum(['low', 'medium', 'high']);
const source = z.enum(['rules', 'llm', 'cache']);

export const causeSchema = z
  .object({
    category,
    subcategory: z.string(),
    cause: z.string().describe('One sentence.'),
    certainty: certainty.describe('Computed from what was verified, never claimed.'),
    source: source.describe('Who says so: the rules, a language model, or its earlier answer to the same error.'),
  })
  .openapi('Cause');

export const causeJson = ({ category: of, subcategory, cause, certainty: how, source: who }: ShortCause) => ({
  category: of,
  subcategory,
  cause,
  certainty: how,
  source: who,
});

const explanationSchema = z
  .object({
    source,
    category,
    subcategory: z.string(),
    root_cause: z.string(),
    transient: z.enum(transiences).describe('Whether the same thing, tried again, may succeed.'),
    evidence: z.array(
      z.object({
        ref: z.string().describe('A line of `log` (`L118`), or an item of `evidence` (`E8`).'),
        quote: z.string(),
        verified: z.boolean().describe('It was found where it is said to stand.'),
      }),
    ),
    next_steps: z.array(z.string()),
    alternatives: z.array(z.object({ category, cause: z.string(), source: z.enum(['rules', 'llm']) })),
    confidence: z.number().describe('0 to 1.'),
    certainty,
    rule: z.string().nullable(),
    docs: z.string().nullable(),
  })
  .openapi('Explanation');

const toldError = z.object({ type: z.string(), message: z.string(), line: z.int() });
const logSchema = z
  .object({
    found: z.boolean(),
    place: z.string().nullable(),
    reason: z.string().nullable().describe('Why there is no log.'),
    line_count: z.int(),
    failure: toldError.nullable().describe('The innermost cause, as far as the log tells one.'),
    chain: z.array(toldError).describe('Its exceptions, from the outermost to the innermost.'),
    lines: z
      .array(
        z.object({
          line: z.int(),
          text: z.string(),
          why: z.string(),
          count: z.int().describe('Of how many lines of this kind it is the first.'),
        }),
      )
      .describe('The lines that tell most, redacted.'),
    summary: z.string(),
    missing: z.array(z.string()).describe('What nearly every success says and this log does not.'),
    baseline_runs: z.int().describe('Successes that it was held against.'),
    redactions: z.record(z.string(), z.int()).describe('Secrets taken out, by rule.'),
  })
  .openapi('ReducedLog');

/** What explains an incident, in its detail. */
export const explainedSchema = z.object({
  explanation: explanationSchema.nullable().describe('Of its newest occurrence that is explained; null: not yet.'),
  other_explanation: explanationSchema.nullable().describe('What the rules say where a model is shown, and the other way round.'),
  explained_at: z.iso.datetime().nullable(),
  explains_newest: z.boolean().describe('Whether that is the occurrence of `finding`.'),
  explanation_outcome: z.string().nullable().describe('What became of asking a language model; null: it is not settled.'),
  log: logSchema.nullable(),
  evidence: z.array(z.object({ id: z.string(), text: z.string() })),
  signature: z.string().nullable().describe('The same for the same error, wherever it comes up.'),
});

function explanationJson(explanation: Explanation): z.input<typeof explanationSchema> {
  const { rootCause, nextSteps, evidence, alternatives, confidence, ...rest } = explanation;
  return {
    ...rest,
    root_cause: rootCause,
    next_steps: [...nextSteps],
    evidence: evidence.map((citation) => ({ ...citation })),
    alternatives: alternatives.map((each) => ({ ...each })),
    confidence,
    certainty: certaintyOf(confidence),
  };
}

function logJson(log: KeptLog): z.input<typeof logSchema> {
  const nothing = {
    line_count: 0,
    failure: null,
    chain: [],
    lines: [],
    summary: '',
    missing: [],
    baseline_runs: 0,
    redactions: {},
  };
  if (!log.found) return { found: false, place: null, reason: log.reason, ...nothing };
  const { place, lineCount, failure, lines, summary, missing, baselineRuns, redactions } = log;
  const told = ({ type, message, line }: z.input<typeof toldError>) => ({ type, message, line });
  return {
    found: true,
    place,
    reason: null,
    line_count: lineCount,
    failure: failure === null ? null : told(failure),
    chain: failure === null ? [] : failure.chain.map(told),
    lines: lines.map(({ line, text, why, count = 1 }) => ({ line, text, why, count })),
    summary,
    missing: [...missing],
    baseline_runs: baselineRuns,
    redactions: { ...redactions },
  };
}

/** The explanation of an incident whose newest event is `event`. */
export function explainedJson(kept: KeptExplanation | undefined, event: string): z.input<typeof explainedSchema> {
  if (kept === undefined)
    return {
      explanation: null,
      other_explanation: null,
      explained_at: null,
      explains_newest: false,
      explanation_outcome: null,
      log: null,
      evidence: [],
      signature: null,
    };
  const { shown, other } = shownOf(kept);
  return {
    explanation: explanationJson(shown),
    other_explanation: other === null ? null : explanationJson(other),
    explained_at: kept.madeAt.toISOString(),
    explains_newest: kept.event === event,
    explanation_outcome: kept.outcome,
    log: kept.log === null ? null : logJson(kept.log),
    evidence: kept.evidence.map(({ id, text }) => ({ id, text })),
    signature: kept.signature,
  };
}
