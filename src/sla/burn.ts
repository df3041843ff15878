import { binomialUpperTail } from '../stats/discrete.ts';
import type { Count } from './buckets.ts';
import type { SlaEvent } from './memory.ts';
import type { Burn } from './status.ts';

const hourMs = 3_600_000;

/** `budget`: the share of the period's budget that the long window may spend (facts §5 of detecting). */
interface Rule {
  alert: 'page' | 'ticket';
  budget: number;
  /** Chance of so many bad ones at the promised share, at most. */
  significance: number;
}
const page = { alert: 'page', significance: 0.01 } as const;
const ticket = { alert: 'ticket', significance: 0.05 } as const;

/** Windows counted in runs; `periodShare` is the time window of busy targets (1 h, and 1 d, of 30 days). */
const runRules: readonly (Rule & { long: number; short: number; periodShare: number })[] = [
  { ...page, budget: 0.02, long: 12, short: 2, periodShare: 1 / 720 },
  { ...ticket, budget: 0.1, long: 60, short: 6, periodShare: 1 / 30 },
];
/** The windows of the SRE workbook and of Sloth, for what is counted in slices of time. */
const timeRules: readonly (Rule & { window: string; longMs: number; shortMs: number })[] = [
  { ...page, budget: 0.02, window: '1h', longMs: hourMs, shortMs: hourMs / 12 },
  { ...page, budget: 0.05, window: '6h', longMs: 6 * hourMs, shortMs: hourMs / 2 },
  { ...ticket, budget: 0.1, window: '1d', longMs: 24 * hourMs, shortMs: 2 * hourMs },
  { ...ticket, budget: 0.1, window: '3d', longMs: 72 * hourMs, shortMs: 6 * hourMs },
];

/** Half of all being bad is always fast enough, whatever the budget's share says of very busy targets. */
const enoughBadShare = 0.5;
/** The window grows with the number of runs up to this many times: there are 500 events at most. */
const growthMax = 8;

/** Bad share over allowed share; 0 of nothing. */
const rateOf = ({ total, bad }: Count, allowed: number): number => (total === 0 ? 0 : bad / total / allowed);

/** Whether so many bad ones are more than chance at the promised share: at least 2, and P(X >= bad | total, 1 - objective). */
export const isSignificant = ({ total, bad }: Count, objective: number, significance: number): boolean =>
  bad >= 2 && binomialUpperTail(bad, total, Math.min(1, Math.max(0, 1 - objective))) <= significance;

const countOf = (events: readonly SlaEvent[]): Count => ({
  total: events.length,
  bad: events.filter(({ good }) => !good).length,
});

/**
 * Burn in windows counted in runs. `events` are those of the SLA's window, oldest first; `perPeriod` is how many runs its
 * window has. F = budget share * perPeriod / runs of the window, at least 1. None without a budget (100 % promised).
 */
export function runBurns(events: readonly SlaEvent[], objective: number, perPeriod: number): Burn[] {
  const allowed = 1 - objective;
  if (allowed <= 0) return [];
  return runRules.map(({ alert, budget, significance, long, short, periodShare }) => {
    let growth = 1;
    while (growth < growthMax && long * growth < perPeriod * periodShare) growth *= 2;
    const runs = long * growth;
    const factor = Math.min(Math.max(1, (budget * perPeriod) / runs), enoughBadShare / allowed);
    const inLong = countOf(events.slice(-runs));
    const inShort = countOf(events.slice(-short * growth));
    const rate = rateOf(inLong, allowed);
    const burns = rate >= factor && rateOf(inShort, allowed) >= factor && isSignificant(inLong, objective, significance);
    return { window: `${runs} runs`, rate, alert: burns ? alert : null, ...inLong };
  });
}

/** Burn in windows of time. `count` counts slices of the newest ms; `periodMs` is the SLA's window. */
export function sliceBurns(count: (newestMs: number) => Count, objective: number, periodMs: number): Burn[] {
  const allowed = 1 - objective;
  if (allowed <= 0) return [];
  return timeRules
    .filter(({ longMs }) => longMs < periodMs)
    .map(({ alert, budget, significance, window, longMs, shortMs }) => {
      const factor = Math.min(Math.max(1, (budget * periodMs) / longMs), enoughBadShare / allowed);
      const inLong = count(longMs);
      const rate = rateOf(inLong, allowed);
      const burns = rate >= factor && rateOf(count(shortMs), allowed) >= factor && isSignificant(inLong, objective, significance);
      return { window, rate, alert: burns ? alert : null, ...inLong };
    });
}
