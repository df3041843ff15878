import { z } from 'zod';
import { duration } from '../lib/config-types.ts';

/** How much is exposed. */
export const measureConfig = z
  .strictObject({
    series_budget: z
      .number()
      .int()
      .min(1000)
      .default(200_000)
      .describe(
        'Most series in the exposition. Over it the histograms of the tasks that ran longest ago are left out, never counters.',
      ),
    task_expiry: duration({ minMs: 3_600_000 })
      .prefault('30d')
      .describe('A task or DAG that has not run for this long leaves the exposition; its counters are kept.'),
  })
  .prefault({});

export type MeasureConfig = z.output<typeof measureConfig>;
