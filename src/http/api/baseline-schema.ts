import { z } from '@hono/zod-openapi';
import type { TaskLearned } from '../../measure/read-task.ts';

const timestamp = z.iso.datetime();

const baselineSchema = z
  .object({
    dag_id: z.string(),
    task_id: z.string(),
    mapped: z.string().describe('Map indexes that it is about; empty where the task is not mapped.'),
    n: z.int().describe('Successful tries behind it.'),
    median_seconds: z.number(),
    lower_seconds: z.number().describe('Beyond these a run that starts now would be a finding.'),
    upper_seconds: z.number(),
    scale: z.number().describe('Of ln(seconds), pooled with that of all tasks: 0.1 is about 10 %.'),
    since: timestamp.describe('When the oldest try that counts ended.'),
    profile: z.string().nullable().describe('By what durations differ regularly.').openapi({ example: 'weekend' }),
    level_shift: z
      .object({ at: timestamp, from_seconds: z.number(), to_seconds: z.number() })
      .nullable()
      .describe('The newest confirmed change to a new normal.'),
    mapped_instances: z
      .object({
        n: z.int().describe('Runs behind it.'),
        middle: z.number(),
        lower: z.number(),
        upper: z.number(),
        profile: z.string().nullable(),
      })
      .nullable()
      .describe('Instances of a mapped task that a run which starts now is expected to have.'),
  })
  .openapi('Baseline');

const trySchema = z
  .object({
    ended_at: timestamp,
    try_number: z.int(),
    map_index: z.int().describe('-1 where the task is not mapped.'),
    outcome: z.enum(['success', 'failure', 'retry']),
    seconds: z.number().nullable(),
    queue_wait_seconds: z.number().nullable(),
    counted: z.boolean().describe('Belongs to what the baseline rests on, if it succeeded and is no older than a level shift.'),
    score: z.number().nullable().describe('How unusually long it was, 0 to 1; null: it was not judged.'),
  })
  .openapi('TaskTry');

export const taskLearnedSchema = z
  .object({
    dag_id: z.string(),
    task_id: z.string(),
    series: z
      .array(
        z.object({
          mapped: z.string(),
          baseline: baselineSchema
            .nullable()
            .describe('Null while too little is known; else what `windsock baseline list` shows.'),
          tries: z.array(trySchema).describe('The newest that are kept, oldest first.'),
        }),
      )
      .describe('One, or one of each bucket of map indexes.'),
  })
  .openapi('TaskBaseline');

export const taskLearnedJson = (
  dagId: string,
  taskId: string,
  learned: readonly TaskLearned[],
): z.output<typeof taskLearnedSchema> => ({
  dag_id: dagId,
  task_id: taskId,
  series: learned.map(({ mapped, baseline, tries }) => ({
    mapped,
    baseline,
    tries: tries.map(({ endedAt, tryNumber, mapIndex, outcome, seconds, queueWaitSeconds, counted, score }) => ({
      ended_at: endedAt.toISOString(),
      try_number: tryNumber,
      map_index: mapIndex,
      outcome,
      seconds,
      queue_wait_seconds: queueWaitSeconds,
      counted,
      score,
    })),
  })),
});
