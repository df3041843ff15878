import { levelsOf, type WrittenAmount } from './levels.ts';
import type {
  CustomSource,
  Operator,
  PostedMetric,
  SlaKind,
  SlaMatch,
  SlaObjective,
  SlaSeverity,
  SlaWindow,
  Statistic,
} from './objective.ts';

/** An objective as it is written, its single keys checked. */
export interface Written {
  name: string;
  kind: SlaKind;
  match: SlaMatch;
  pool: boolean;
  source: 'windsock' | 'airflow';
  operator?: Operator | undefined;
  statistic?: Statistic | undefined;
  threshold?: WrittenAmount | undefined;
  thresholds?: { [severity in SlaSeverity]?: WrittenAmount | undefined } | undefined;
  objective?: number | undefined;
  time_zone: string;
  by?: number | undefined;
  days: readonly string[];
  except: readonly string[];
  within: number;
  metric?:
    | {
        name: string;
        labels: Record<string, string>;
        over: number;
        of?: number | PostedMetric | undefined;
        per: readonly string[];
        at_least: number;
      }
    | undefined;
  evaluate_every: number;
  severity?: SlaSeverity | undefined;
  recovers_after: number;
  min_events?: number | undefined;
}

type Complain = (key: keyof Written | ['thresholds', SlaSeverity], message: string) => void;

/** The usual direction of each kind: a share is at least what was promised, a time at most. */
const usualOperator: Record<SlaKind, Operator> = {
  success_ratio: 'gte',
  duration: 'lte',
  freshness: 'lte',
  deadline: 'lte',
  queue_wait: 'lte',
  custom: 'lte',
};

/** A share of which one run more or less decides nothing; a present condition needs a single one. */
const usualMinEvents: Record<SlaKind, number> = {
  success_ratio: 5,
  duration: 5,
  freshness: 1,
  deadline: 1,
  queue_wait: 5,
  custom: 1,
};

const usualObjective = 0.99;
/** The share that a statistic promises by itself. */
const shareOf: Record<Statistic, number> = {
  mean: 0.95,
  median: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  max: 0.99,
  min: 0.99,
  sum: 0.99,
  last: 0.99,
};

/** Keys that mean something for some kinds only. */
const keysOfKinds: Partial<Record<keyof Written, readonly SlaKind[]>> = {
  statistic: ['duration', 'queue_wait', 'custom'],
  by: ['deadline'],
  thresholds: ['duration', 'queue_wait', 'freshness', 'custom'],
  metric: ['custom'],
};

/** The objective with all defaults; what does not fit together is complained of, each by its key. */
export function objectiveOf(written: Written, window: SlaWindow, complain: Complain): SlaObjective {
  const { kind, source, match } = written;
  for (const [key, kinds] of Object.entries(keysOfKinds) as [keyof Written, readonly SlaKind[]][])
    if (written[key] !== undefined && !kinds.includes(kind)) complain(key, `is for ${kinds.join(', ')} only, not for ${kind}`);
  if (source === 'airflow' && kind !== 'deadline') complain('source', 'can be airflow for a deadline only');
  if (kind === 'deadline' && source === 'windsock' && written.by === undefined)
    complain('by', 'is missing; a deadline needs a time of day such as 06:00');
  if (kind === 'custom' && written.metric === undefined)
    complain('metric', 'is missing; custom needs the name of a posted metric');
  if (kind === 'custom' && [match.dags, match.tasks, match.tags, match.owners].some(({ length }) => length > 0))
    complain('match', 'is not for custom; choose values by metric.labels');
  if (source === 'airflow' && match.tasks.length > 0) complain('match', "cannot name tasks: Airflow's deadlines are of DAGs");
  const operator = written.operator ?? usualOperator[kind];
  if (kind === 'success_ratio' && operator !== 'gte' && operator !== 'gt')
    complain('operator', 'is gte or gt for a success_ratio');
  if ((kind === 'freshness' || kind === 'deadline') && operator !== 'lte' && operator !== 'lt')
    complain('operator', `is lte or lt for ${kind === 'freshness' ? 'freshness' : 'a deadline'}`);
  const { statistic, objective } = promised(written, complain);
  const { levels, unit } = levelsFor(written, { operator, objective, statistic }, complain);
  return {
    name: written.name,
    kind,
    match,
    pool: written.pool || kind === 'custom',
    source,
    operator,
    statistic,
    threshold: levels[0].threshold,
    unit,
    levels,
    recoversAfter: written.recovers_after,
    objective,
    window,
    evaluateEveryMs: written.evaluate_every,
    minEvents: written.min_events ?? usualMinEvents[kind],
    due:
      written.by === undefined
        ? null
        : {
            minuteOfDay: written.by,
            days: written.days,
            except: written.except,
            timeZone: written.time_zone,
            withinMs: written.within,
          },
    metric: metricOf(written),
  };
}

const metricOf = ({ metric }: Written): CustomSource | null =>
  metric === undefined
    ? null
    : {
        name: metric.name,
        labels: metric.labels,
        overMs: metric.over,
        of: metric.of ?? null,
        per: metric.per,
        atLeast: metric.at_least,
      };

/** Which statistic decides, if any, and which share of runs is promised. */
function promised(written: Written, complain: Complain): { statistic: Statistic | null; objective: number } {
  const { kind, threshold } = written;
  if (kind === 'success_ratio') {
    // A share may be called the threshold, as elsewhere; it is the promise.
    if (threshold !== undefined && written.objective !== undefined)
      complain('threshold', 'says the same as objective; keep objective');
    if (threshold === undefined) return { statistic: null, objective: written.objective ?? usualObjective };
    if (typeof threshold === 'number' && threshold > 0 && threshold <= 1) return { statistic: null, objective: threshold };
    complain('threshold', 'is a share above 0 and up to 1 for a success_ratio, such as 0.99');
    return { statistic: null, objective: usualObjective };
  }
  if (kind === 'freshness' || kind === 'deadline') return { statistic: null, objective: written.objective ?? usualObjective };
  const usual: Statistic = kind !== 'custom' ? 'p95' : written.metric?.of === undefined ? 'mean' : 'sum';
  if (kind !== 'custom' && (written.statistic === 'sum' || written.statistic === 'last'))
    complain('statistic', `${written.statistic} is for custom only`);
  // Custom values are summed up for each slice of time, so there is always a statistic.
  const statistic = written.statistic ?? (written.objective === undefined || kind === 'custom' ? usual : null);
  const fallback = kind === 'custom' || statistic === null ? usualObjective : shareOf[statistic];
  return { statistic, objective: written.objective ?? fallback };
}

type Promised = Pick<SlaObjective, 'operator' | 'objective' | 'statistic'>;

/** The thresholds, mildest first: one with its severity, or one for each severity. */
function levelsFor(
  written: Written,
  { operator, objective, statistic }: Promised,
  complain: Complain,
): Pick<SlaObjective, 'levels' | 'unit'> {
  const { kind, threshold, thresholds, metric } = written;
  const severity = written.severity ?? 'warning';
  if (kind === 'success_ratio') return { levels: [{ severity, threshold: objective }], unit: 'ratio' };
  if (kind === 'deadline') {
    if (threshold !== undefined) complain('threshold', 'is not for a deadline; its time is `by`');
    return { levels: [{ severity, threshold: 0 }], unit: 'seconds' };
  }
  const several = Object.entries(thresholds ?? {}) as [SlaSeverity, WrittenAmount | undefined][];
  const given = several.flatMap(([each, amount]) => (amount === undefined ? [] : [[each, amount] as const]));
  if (thresholds !== undefined) {
    if (given.length === 0) complain('thresholds', 'is empty; write for instance warning and critical');
    if (threshold !== undefined) complain('threshold', 'says the same as thresholds; keep one of them');
    if (written.severity !== undefined) complain('severity', 'is told by thresholds; leave it out');
    if (operator === 'eq') complain('thresholds', 'cannot be exact values; use threshold with eq');
    if (statistic === null && kind !== 'freshness') complain('thresholds', 'need a statistic, such as p95, to hold against them');
  } else if (threshold === undefined) {
    complain('threshold', kind === 'custom' ? 'is missing; write a number' : 'is missing; write a duration such as 30m');
  } else given.push([severity, threshold]);
  const isShare = metric?.of !== undefined;
  const { levels, unit } = levelsOf(kind, given, { operator, isShare }, (message, of) => {
    complain(thresholds === undefined || of === undefined ? 'threshold' : ['thresholds', of], message);
  });
  const [first = { severity, threshold: 0 }, ...graver] = levels;
  return { levels: [first, ...graver], unit };
}
