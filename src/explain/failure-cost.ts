import { earlierTriesMax } from './log/refine.ts';
import { successesMax } from './log/learn-successes.ts';

/**
 * What explaining one failure takes at most: transactions on Airflow's database, each of a few statements by index, and logs. A baseline
 * that stands saves the successes.
 */
export const failureCost = {
  reads: 20,
  logs: { own: 1, earlierTries: earlierTriesMax, successes: successesMax },
} as const;
