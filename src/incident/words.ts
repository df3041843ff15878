import { countText, percentText, secondsText, timesText, valueText } from '../lib/number-text.ts';
import type { Incident } from './incident.ts';

type Kind = Incident['kind'];
type Subject = Incident['subject'];
type Finding = Incident['latest'];

/** Each kind as a filter and a label name it. */
export const kindNames: Record<Kind, string> = {
  task_failed: 'Task failed',
  dag_run_failed: 'Run failed',
  task_slow: 'Slow task',
  task_running_long: 'Running long',
  task_stuck_queued: 'Stuck in queue',
  trend: 'Drift',
  pattern_broken: 'Unusual pattern',
  failure_rate_high: 'Many failures',
  dag_late: 'Late',
  dag_silent: 'Silent',
  component_down: 'Component down',
  pool_starved: 'Pool starved',
  import_error: 'Import error',
  sla_breached: 'SLA breached',
  error_budget_burn: 'Budget burning',
  deadline_missed: 'Deadline missed',
};

const predicates: Record<Kind, string> = {
  task_failed: 'failed',
  dag_run_failed: 'failed as a run',
  task_slow: 'took unusually long',
  task_running_long: 'is running unusually long',
  task_stuck_queued: 'is stuck in the queue',
  trend: 'drifts',
  pattern_broken: 'broke its pattern',
  failure_rate_high: 'fails unusually often',
  dag_late: 'is late',
  dag_silent: 'is silent',
  component_down: 'is down',
  pool_starved: 'has no free slots',
  import_error: 'does not parse',
  sla_breached: 'is not met',
  error_budget_burn: 'burns its error budget',
  deadline_missed: 'missed a deadline',
};

/** Why it ended. */
export const endTexts: Record<NonNullable<Incident['endReason']>, string> = {
  cleared: 'it is over',
  subject_gone: 'what it was about is gone',
  person_marked: 'a person marked it in Airflow',
  person_reran: 'a person ran it again',
  person_resolved: 'a person resolved it',
  expired: 'nothing was heard of it for long',
  accepted: 'it is the new normal',
};

/** What an incident is about, as it stands within a sentence; ids stay as they are spelled. */
export function nameOf(subject: Subject): string {
  switch (subject.type) {
    case 'task':
      return `${subject.dagId}.${subject.taskId}`;
    case 'dag':
    case 'deadline':
      return subject.dagId;
    case 'pool':
      return `pool ${subject.pool}`;
    case 'component':
      return `the ${subject.component === 'dag_processor' ? 'DAG processor' : subject.component}`;
    case 'file':
      return subject.file;
    case 'sla':
      return `SLA ${subject.sla}${subject.dagId === '' ? '' : ` of ${subject.dagId}${subject.taskId === '' ? '' : `.${subject.taskId}`}`}`;
    case 'asset':
      return `asset ${subject.asset}`;
    case 'deployment':
      return 'this Airflow';
  }
}

const ownWord: ReadonlySet<Subject['type']> = new Set(['pool', 'component', 'asset', 'deployment']);

/** The same at the beginning of a sentence, or alone. */
export function subjectName(subject: Subject): string {
  const name = nameOf(subject);
  return ownWord.has(subject.type) ? `${name.slice(0, 1).toUpperCase()}${name.slice(1)}` : name;
}

/** What broke, in a few words. */
export const headline = ({ kind, subject }: Pick<Incident, 'kind' | 'subject'>): string =>
  `${subjectName(subject)} ${predicates[kind]}`;

/** What is said of an incident, without what its headline says already. */
export function withoutHeadline(incident: Pick<Incident, 'kind' | 'subject'>, text: string): string {
  const said = `${headline(incident)}: `;
  if (!text.startsWith(said)) return text;
  const rest = text.slice(said.length);
  return `${rest.slice(0, 1).toUpperCase()}${rest.slice(1)}`;
}

/** The newest finding's sentence, as far as the headline leaves it to be said. */
export const saidMore = (incident: Pick<Incident, 'kind' | 'subject' | 'latest'>): string =>
  withoutHeadline(incident, incident.latest.title);

/** How unusual it is: in a word, and what that rests on. */
export function unusual({ latest, recurrences }: Pick<Incident, 'latest' | 'recurrences'>): { short: string; more: string } {
  const { kind, observed, expected, n } = latest;
  const often = recurrences > 0 ? `seen ${recurrences + 1} times` : '';
  if (observed === null || expected === null) return { short: often, more: '' };
  const isLearned = n > 0 && !isPromise(kind);
  const usual = isPromise(kind)
    ? promiseText(expected, observed.unit)
    : isLearned
      ? `usually ${bandText(expected, observed.unit)} by ${countText(n, 'run')}`
      : `the limit is ${limitText(expected, observed.unit)}`;
  const short = isLearned ? ratioText(observed, expected) : measuredText(observed.value, observed.unit);
  return { short, more: often === '' ? usual : `${usual}; ${often}` };
}

/** Of an SLA what is expected is what somebody promised, and `n` what was counted. */
export const isPromise = (kind: Kind): boolean => kind === 'sla_breached' || kind === 'error_budget_burn';

function promiseText({ lower, middle, upper }: NonNullable<Finding['expected']>, unit: Unit): string {
  if (lower !== null) return `promised is at least ${measuredText(lower, unit)}`;
  return upper === null ? `at most ${measuredText(middle, unit)} may go bad` : `promised is at most ${measuredText(upper, unit)}`;
}

function ratioText({ value, unit }: NonNullable<Finding['observed']>, { middle }: NonNullable<Finding['expected']>): string {
  const ratio = middle > 0 ? value / middle : Number.NaN;
  return Number.isFinite(ratio) && ratio >= 1.05 ? `${timesText(ratio)}× usual` : measuredText(value, unit);
}

/** Of a limit that somebody set, nothing is usual. */
const limitText = ({ lower, middle, upper }: NonNullable<Finding['expected']>, unit: Unit): string =>
  measuredText(upper ?? lower ?? middle, unit);

function bandText(
  { lower, middle, upper }: NonNullable<Finding['expected']>,
  unit: NonNullable<Finding['observed']>['unit'],
): string {
  const range =
    lower !== null && upper !== null
      ? ` (${measuredText(lower, unit)} to ${measuredText(upper, unit)})`
      : upper !== null
        ? `, at most ${measuredText(upper, unit)},`
        : lower !== null
          ? `, at least ${measuredText(lower, unit)},`
          : '';
  return `${measuredText(middle, unit)}${range}`;
}

/** A name of the code as words: `disk_full` → `disk full`. */
export const spaced = (name: string): string => name.replaceAll('_', ' ');

type Unit = NonNullable<Incident['latest']['observed']>['unit'];

/** A value with its unit, as findings have them. */
export function measuredText(value: number, unit: Unit): string {
  switch (unit) {
    case 'seconds':
      return secondsText(value);
    case 'ratio':
      return percentText(value);
    case 'percent_per_run':
      return `${Number(value.toPrecision(2))} % a run`;
    case 'value':
      return valueText(value);
    case 'runs':
    case 'tasks':
    case 'slots':
    case 'errors':
      return countText(Number(value.toPrecision(3)), unit.slice(0, -1));
  }
}
