import { html } from 'hono/html';
import type { TaskLearned } from '../../measure/read-task.ts';
import type { DagSources } from '../sources.ts';
import type { Html } from './frame.ts';
import { countText, percentText, secondsText } from '../../lib/number-text.ts';
import { taskPath } from './incident-side.ts';
import { ago } from './time.ts';

type Task = Awaited<ReturnType<DagSources['read']>>['tasks'][number];

/** A task with what is learned of it, one for each bucket of map indexes. */
export interface TaskView {
  task: Task;
  learned: readonly TaskLearned[];
}

const triesShown = 30;

/** Tasks of a DAG: how long each takes against what is expected, how long it waits before, and how often it failed. */
export const taskRows = (dagId: string, tasks: readonly TaskView[], now: Date): Html =>
  html`<ol class="incidents tasks">
    ${tasks.map((each) => row(dagId, each, now))}
  </ol>`;

function row(dagId: string, { task, learned }: TaskView, now: Date): Html {
  const { taskId, operator, counts } = task;
  const [first] = learned;
  const failed = counts?.failure ?? 0;
  const retried = counts?.retry ?? 0;
  return html`<li class="incident">
    <div class="what">
      <a class="headline" href="${taskPath(dagId, taskId)}">${taskId}</a>
      <p class="meta">
        <span>${operator}</span
        >${counts?.lastSuccessAt == null ? '' : html`<span>succeeded ${ago(counts.lastSuccessAt, now)}</span>`}
        ${learned.length > 1 ? html`<span>mapped</span>` : ''}
      </p>
    </div>
    <div class="trend">${first === undefined ? '' : spark(first)}</div>
    <div class="measure">
      <b>${lastDuration(counts)}</b>
      <small>${expectedText(first)}</small>
    </div>
    <div class="measure">${first === undefined ? '' : waits(first)}</div>
    <div class="measure">
      <b>${failed === 0 ? 'no failure' : countText(failed, 'failure')}</b>
      <small
        >${retried === 0 ? 'no retry' : countText(retried, 'retry', 'retries')},
        ${countText(counts?.success ?? 0, 'success', 'successes')}</small
      >
    </div>
  </li>`;
}

export const lastDuration = (counts: Task['counts']): string =>
  counts?.lastDurationSeconds == null ? '–' : secondsText(counts.lastDurationSeconds);

/** Below this a task takes no time that anybody would look at, as one that does nothing. */
const noTimeSeconds = 0.05;

export function expectedText(learned: TaskLearned | undefined): string {
  if (learned?.baseline == null) return 'too little is known';
  const { lower_seconds: lower, median_seconds: middle, upper_seconds: upper } = learned.baseline;
  if (middle < noTimeSeconds) return 'it takes no time';
  return lower < noTimeSeconds
    ? `expected up to ${secondsText(upper)}`
    : `expected ${secondsText(lower)} to ${secondsText(upper)}`;
}

const middleOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : (values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null);

/** How long it usually waits in the queue, of all the time between being queued and the end. */
export function waits({ tries }: TaskLearned): Html {
  const ended = tries.slice(-triesShown).filter(({ outcome }) => outcome === 'success');
  const wait = middleOf(ended.flatMap(({ queueWaitSeconds }) => (queueWaitSeconds === null ? [] : [queueWaitSeconds])));
  const run = middleOf(ended.flatMap(({ seconds }) => (seconds === null ? [] : [seconds])));
  if (wait === null || run === null || wait + run <= 0) return html`<b>–</b><small>in the queue</small>`;
  const share = wait / (wait + run);
  return html`<b>${secondsText(wait)}</b><small>in the queue, ${percentText(Math.round(share * 100) / 100)}</small>
    <svg class="parts" viewBox="0 0 100 4" width="100" height="4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="run" width="100" height="4" />
      <rect class="wait" width="${Math.round(share * 100)}" height="4" />
    </svg>`;
}

/** The last tries as dots in their band. */
function spark({ tries, baseline: learned }: TaskLearned): Html {
  const baseline = learned !== null && learned.median_seconds >= noTimeSeconds ? learned : null;
  const [width, height] = [180, 34];
  const shown = tries.filter(({ seconds }) => seconds !== null).slice(-triesShown);
  if (shown.length < 2) return html``;
  const values = shown.map(({ seconds }) => seconds ?? 0);
  const edges = [...values, ...(baseline === null ? [] : [baseline.lower_seconds, baseline.upper_seconds])];
  const [low, high] = [Math.min(...edges), Math.max(...edges)];
  const y = (seconds: number): number =>
    Math.round((height - 3 - ((height - 6) * (seconds - low)) / Math.max(high - low, 1e-9)) * 10) / 10;
  const step = width / shown.length;
  const [top, bottom] = baseline === null ? [0, 0] : [y(baseline.upper_seconds), y(baseline.lower_seconds)];
  return html`<svg
    class="spark"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="img"
    aria-label="${`${countText(shown.length, 'try', 'tries')}, ${secondsText(Math.min(...values))} to ${secondsText(Math.max(...values))}`}"
  >
    ${baseline === null ? '' : html`<rect class="band" x="0" width="${width}" y="${top}" height="${Math.max(1, bottom - top)}" />`}
    ${shown.map(
      ({ outcome, seconds }, index) =>
        html`<circle class="${outcome}" cx="${Math.round((index + 0.5) * step * 10) / 10}" cy="${y(seconds ?? 0)}" r="2.2"
          ><title>${`${secondsText(seconds ?? 0)}, ${outcome}`}</title></circle
        >`,
    )}
  </svg>`;
}
