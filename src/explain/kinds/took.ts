import { spell } from '../evidence/words.ts';
import { nameOf, type Case } from './case.ts';

/** So many times its usual time, a task of the run or a run on a host counts as slow. */
export const slowRatio = 1.5;
/** Runs that a comparison rests on at least. */
export const fewRuns = 2;

interface Times {
  seconds: number;
  usualSeconds: number;
}

/** How long it took, or runs, and what was expected; null where the finding is about something else. */
export function timesOf({ finding: { observed, expected } }: Case): Times | null {
  if (observed === null || observed.unit !== 'seconds' || expected === null) return null;
  return { seconds: observed.value, usualSeconds: expected.middle };
}

/** `etl.load ran for 12m, usually 3m`. */
export function tookText(each: Case): string {
  const times = timesOf(each);
  const running = each.incident.kind === 'task_running_long';
  const name = nameOf(each.incident);
  return times === null
    ? `${name} is slower`
    : `${name} ${running ? 'has run for' : 'took'} ${spell(times.seconds)}, usually ${spell(times.usualSeconds)}`;
}
