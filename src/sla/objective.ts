export const slaKinds = ['success_ratio', 'duration', 'freshness', 'deadline', 'queue_wait', 'custom'] as const;
export type SlaKind = (typeof slaKinds)[number];

export const operators = ['gt', 'gte', 'lt', 'lte', 'eq'] as const;
export type Operator = (typeof operators)[number];

export const statistics = ['mean', 'median', 'p90', 'p95', 'p99', 'max', 'min'] as const;
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

/** A posted metric: of this name, with at least these labels, the values of the last `overMs`. */
export interface CustomSource {
  name: string;
  labels: Readonly<Record<string, string>>;
  overMs: number;
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
  /** Seconds, or in the metric's own unit; for success_ratio the promised share, for a deadline 0 (seconds late). */
  threshold: number;
  /** The promised share of good runs, or of good time slices; 0 to 1. */
  objective: number;
  window: SlaWindow;
  evaluateEveryMs: number;
  severity: 'info' | 'warning' | 'error' | 'critical';
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

/** What has to be counted anew when it changes: not how grave a breach is, nor from how many events on it is judged. */
export function definitionOf({ severity: _severity, minEvents: _minEvents, ...rest }: SlaObjective): string {
  return JSON.stringify(rest);
}
