import type { RcaOutcome } from '../telemetry/rca.ts';
import type { AnswerShape } from './answer.ts';
import type { ProviderName } from './config.ts';
import type { Message, Usage } from './provider.ts';

export interface Question<Value> {
  /** What is asked: the same key at the same time is asked once, and not again for 5 minutes after it failed. */
  key: string;
  messages: readonly Message[];
  shape: AnswerShape<Value>;
  maxTokens: number;
  /** Higher goes first. */
  priority: number;
  /** It may only go to providers that keep it in the user's hands. */
  localOnly?: boolean;
}

/** What asking took, for the audit and the budget. */
export interface CallRecord {
  provider: ProviderName;
  /** As the server names it. */
  model: string;
  /** 2: it was repaired. */
  calls: number;
  /** Of all calls; an estimate where the server does not say. */
  usage: Usage;
  /** By `llm.prices`; null where none fits. */
  cost: number | null;
  seconds: number;
  /** What the model wrote, in order. */
  raw: readonly string[];
}

/**
 * Why there is no answer. rules: nobody may be asked. busy: it waited too long, or the queue was full. invalid: nothing could be
 * made of the answer. failed: all who may be asked failed, or it was given up.
 */
export type NoneWhy = Exclude<RcaOutcome, 'llm' | 'cache' | 'unverified'>;

/** Whether a model was asked at all, so that there is something for the audit, and to remember. */
export function wasAsked(why: NoneWhy): boolean {
  switch (why) {
    case 'invalid':
    case 'refused':
    case 'failed':
      return true;
    case 'rules':
    case 'budget':
    case 'breaker':
    case 'busy':
      return false;
  }
}

/** The last link of every chain is none: then the rules stand alone. */
export type ChainAnswer<Value> =
  | { source: 'llm'; value: Value; /** Fields whose word was not allowed. */ unknowns: readonly string[]; record: CallRecord }
  | { source: 'none'; why: NoneWhy; /** For people, safe to show. */ detail: string; record?: CallRecord };
