import type { TaskSeries } from '../measure/series.ts';

/** Newest tries that a drift is looked for in: the time it takes grows with the square of them. */
export const driftTries = 60;

const weekSeconds = 604_800;
/** Between two looks a quarter of the tries that are looked at should be new. */
const newTries = driftTries / 4;

/** How far apart, in s, looks for a drift of a series are: a week, or the shortest half, quarter, … of one that brings enough new tries. */
export function lookSeconds({ length, endedSeconds }: Pick<TaskSeries, 'length' | 'endedSeconds'>): number {
  if (length < 2) return weekSeconds;
  const gap = ((endedSeconds[length - 1] as number) - (endedSeconds[0] as number)) / (length - 1);
  let every = weekSeconds;
  while (every / 2 >= Math.max(newTries * gap, 3600)) every /= 2;
  return every;
}
