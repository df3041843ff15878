import type { Expectation, Trial } from '../measure/series.ts';
import { formatDuration } from '../lib/durations.ts';
import { subjectKey } from './finding.ts';

/** How unusual something is, as people say it: `1 in 2,300`. */
export function oneIn(p: number): string {
  if (!(p > 1e-6)) return 'less than 1 in a million';
  const n = 1 / p;
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(n)) - 1);
  return `1 in ${(Math.round(n / digits) * digits).toLocaleString('en')}`;
}

/** Seconds as a duration that a person reads; below 10 s with tenths. */
export const spell = (seconds: number): string =>
  seconds < 10 ? `${seconds.toFixed(1)}s` : formatDuration(Math.min(seconds, 1e10) * 1000);

/** A try's event. */
export const tryEvent = (tried: { runPk: number | null; taskId: string; mapIndex: number; tryNumber: number }): string =>
  `run:${tried.runPk}:${tried.taskId}:${tried.mapIndex}:${tried.tryNumber}`;

/** The map index of a try's event; -1 where it is not mapped. */
export const mapIndexOf = (event: string): number => Number(/:(-?\d+):\d+$/.exec(event)?.[1] ?? -1);

/** A trial that can be judged. */
export interface Judged {
  trial: Trial;
  expectation: Expectation;
  pHigh: number;
  pLow: number;
  endedMs: number;
}

/** The trials of a cycle that say something, and how many there are of them. */
export interface JudgedTasks {
  /** By task and oldest first; only of tasks of which at least one trial is worth a look. */
  groups: Judged[][];
  judged: number;
}

const taskKey = ({ attempt }: Trial): string => `${attempt.dagId}\u0000${attempt.taskId}`;

/** The trials that say something; those of the other kind (people's, backfills) say nothing either way. Almost all are usual: `isWorth` lets these pass at once. */
export function judgedByTask(
  trials: readonly Trial[],
  isWorth: (trial: Trial, p: { high: number; low: number }) => boolean,
): JudgedTasks {
  const worth = new Set<string>();
  let judged = 0;
  for (const trial of trials) {
    const { expectation, pHigh, pLow, ordinary } = trial;
    if (!ordinary || expectation === null || pHigh === null || pLow === null) continue;
    judged += 1;
    if (isWorth(trial, { high: pHigh, low: pLow })) worth.add(taskKey(trial));
  }
  if (worth.size === 0) return { groups: [], judged };
  const all = trials.flatMap((trial): Judged[] => {
    const { expectation, pHigh, pLow, ordinary, attempt } = trial;
    if (!ordinary || expectation === null || pHigh === null || pLow === null || attempt.endedAt === null) return [];
    return worth.has(taskKey(trial)) ? [{ trial, expectation, pHigh, pLow, endedMs: attempt.endedAt.getTime() }] : [];
  });
  all.sort((a, b) => a.endedMs - b.endedMs);
  return { groups: [...Map.groupBy(all, ({ trial }) => taskKey(trial)).values()], judged };
}

/** Whether an incident of the trial's task is open. */
export const hasOpen = (open: ReadonlyMap<string, unknown>, { attempt: { dagId, taskId } }: Trial): boolean =>
  open.size > 0 && open.has(subjectKey({ type: 'task', dagId, taskId }));

/** How many instances of one task each run has at least, by the highest index: each is a chance more to look unusual. */
export function instancesByRun(tries: Iterable<{ runPk: number; mapIndex: number }>): Map<number, number> {
  const most = new Map<number, number>();
  for (const { runPk, mapIndex } of tries) most.set(runPk, Math.max(1, mapIndex + 1, most.get(runPk) ?? 1));
  return most;
}
