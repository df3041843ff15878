import type { SlaKind, SlaLevel, SlaSeverity } from './objective.ts';

/** Whether an objective is met. unknown: no data yet, neither met nor breached. */
export type SlaState = 'met' | 'breached' | 'unknown';

/** An SLA's burn over one pair of windows. */
export interface Burn {
  /** Label of the metric: `12 runs`, `1h`. */
  window: string;
  /** How many times as fast as allowed the budget is spent in the long window: bad share / (1 - objective). */
  rate: number;
  /** Both windows above the factor, and significant: worth a page, or a ticket. */
  alert: 'page' | 'ticket' | null;
  /** What was counted in the long window. */
  bad: number;
  total: number;
}

/** What an SLA says: its name, its promise in words, and on what it is. */
interface SlaFace {
  sla: string;
  kind: SlaKind;
  /** Empty, as `taskId`, when the SLA pools its targets. */
  dagId: string;
  taskId: string;
  owner: string;
  /** How grave it is now; while it is met, of the mildest breach. */
  severity: SlaSeverity;
  /** The objective in a sentence, and how it stands in another. */
  sentence: string;
  standing: string;
  /** What a posted metric is now, in one short line; null of other kinds, and while it is unknown. */
  present: string | null;
}

/** One objective on one target, judged now. */
export interface SlaStatus extends SlaFace {
  state: SlaState;
  /** Since when the state holds. */
  since: Date;
  /** What the objective is about, in its unit; null when unknown. */
  value: number | null;
  threshold: number;
  /** `threshold` and those that are graver to break, mildest first; empty where there is but the one. */
  thresholds: readonly SlaLevel[];
  unit: 'seconds' | 'ratio' | 'value';
  /** Share of good runs (or time slices) in the window, 0 to 1; null without data. */
  compliance: number | null;
  /** The same over fixed periods. */
  complianceByDays: Readonly<Record<7 | 30 | 90, number | null>>;
  /** The promised share. */
  objective: number;
  /** The length of the window; of a calendar window that of the present one. */
  windowSeconds: number;
  /** Runs (or slices) judged in the window, and the bad ones. */
  total: number;
  bad: number;
  /** The bad ones are too many to be chance at the promised share, and more than one; always true of present conditions. */
  significant: boolean;
  /** Share of the error budget that is left, below 0 when overspent; null without data, and without a budget (100 %). */
  budgetLeftRatio: number | null;
  /** How many more may go bad in this window. */
  budgetLeftRuns: number | null;
  burns: Burn[];
  /** Bad ones ever counted: a counter. */
  violations: number;
  /** The run, or the beginning of the bad time, of the newest violation: names the event. */
  lastViolation: { event: string; at: Date; text: string } | null;
}
