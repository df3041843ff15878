import { certaintyOf, type Evidence, type Explanation } from '../../explain/explanation.ts';
import { orderless } from '../../explain/call/orders.ts';
import type { KeptLog } from '../../explain/log/reduced-log.ts';
import { capped } from '../../explain/call/visible.ts';

const messageMax = 400;

/** All that `windsock explain` found out. */
export interface Answer {
  explanation: Explanation;
  log: KeptLog;
  /** What is known besides the log. */
  evidence: readonly Evidence[];
  severity: Severity;
  /** Its log may be shown to local models only. */
  localOnly: boolean;
  /** Why a model that was asked has no part in it; null or undefined: it has, or none was asked. */
  model?: string | null;
  /** Milliseconds by step. */
  timings: Readonly<Record<string, number>>;
}

/** error: a try failed for good; warning: it is tried again; info: nothing failed. */
export type Severity = 'info' | 'warning' | 'error';

/** The error itself, as the log tells it, on one line. */
export function errorMessage(log: KeptLog): string | null {
  if (!log.found || log.failure === null) return null;
  const { type, message } = log.failure;
  const [first = ''] = message.trim().split('\n', 1);
  // Of what a program told the type is our own word for the kind of its line.
  const told = log.failure.chain.length > 0 && type !== '' ? (first === '' ? type : `${type}: ${first}`) : first;
  return told === '' ? null : capped(orderless(told), messageMax);
}

/** An answer as JSON and YAML have it. */
export function answerJson({ explanation, log, evidence, severity, timings, model = null }: Answer): Record<string, unknown> {
  const { category, subcategory, rootCause, confidence, transient, nextSteps, alternatives, source, rule, docs } = explanation;
  return {
    error_message: errorMessage(log),
    severity,
    category,
    subcategory,
    root_cause: rootCause,
    confidence,
    certainty: certaintyOf(confidence),
    evidence: explanation.evidence.map(({ ref, quote, verified }) => ({
      ref,
      line: ref.startsWith('L') ? Number(ref.slice(1)) : null,
      quote,
      verified,
    })),
    next_steps: nextSteps,
    transient,
    alternatives: alternatives.map(({ category, cause, source }) => ({ category, cause, source })),
    signature: log.signature,
    source,
    rule,
    docs,
    model,
    known: evidence.map(({ id, text }) => ({ id, text })),
    log: log.found
      ? {
          place: log.place,
          lines: log.lineCount,
          summary: log.summary,
          compared_with_successes: log.baselineRuns,
          missing: log.missing,
        }
      : { place: null, lines: 0, summary: log.reason, compared_with_successes: 0, missing: [] },
    redactions: log.found ? log.redactions : {},
    timings,
  };
}
