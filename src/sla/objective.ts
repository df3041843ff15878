export const slaKinds = ['success_ratio', 'duration', 'freshness', 'deadline', 'queue_wait', 'custom'] as const;
export type SlaKind = (typeof slaKinds)[number];

export const operators = ['gt', 'gte', 'lt', 'lte', 'eq'] as const;
export type Operator = (typeof operators)[number];

export const statistics = ['mean', 'median', 'p90', 'p95', 'p99', 'max', 'min', 'sum', 'last'] as const;
export type Statistic = (typeof statistics)[number];

/** Over which time an objective is judged. */
export type SlaWindow = { kind: 'rolling'; ms: number } | { kind: 'day' | 'week' | 'month'; timeZone: string };

/** Which DAGs and tasks an objective is about. With tasks it is about tasks, else about whole DAGs. */
export interface SlaMatch {
  dags: readonly string[];
  tasks: readonly string[];
  tags: readonly string[];
  owners: readonly string[];
}

/** When something has to be done: at `minuteOfDay` on these days, by a success within the time before. */
export interface Due {
  minuteOfDay: number;
  days: readonly string[];
  /** Dates on which nothing is due, such as holidays. */
  except: readonly string[];
  timeZone: string;
  withinMs: number;
}

/** Posted values of this name, with at least these labels. */
export interface PostedMetric {
  name: string;
  labels: Readonly<Record<string, string>>;
}

/** A posted metric: the values of the last `overMs`. */
export interface CustomSource extends PostedMetric {
  overMs: number;
  /** What its statistic is divided by: the same statistic of another metric, or a number such as a quota. */
  of: PostedMetric | number | null;
  /** Names of labels: each combination of their values is a target of its own. */
  per: readonly string[];
  /** Fewer values say nothing; where a sum is divided by another, that must be at least this. */
  atLeast: number;
}

export const severities = ['info', 'warning', 'error', 'critical'] as const;
export type SlaSeverity = (typeof severities)[number];

/** A threshold, and how grave it is to break it. */
export interface SlaLevel {
  severity: SlaSeverity;
  threshold: number;
}

/** An objective as a user wrote it, with every default taken in. */
export interface SlaObjective {
  name: string;
  kind: SlaKind;
  match: SlaMatch;
  /** All targets together are one. */
  pool: boolean;
  /** Where the misses of a deadline come from: our own watch, or Airflow's rows. */
  source: 'windsock' | 'airflow';
  operator: Operator;
  /** What of the values is compared with the threshold; null: each value counts as good or bad, and the share decides. */
  statistic: Statistic | null;
  /** In `unit`; for success_ratio the promised share, for a deadline 0 (seconds late). */
  threshold: number;
  unit: 'seconds' | 'ratio' | 'value';
  /** `threshold` and those that are graver to break, each further out than the one before. At least one. */
  levels: readonly [SlaLevel, ...SlaLevel[]];
  /** A posted metric that broke a threshold has to keep it in so many slices of time in a row before it counts as kept. */
  recoversAfter: number;
  /** The promised share of good runs, or of good time slices; 0 to 1. */
  objective: number;
  window: SlaWindow;
  evaluateEveryMs: number;
  /** Below this many events nothing is said. */
  minEvents: number;
  due: Due | null;
  metric: CustomSource | null;
}

/** Whether runs or tries are counted, one by one, or slices of time. */
export const countsSlices = ({ kind }: Pick<SlaObjective, 'kind'>): boolean => kind === 'freshness' || kind === 'custom';

/** `value operator threshold`. */
export function compare(value: number, operator: Operator, threshold: number): boolean {
  switch (operator) {
    case 'gt':
      return value > threshold;
    case 'gte':
      return value >= threshold;
    case 'lt':
      return value < threshold;
    case 'lte':
      return value <= threshold;
    case 'eq':
      return value === threshold;
  }
}

/** How many levels a value breaks: 0 when it keeps the promise. */
export const levelOf = ({ levels, operator }: Pick<SlaObjective, 'levels' | 'operator'>, value: number): number =>
  levels.filter(({ threshold }) => !compare(value, operator, threshold)).length;

/** What has to be counted anew when it changes: not how grave a breach is, nor when it is said or taken back. */
export function definitionOf(objective: SlaObjective): string {
  const { levels: _levels, unit: _unit, recoversAfter: _recovers, minEvents: _minEvents, ...rest } = objective;
  return JSON.stringify(rest);
}
