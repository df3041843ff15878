import { localTime, monthNames } from '../lib/calendar.ts';
import { formatDuration } from '../lib/durations.ts';
import { countsSlices, levelOf, type SlaObjective, type SlaWindow } from './objective.ts';
import type { SlaStatus } from './status.ts';
import type { Span } from './window.ts';
import { amount, atMost, clock, graverWords, metricWords, percent, seconds, statisticNames } from './words.ts';

const dayMs = 86_400_000;

type Judged = Omit<SlaStatus, 'sentence' | 'standing' | 'present'>;

/** `8 May`, and the time of day where that matters. */
function dateWords(ms: number, nowMs: number, timeZone: string): string {
  const { date, minuteOfDay } = localTime(new Date(ms), timeZone);
  const day = `${Number(date.slice(8))} ${monthNames[Number(date.slice(5, 7)) - 1]}`;
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

function presentWords(objective: SlaObjective, { value, kind, state, total, severity }: Judged): string {
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
      return `now ${amount(objective, value)}${customWords(objective, { value, state, severity })}`;
  }
}

/** Why a posted metric counts as it does, where its value alone does not tell. */
function customWords(
  objective: SlaObjective,
  { value, state, severity }: Pick<Judged, 'state' | 'severity'> & { value: number },
): string {
  if (state !== 'breached') return '';
  const { levels, recoversAfter, evaluateEveryMs } = objective;
  const now = levels[levelOf(objective, value) - 1]?.severity;
  const standing = levels.length > 1 ? severity : 'breached';
  if (now === severity) return levels.length > 1 ? `, ${severity}` : '';
  return `, ${standing} until ${recoversAfter} slices of ${formatDuration(evaluateEveryMs)} in a row are better`;
}

/** What a posted metric is now, without its promise over time: the title of a finding. */
export function presentOf(objective: SlaObjective, status: Judged): string | null {
  const { value, threshold, operator } = { ...status, operator: objective.operator };
  if (objective.kind !== 'custom' || value === null) return null;
  const limit = `${atMost[operator]} ${amount(objective, threshold)}${graverWords(objective)}`;
  const now = `${amount(objective, value)}${customWords(objective, { ...status, value })}`;
  return `${now}; promised is ${limit}, by ${metricWords(objective, null)}`;
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
