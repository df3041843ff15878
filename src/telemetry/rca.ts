import type { Meter } from '@opentelemetry/api';
import { genAiMetrics, type MeasureCall } from './gen-ai.ts';

/**
 * What became of an explanation: llm and cache have verified evidence; unverified has none that holds; rules is all that was
 * wanted or configured; and the others say why it stayed at rules.
 */
export const rcaOutcomes = [
  'llm',
  'cache',
  'unverified',
  'rules',
  'budget',
  'breaker',
  'busy',
  'invalid',
  'refused',
  'failed',
] as const;
export type RcaOutcome = (typeof rcaOutcomes)[number];

export const breakerStates = ['closed', 'half_open', 'open', 'degraded'] as const;
const verdicts = ['up', 'down', 'corrected'] as const;

/** What the worker does by rules: explain, in vain or not, and refine by the logs of other tries. */
export const workDone = ['explained', 'failed', 'refined'] as const;
export const workBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

export const verifiedBounds = [0, 0.25, 0.5, 0.75, 1] as const;

/** How the chain of providers stands, looked at when somebody asks. */
export interface ChainStanding {
  breakers: Readonly<Record<string, (typeof breakerStates)[number]>>;
  /** Of the hour and of the day: calls and tokens that are left. */
  budget: Readonly<Record<'hour' | 'day', { calls: number; tokens: number }>>;
  waiting: number;
}

export interface RcaMetrics {
  /** Measures one call of a model. */
  call: MeasureCall;
  cost(amount: number, labels: { provider: string; model: string }): void;
  /** One explanation, once, when it is settled. */
  explained(outcome: RcaOutcome): void;
  /** How long it took to explain an incident by rules, to try to, or to refine that. */
  byRules(what: (typeof workDone)[number], seconds: number): void;
  /** Of an answer's quotes, how many stand where they are said to: 0 to 1. */
  verified(ratio: number): void;
  redacted(counts: Readonly<Record<string, number>>): void;
  feedback(verdict: (typeof verdicts)[number]): void;
  /** Who is asked how the chain stands; undefined: there is none, and its families have no series. */
  watch(standing: (() => ChainStanding) | undefined): void;
}

/** Instruments about explanations; measure's catalogue says the same of them, and a test compares. */
export function rcaMetrics(meter: Meter): RcaMetrics {
  let standing: (() => ChainStanding) | undefined;
  const requests = meter.createCounter('rca.requests', {
    unit: '{explanation}',
    description: 'Explanations of incidents by what became of them: where they came from, or why they stayed at rules.',
  });
  for (const outcome of rcaOutcomes) requests.add(0, { outcome });
  const verified = meter.createHistogram('rca.evidence.verified.ratio', {
    description: "How many of a model's quotes stand on the line that it names, an answer each.",
    advice: { explicitBucketBoundaries: [...verifiedBounds] },
  });
  const redactions = meter.createCounter('rca.redactions', {
    unit: '{secret}',
    description: 'Secrets taken out of logs, by the rule that found them.',
  });
  const feedback = meter.createCounter('rca.feedback', {
    unit: '{verdict}',
    description: 'What people said of explanations.',
  });
  for (const verdict of verdicts) feedback.add(0, { verdict });
  const cost = meter.createCounter('rca.cost', {
    description: 'What calls of language models cost by the prices in llm.prices, in their currency.',
  });
  const work = meter.createHistogram('rca.rules.duration', {
    unit: 's',
    description: 'How long explaining an incident by rules took, evidence and log included; what failed is tried again.',
    advice: { explicitBucketBoundaries: [...workBounds] },
  });
  watchChain(meter, () => standing?.());
  return {
    call: genAiMetrics(meter),
    cost: (amount, labels) => cost.add(amount, labels),
    explained: (outcome) => requests.add(1, { outcome }),
    byRules: (what, seconds) => work.record(seconds, { what }),
    verified: (ratio) => verified.record(ratio),
    redacted(counts) {
      for (const [rule, count] of Object.entries(counts)) redactions.add(count, { rule });
    },
    feedback: (verdict) => feedback.add(1, { verdict }),
    watch: (next) => (standing = next),
  };
}

function watchChain(meter: Meter, look: () => ChainStanding | undefined): void {
  meter
    .createObservableGauge('rca.breaker.state', {
      description: '1 for the state that the provider is in: open is left alone for a while, degraded needs a person.',
    })
    .addCallback((result) => {
      for (const [provider, current] of Object.entries(look()?.breakers ?? {}))
        for (const state of breakerStates) result.observe(state === current ? 1 : 0, { provider, state });
    });
  meter
    .createObservableGauge('rca.budget.remaining', {
      description: 'Calls and tokens of language models that are left in the last hour and the last day.',
    })
    .addCallback((result) => {
      for (const [window, left] of Object.entries(look()?.budget ?? {})) {
        result.observe(left.calls, { window, unit: 'calls' });
        result.observe(left.tokens, { window, unit: 'tokens' });
      }
    });
  meter
    .createObservableGauge('rca.queue.length', { description: 'Questions that wait for a language model.' })
    .addCallback((result) => {
      const now = look();
      if (now !== undefined) result.observe(now.waiting);
    });
}
