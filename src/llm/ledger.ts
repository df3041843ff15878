import type { RcaMetrics } from '../telemetry/rca.ts';
import {
  brokenLimit,
  budgetLeft,
  spareOf,
  stillCounts,
  tokensOf,
  type BudgetLeft,
  type BudgetLimits,
  type Spent,
} from './budget.ts';
import type { LlmConfig } from './config.ts';
import { costOf } from './price.ts';
import type { Message, Usage } from './provider.ts';
import type { Link } from './providers.ts';

/** One call on the books. */
export interface Entry {
  /** Its tokens, once they are known; of a call that failed none, unless the server may have worked all the same. */
  settle(tokens: number): void;
}

export interface Ledger {
  left(nowMs: number): BudgetLeft;
  /** Which limit a call would break; null when it fits. */
  broken(tokens: number, nowMs: number): keyof BudgetLimits | null;
  /** The same of a call that can wait, and leaves half of each limit to others. */
  brokenSpare(tokens: number, nowMs: number): keyof BudgetLimits | null;
  /** The calls that still count. */
  spent(nowMs: number): Spent[];
  /** Books a call with an estimate of its tokens. */
  book(tokens: number, nowMs: number): Entry;
}

/** The books of all calls, beginning with those that were made before. */
export function openLedger(limits: BudgetLimits, before: readonly Spent[]): Ledger {
  let spent: Spent[] = [...before];
  const left = (nowMs: number): BudgetLeft => budgetLeft(spent, limits, nowMs);
  return {
    left,
    spent: (nowMs) => stillCounts(spent, nowMs),
    broken: (tokens, nowMs) => brokenLimit(left(nowMs), tokens),
    brokenSpare: (tokens, nowMs) => brokenLimit(spareOf(left(nowMs), limits), tokens),
    book(tokens, nowMs) {
      const entry = { atMs: nowMs, tokens };
      spent = [...stillCounts(spent, nowMs), entry];
      return { settle: (known) => void (entry.tokens = known) };
    },
  };
}

/** About what a call takes: all that is sent, and the longest answer. */
export const estimateOf = (messages: readonly Message[], maxTokens: number): number =>
  tokensOf(messages.map(({ content }) => content)) + maxTokens;

/** What a call took, as the server told it, or about so. */
export const usageOf = (told: Usage | null, messages: readonly Message[], text: string): Usage =>
  told ?? { inputTokens: tokensOf(messages.map(({ content }) => content)), outputTokens: tokensOf([text]) };

/** Counts what a call cost, if there is a price for its model. */
export function costFor(
  link: Pick<Link, 'name' | 'model'>,
  usage: Usage,
  { prices, metrics }: { prices: LlmConfig['prices']; metrics: Pick<RcaMetrics, 'cost'> },
): number | null {
  const cost = costOf(prices, link.model, usage);
  if (cost !== null) metrics.cost(cost, { provider: link.name, model: link.model });
  return cost;
}
