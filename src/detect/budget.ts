import { alphaAt, alphaMax } from '../measure/frequency.ts';
import { chancesOf, type Chance, type Learning } from './chances.ts';
import type { DetectConfig } from './config.ts';
import type { DetectSettings } from './settings.ts';
import { statistical, type Statistical } from './statistical.ts';

/** Below it nothing would be sure enough to be told (facts §2, detecting). */
const alphaMin = 1e-5;

/** False alerts a week that these chances give at this alpha. */
const expectedAt = (chances: readonly Chance[], alpha: number): number =>
  chances.reduce((sum, { perWeek, sensitivity, share, gate }) => sum + perWeek * Math.min(alpha * sensitivity * share, gate), 0);

/** The most that alpha may be: 0.01 at the rarest of these looks. */
const mostOf = (chances: readonly Chance[]): number =>
  alphaMax / (chances.length === 0 ? 1 : chances.reduce((most, { share }) => Math.max(most, share), 0));

/** The alpha at which these chances give `falseAlerts` a week: at least 1e-5, and 0.01 at most at any look. */
export function solveAlpha(chances: readonly Chance[], falseAlerts: number): number {
  const most = mostOf(chances);
  if (expectedAt(chances, most) <= falseAlerts) return most;
  let low = Math.log(alphaMin);
  let high = Math.log(most);
  for (let round = 0; round < 40; round += 1) {
    const middle = (low + high) / 2;
    if (expectedAt(chances, Math.exp(middle)) > falseAlerts) high = middle;
    else low = middle;
  }
  return Math.exp(low);
}

/**
 * What each detector may spend of a budget of false alerts a week: equal shares for those that are not disabled, and what one
 * cannot spend (few chances, and alpha ends at 0.01) for the others. z-score and running-long share theirs: who runs beyond his
 * interval for long is found by both, and is one incident.
 */
export function sharesOf(
  budget: number,
  most: Readonly<Record<Statistical, number>>,
  { disabled }: Pick<DetectConfig, 'disabled'>,
): Record<Statistical, number> {
  const names = Object.keys(statistical) as Statistical[];
  const enabled = names.filter((name) => !disabled.includes(statistical[name]));
  const pools = [
    enabled.filter((name) => durations.has(name)),
    ...enabled.filter((name) => !durations.has(name)).map((name) => [name]),
  ];
  const shares = new Map<Statistical, number>();
  let rest = budget;
  let open = pools.filter((pool) => pool.length > 0);
  for (;;) {
    const each = rest / Math.max(1, open.flat().length);
    const spent = open.filter((pool) => Math.max(...pool.map((name) => most[name])) < each * pool.length);
    if (spent.length === 0) {
      for (const pool of open) for (const name of pool) shares.set(name, each * pool.length);
      break;
    }
    for (const pool of spent) {
      const need = Math.max(...pool.map((name) => most[name]));
      for (const name of pool) shares.set(name, need);
      rest -= need;
    }
    open = open.filter((pool) => !spent.includes(pool));
  }
  // What is disabled may still be enabled for some DAGs: as sure as with a share of its own.
  const usual = budget / names.length;
  return Object.fromEntries(names.map((name) => [name, shares.get(name) ?? usual])) as Record<Statistical, number>;
}

const durations: ReadonlySet<Statistical> = new Set(['z_score', 'running_long']);

/** The budget that scores go by, whatever is configured. */
const defaultBudget = 5;

/**
 * The probability at which each statistical detector finds something, so that all of them together make as many false alerts a
 * week as configured (`alphas`), or as by default (`scoreAlphas`). What the limits of effect hold back anyway is counted out.
 */
export function alphasOf(
  learning: Learning,
  settings: DetectSettings,
  now: Date,
): { alphas: Record<string, number>; scoreAlphas: Record<string, number> } {
  const chances = chancesOf(learning, settings, now);
  const names = Object.keys(statistical) as Statistical[];
  const most = Object.fromEntries(names.map((name) => [name, expectedAt(chances[name], mostOf(chances[name]))])) as Record<
    Statistical,
    number
  >;
  const solve = (budget: number) => {
    const shares = sharesOf(budget, most, settings.config);
    return Object.fromEntries(names.map((name) => [name, solveAlpha(chances[name], shares[name])]));
  };
  return { alphas: solve(settings.config.false_alerts_per_week), scoreAlphas: solve(defaultBudget) };
}

/** The alpha in force for one DAG or task, by its sensitivity and its share (`shareAt`). */
export const alphaFor = (
  alphas: Readonly<Record<string, number>>,
  name: Statistical,
  sensitivity: number,
  share: number,
): number => Math.min(0.5, sensitivity * alphaAt(alphas[name] ?? alphaUnlearned[name], share));

/** Until the first alphas are worked out. */
const alphaUnlearned: Record<Statistical, number> = {
  z_score: 0.001,
  running_long: 0.001,
  trend: 0.001,
  pattern: 0.001,
  failure_rate: 0.001,
  dag_late: 0.001,
};
