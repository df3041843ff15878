import { globMatches } from '../lib/glob.ts';
import type { LlmConfig } from './config.ts';
import type { Usage } from './provider.ts';

/** What `usage` costs, by the first price whose pattern fits the model; null when none does. Prices are per million tokens. */
export function costOf(prices: LlmConfig['prices'], model: string, { inputTokens, outputTokens }: Usage): number | null {
  const price = Object.entries(prices).find(([pattern]) => globMatches(pattern, model))?.[1];
  return price === undefined ? null : (inputTokens * price.input + outputTokens * price.output) / 1e6;
}
