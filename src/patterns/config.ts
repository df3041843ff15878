import cron from 'node-cron';
import { z } from 'zod';

/** How what failures have in common is looked for. */
export const patternsConfig = z
  .strictObject({
    schedule: z
      .string()
      .refine((text) => cron.validate(text), 'is no cron expression; write for instance "7 * * * *"')
      .meta({ shownAs: 'cron expression', examples: ['30 */2 * * *'] })
      .default('7 * * * *')
      .describe('When failures are looked through for configurations that they go with, in UTC. Only the leader does it.'),
    false_discovery_rate: z
      .number()
      .min(0.001)
      .max(0.5)
      .default(0.05)
      .describe('The share of false patterns that you accept among those that are shown.'),
    odds_ratio: z
      .number()
      .min(1)
      .max(1000)
      .default(2)
      .describe('A pattern is shown when it makes the odds of failure at least so many times as high.'),
    embedding_similarity: z
      .number()
      .min(0.5)
      .max(1)
      .default(0.9)
      .describe(
        'With `llm.embeddings`: errors of one class are one cluster when the cosine of their vectors is at least this. Models differ; clusters that are joined are not split again.',
      ),
  })
  .prefault({});

export type PatternsConfig = z.output<typeof patternsConfig>;
