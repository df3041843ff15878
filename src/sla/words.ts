import { formatDuration } from '../lib/durations.ts';
import type { Operator, SlaObjective, SlaWindow } from './objective.ts';

const dayMs = 86_400_000;

/** `99 %`, `99.95 %`: as many digits as it takes, at most two; never 100 % of what is less. */
export function percent(share: number): string {
  const exact = share * 100;
  const shown = share < 1 && exact > 99.99 ? Math.floor(exact * 100) / 100 : exact;
  return `${Number(shown.toFixed(2))} %`;
}

export const seconds = (value: number): string =>
  value < 1 ? `${Number(Math.max(0, value).toPrecision(2))}s` : formatDuration(Math.round(value * 10) * 100);

/** Latencies of seconds are told by tenths. */
export function amount({ kind, unit }: Pick<SlaObjective, 'kind' | 'unit'>, value: number): string {
  if (kind !== 'custom') return seconds(value);
  if (unit === 'ratio') return percent(value);
  if (unit === 'seconds' && value >= 0) return value < 60 ? `${Number(value.toPrecision(3))}s` : seconds(value);
  return String(Number(value.toPrecision(6)));
}

export const atMost: Record<Operator, string> = {
  gt: 'more than',
  gte: 'at least',
  lt: 'less than',
  lte: 'at most',
  eq: 'exactly',
};

export const statisticNames = {
  mean: 'on average',
  median: 'in the median',
  p90: 'in the 90th percentile',
  p95: 'in the 95th percentile',
  p99: 'in the 99th percentile',
  max: 'at the longest',
  min: 'at the shortest',
  sum: 'in sum',
  last: 'at last',
} as const;

/** `(error above 3s, critical above 5s)`: what is graver to break than the promise itself. */
export function graverWords(objective: SlaObjective): string {
  const beyond = objective.operator === 'gt' || objective.operator === 'gte' ? 'below' : 'above';
  const graver = objective.levels.slice(1);
  return graver.length === 0
    ? ''
    : ` (${graver.map(({ severity, threshold }) => `${severity} ${beyond} ${amount(objective, threshold)}`).join(', ')})`;
}

export const clock = (minuteOfDay: number): string =>
  `${String(Math.floor(minuteOfDay / 60)).padStart(2, '0')}:${String(minuteOfDay % 60).padStart(2, '0')}`;

function windowWords(window: SlaWindow): string {
  switch (window.kind) {
    case 'rolling':
      return `within ${window.ms % dayMs === 0 ? plural(window.ms / dayMs, 'day') : formatDuration(window.ms)}`;
    case 'day':
      return `in each day (${window.timeZone})`;
    case 'week':
      return `in each week (${window.timeZone})`;
    case 'month':
      return `in each month (${window.timeZone})`;
  }
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export type Labels = readonly (readonly [string, string])[];
/** Of a posted metric `labels` say which values of its `per` labels it is. */
type Told = { sla?: string; dagId: string; taskId: string; labels?: Labels };

const selector = (name: string, labels: Labels): string =>
  labels.length === 0 ? name : `${name}{${labels.map(([label, value]) => `${label}="${value}"`).join(',')}}`;

/** `llm_errors of llm_requests{model="gpt-4o"} (sum over 15m)`; null labels: what it is per is said elsewhere. */
export function metricWords({ metric, statistic }: SlaObjective, labels: Labels | null): string {
  if (metric === null) return '';
  const { of, per } = metric;
  const chosen = labels ?? [];
  const selected = [...Object.entries(metric.labels), ...chosen];
  const whole =
    of === null
      ? ''
      : ` of ${typeof of === 'number' ? String(of) : selector(of.name, [...Object.entries(of.labels), ...chosen])}`;
  const each = per.length > 0 && labels?.length === 0 ? ` of each ${per.join(' and ')}` : '';
  return `${selector(metric.name, selected)}${whole}${each} (${statistic ?? 'mean'} over ${formatDuration(metric.overMs)})`;
}

/** What it is about, in words; of an objective without a target, by its match. */
function subjectWords(objective: SlaObjective, target: Told | null): string {
  const { match, kind } = objective;
  if (kind === 'custom') return metricWords(objective, target?.labels ?? []);
  if (target !== null && target.dagId !== '') return target.taskId === '' ? target.dagId : `${target.dagId}.${target.taskId}`;
  const parts = [
    match.tasks.length > 0 ? `tasks ${match.tasks.join(', ')}` : '',
    match.dags.length > 0 ? `DAGs ${match.dags.join(', ')}` : '',
    match.tags.length > 0 ? `tags ${match.tags.join(', ')}` : '',
    match.owners.length > 0 ? `owners ${match.owners.join(', ')}` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'all DAGs' : parts.join(' of ');
}

/** The promise in a sentence: `orders: 99 % of runs of shop succeed within 30 days`. */
export function sentenceOf(objective: SlaObjective, target: Told | null): string {
  return `${target?.sla ?? objective.name}: ${promiseOf(objective, subjectWords(objective, target))}`;
}

function promiseOf(objective: SlaObjective, subject: string): string {
  const { kind, statistic, threshold, operator, due } = objective;
  const share = percent(objective.objective);
  const over = windowWords(objective.window);
  const limit = `${atMost[operator]} ${amount(objective, threshold)}`;
  const graver = graverWords(objective);
  switch (kind) {
    case 'success_ratio':
      return `${share} of runs of ${subject} succeed ${over}`;
    case 'duration':
      return statistic === null
        ? `${share} of runs of ${subject} take ${limit} ${over}`
        : `runs of ${subject} take ${limit}${graver} ${statisticNames[statistic]} ${over}`;
    case 'queue_wait':
      return statistic === null
        ? `${share} of tries of ${subject} wait ${limit} in the queue ${over}`
        : `tries of ${subject} wait ${limit}${graver} in the queue ${statisticNames[statistic]} ${over}`;
    case 'freshness':
      return `the last success of ${subject} is ${limit}${graver} old for ${share} of the time ${over}`;
    case 'deadline': {
      const [misses, is] = isPlural(objective, subject) ? ['miss', 'are'] : ['misses', 'is'];
      if (due === null) return `${subject} ${misses} none of Airflow's own deadlines for ${share} of runs ${over}`;
      const days = due.days.length === 7 ? 'every day' : `on ${due.days.join(', ')}`;
      return `${subject} ${is} done by ${clock(due.minuteOfDay)} ${due.timeZone} ${days}, ${share} of the times ${over}`;
    }
    case 'custom':
      return `${subject} is ${limit}${graver} for ${share} of the time ${over}`;
  }
}

/** Written for a match, not for one target. */
const isPlural = (objective: SlaObjective, subject: string): boolean => subject === subjectWords(objective, null);
