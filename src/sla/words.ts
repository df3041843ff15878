import { localTime } from '../lib/calendar.ts';
import { formatDuration } from '../lib/durations.ts';
import type { Operator, SlaObjective, SlaWindow } from './objective.ts';
import { countsSlices } from './objective.ts';
import type { SlaStatus } from './status.ts';
import type { Span } from './window.ts';

const dayMs = 86_400_000;
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `99 %`, `99.95 %`: as many digits as it takes, at most two; never 100 % of what is less. */
function percent(share: number): string {
  const exact = share * 100;
  const shown = share < 1 && exact > 99.99 ? Math.floor(exact * 100) / 100 : exact;
  return `${Number(shown.toFixed(2))} %`;
}

const seconds = (value: number): string =>
  value < 1 ? `${Number(Math.max(0, value).toPrecision(2))}s` : formatDuration(Math.round(value * 10) * 100);
const plain = (value: number): string => String(Number(value.toPrecision(6)));
const amount = ({ kind }: Pick<SlaObjective, 'kind'>, value: number): string =>
  kind === 'custom' ? plain(value) : seconds(value);

const atMost: Record<Operator, string> = {
  gt: 'more than',
  gte: 'at least',
  lt: 'less than',
  lte: 'at most',
  eq: 'exactly',
};

const statisticNames = {
  mean: 'on average',
  median: 'in the median',
  p90: 'in the 90th percentile',
  p95: 'in the 95th percentile',
  p99: 'in the 99th percentile',
  max: 'at the longest',
  min: 'at the shortest',
} as const;

const clock = (minuteOfDay: number): string =>
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

/** What it is about, in words; of an objective without a target, by its match. */
function subjectWords({ match, kind, metric }: SlaObjective, target: { dagId: string; taskId: string } | null): string {
  if (kind === 'custom') {
    const labels = Object.entries(metric?.labels ?? {}).map(([name, value]) => `${name}="${value}"`);
    return `${metric?.name ?? ''}${labels.length === 0 ? '' : `{${labels.join(',')}}`}`;
  }
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
export function sentenceOf(objective: SlaObjective, target: { dagId: string; taskId: string } | null): string {
  return `${objective.name}: ${promiseOf(objective, subjectWords(objective, target))}`;
}

function promiseOf(objective: SlaObjective, subject: string): string {
  const { kind, statistic, threshold, operator, due } = objective;
  const share = percent(objective.objective);
  const over = windowWords(objective.window);
  const limit = `${atMost[operator]} ${amount(objective, threshold)}`;
  switch (kind) {
    case 'success_ratio':
      return `${share} of runs of ${subject} succeed ${over}`;
    case 'duration':
      return statistic === null
        ? `${share} of runs of ${subject} take ${limit} ${over}`
        : `runs of ${subject} take ${limit} ${statisticNames[statistic]} ${over}`;
    case 'queue_wait':
      return statistic === null
        ? `${share} of tries of ${subject} wait ${limit} in the queue ${over}`
        : `tries of ${subject} wait ${limit} in the queue ${statisticNames[statistic]} ${over}`;
    case 'freshness':
      return `the last success of ${subject} is ${limit} old for ${share} of the time ${over}`;
    case 'deadline': {
      const [misses, is] = isPlural(objective, subject) ? ['miss', 'are'] : ['misses', 'is'];
      if (due === null) return `${subject} ${misses} none of Airflow's own deadlines for ${share} of runs ${over}`;
      const days = due.days.length === 7 ? 'every day' : `on ${due.days.join(', ')}`;
      return `${subject} ${is} done by ${clock(due.minuteOfDay)} ${due.timeZone} ${days}, ${share} of the times ${over}`;
    }
    case 'custom':
      return `${subject} is ${limit} (${statistic ?? 'mean'}) for ${share} of the time ${over}`;
  }
}

/** Written for a match, not for one target. */
const isPlural = (objective: SlaObjective, subject: string): boolean => subject === subjectWords(objective, null);

type Judged = Omit<SlaStatus, 'sentence' | 'standing'>;

/** `8 May`, and the time of day where that matters. */
function dateWords(ms: number, nowMs: number, timeZone: string): string {
  const { date, minuteOfDay } = localTime(new Date(ms), timeZone);
  const day = `${Number(date.slice(8))} ${months[Number(date.slice(5, 7)) - 1]}`;
  return ms - nowMs < dayMs ? `${day} ${clock(minuteOfDay)}` : day;
}

/** How it stands, in a sentence: `297 of 300 did; 0 more may fail until 8 May`. */
export function standingOf(
  objective: SlaObjective,
  status: Judged,
  { paused, oldestBadMs, span }: { paused: boolean; oldestBadMs: number | null; span: Span },
): string {
  if (paused) return 'the DAG is paused: nothing is asked of it';
  return [presentWords(objective, status), countWords(objective, status), budgetWords(objective, status, oldestBadMs, span)]
    .filter((part) => part !== '')
    .join('; ');
}

function presentWords(objective: SlaObjective, { value, kind, state, total }: Judged): string {
  if (value === null) return kind === 'success_ratio' || total > 0 ? '' : 'nothing is known yet';
  switch (kind) {
    case 'success_ratio':
      return '';
    case 'duration':
    case 'queue_wait': {
      const how =
        objective.statistic === null ? `${percent(objective.objective)} took at most` : statisticNames[objective.statistic];
      return `${how} ${seconds(value)}`;
    }
    case 'freshness':
      return `the last success is ${seconds(value)} old`;
    case 'deadline':
      if (objective.due === null)
        return state === 'met' ? 'no deadline is missed now' : `a deadline is missed for ${seconds(value)}`;
      if (state === 'breached') return `overdue for ${seconds(value)}`;
      return value > 0 ? `done ${seconds(value)} late` : `done ${seconds(-value)} before the last deadline`;
    case 'custom':
      return `now ${plain(value)}`;
  }
}

function countWords(objective: SlaObjective, { total, bad }: Judged): string {
  if (total === 0) return 'nothing counted yet';
  if (countsSlices(objective)) return `good for ${percent((total - bad) / total)} of the time`;
  return total < objective.minEvents
    ? `${total - bad} of ${total} did; it is judged from ${objective.minEvents} on`
    : `${total - bad} of ${total} did`;
}

function budgetWords(
  objective: SlaObjective,
  { budgetLeftRuns, bad, total }: Judged,
  oldestBadMs: number | null,
  span: Span,
): string {
  if (budgetLeftRuns === null || total < objective.minEvents || objective.objective === 1) return '';
  const left = countsSlices(objective)
    ? budgetLeftRuns < 0
      ? `${formatDuration(-budgetLeftRuns * objective.evaluateEveryMs)} over budget`
      : `${budgetLeftRuns === 0 ? 'nothing' : formatDuration(budgetLeftRuns * objective.evaluateEveryMs)} of bad time left`
    : budgetLeftRuns < 0
      ? `${-budgetLeftRuns} more than allowed went bad`
      : `${budgetLeftRuns} more may ${objective.kind === 'success_ratio' ? 'fail' : 'go bad'}`;
  const until = untilMs(objective.window, oldestBadMs, span);
  const zone = objective.window.kind === 'rolling' ? 'UTC' : objective.window.timeZone;
  // Where nothing was bad, the end of a rolling window says nothing.
  if (until === null || (bad === 0 && objective.window.kind === 'rolling')) return left;
  const nowMs = objective.window.kind === 'rolling' ? span.toMs : span.fromMs;
  return `${left} until ${dateWords(until, nowMs, zone)}`;
}

/** When the budget grows again: the oldest bad one leaves a rolling window; a calendar window begins anew. */
const untilMs = (window: SlaWindow, oldestBadMs: number | null, { toMs, lengthMs }: Span): number | null =>
  window.kind === 'rolling' ? (oldestBadMs === null ? null : oldestBadMs + lengthMs) : toMs;
