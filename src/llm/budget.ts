import type { LlmConfig } from './config.ts';

export type BudgetLimits = LlmConfig['budget'];

/** One call that was made, or is being made. */
export interface Spent {
  atMs: number;
  /** Sent and answered; an estimate until the answer is there. */
  tokens: number;
}

export const windowsMs = { hour: 3_600_000, day: 86_400_000 } as const;
export type BudgetWindow = keyof typeof windowsMs;

/** What is left in the hour and in the day before `nowMs`; never below 0. */
export type BudgetLeft = Record<BudgetWindow, { calls: number; tokens: number }>;

export function budgetLeft(spent: readonly Spent[], limits: BudgetLimits, nowMs: number): BudgetLeft {
  const left = (window: BudgetWindow, calls: number, tokens: number) => {
    const within = spent.filter(({ atMs }) => nowMs - atMs < windowsMs[window]);
    const used = within.reduce((sum, one) => sum + one.tokens, 0);
    return { calls: Math.max(0, calls - within.length), tokens: Math.max(0, tokens - used) };
  };
  return {
    hour: left('hour', limits.calls_per_hour, limits.tokens_per_hour),
    day: left('day', limits.calls_per_day, limits.tokens_per_day),
  };
}

/** What may go to what can wait: explanations keep half of each limit for themselves. */
export function spareOf({ hour, day }: BudgetLeft, limits: BudgetLimits): BudgetLeft {
  return {
    hour: { calls: hour.calls - limits.calls_per_hour / 2, tokens: hour.tokens - limits.tokens_per_hour / 2 },
    day: { calls: day.calls - limits.calls_per_day / 2, tokens: day.tokens - limits.tokens_per_day / 2 },
  };
}

/** Which limit a call of about `tokens` would break, as its key in the configuration; null when it fits. */
export function brokenLimit(left: BudgetLeft, tokens: number): keyof BudgetLimits | null {
  if (left.hour.calls < 1) return 'calls_per_hour';
  if (left.day.calls < 1) return 'calls_per_day';
  if (left.hour.tokens < tokens) return 'tokens_per_hour';
  return left.day.tokens < tokens ? 'tokens_per_day' : null;
}

/** What still counts at `nowMs`. */
export const stillCounts = (spent: readonly Spent[], nowMs: number): Spent[] =>
  spent.filter(({ atMs }) => nowMs - atMs < windowsMs.day);

/** About how many tokens a text is: four characters each, as English prose and logs come to. */
export const tokensOf = (texts: readonly string[]): number => Math.ceil(texts.reduce((sum, text) => sum + text.length, 0) / 4);
