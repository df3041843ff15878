import { z } from '@hono/zod-openapi';
import { categories } from '../../explain/explanation.ts';
import { reportKinds } from '../../report/period.ts';
import { kindSchema, severitySchema, stateSchema } from './incident-schema.ts';
import { slaKindSchema, slaStateSchema } from './sla-schema.ts';

const timestamp = z.iso.datetime();
const date = z.iso.date();

const comparedSchema = z
  .object({ now: z.number().nullable(), before: z.number().nullable() })
  .describe('A number of the period and of the one before; null: too little is known to say.')
  .openapi('Compared');
const periodSchema = z.object({ first: date, last: date, from: timestamp, to: timestamp });
const listOf = <Item extends z.ZodType>(item: Item, what = 'How many there are; `items` is cut short.') => ({
  count: z.int().describe(what),
  items: z.array(item),
});

const incidentSchema = z.object({
  id: z.string(),
  kind: kindSchema,
  subject: z.record(z.string(), z.string()),
  severity: severitySchema,
  state: stateSchema,
  title: z.string(),
  opened_at: timestamp,
  resolved_at: timestamp.nullable(),
  recurrences: z.int(),
});
const toldSchema = incidentSchema.extend({
  cause: z
    .object({
      category: z.enum(categories),
      cause: z.string(),
      certainty: z.enum(['low', 'medium', 'high']),
      proof: z.string().nullable(),
      next_step: z.string().nullable(),
    })
    .nullable()
    .describe('Null: it is not explained.'),
});
const tookSchema = z.object({ incidents: comparedSchema, mean_seconds: comparedSchema, median_seconds: comparedSchema });
const taskSchema = z.object({
  dag_id: z.string(),
  task_id: z.string(),
  success: z.int(),
  failure: z.int(),
  retry: z.int(),
  healed: z.int().describe('Successes of a later try.'),
  seconds: z.number().describe('That its tries took.'),
  failed_seconds: z.number().describe('That those took which failed, for good or not.'),
});
const medianSchema = z.object({ seconds: z.number(), n: z.int() });

export const reportSchema = z
  .object({
    kind: z.enum(reportKinds),
    airflow: z.string(),
    time_zone: z.string(),
    period: periodSchema,
    before: periodSchema,
    made_at: timestamp,
    is_over: z.boolean().describe('What is not over is compared with nothing.'),
    tries_since: timestamp.nullable().describe('Since when tries are counted; null: not yet.'),
    incidents_since: timestamp.nullable().describe('Since when incidents are known.'),
    failures: z.object({
      incidents: comparedSchema,
      causes: z.array(z.object({ category: z.enum(categories), incidents: comparedSchema, ...listOf(toldSchema) })),
    }),
    slower: z.object({
      shifts: z.object({
        compared: comparedSchema,
        ...listOf(
          z.object({
            dag_id: z.string(),
            task_id: z.string(),
            mapped: z.string(),
            at: timestamp,
            from_seconds: z.number(),
            to_seconds: z.number(),
          }),
        ),
      }),
      tasks: z.object(
        listOf(
          z.object({
            dag_id: z.string(),
            task_id: z.string(),
            median: medianSchema,
            before: medianSchema,
            baseline: medianSchema.nullable(),
            lost_seconds: z.number(),
          }),
        ),
      ),
      incidents: z.object({ compared: comparedSchema, ...listOf(toldSchema) }),
    }),
    slas: z.object({
      judged: comparedSchema.describe('Targets of which something was counted.'),
      below: comparedSchema.describe('Those that were less good than promised.'),
      ...listOf(
        z.object({
          sla: z.string(),
          kind: slaKindSchema,
          dag_id: z.string(),
          task_id: z.string(),
          state: slaStateSchema.describe('As it stands now.'),
          objective: z.number(),
          total: comparedSchema.describe('Runs (or slices of time) that were counted.'),
          bad: comparedSchema,
          budget_left_runs: z.int().nullable().describe('How many more may go bad now.'),
          standing: z.string(),
        }),
      ),
    }),
    acknowledge: tookSchema.describe('From opening to the first acknowledgement.'),
    resolve: tookSchema.describe('From opening to the end.'),
    ignored: z.object({
      told: comparedSchema.describe('Alerts that people were told of.'),
      compared: comparedSchema,
      ...listOf(incidentSchema),
    }),
    forgotten: z.object({
      given_back: comparedSchema.describe('Acknowledgements that Windsock took back.'),
      ...listOf(incidentSchema.extend({ acknowledged_at: timestamp, acknowledged_by: z.string() })),
    }),
    suppressed: z.object(listOf(z.object({ reason: z.string(), incidents: z.int() }))),
    noisiest: z.object(listOf(z.object({ subject: z.record(z.string(), z.string()), incidents: z.int(), times: z.int() }))),
    flakiest: z.object({ healed: comparedSchema, ...listOf(taskSchema) }),
    tries: z.object({
      all: comparedSchema,
      failed: comparedSchema.describe('For good or not.'),
      final: comparedSchema.describe('For good.'),
      success_ratio: comparedSchema.describe('Of tasks that ended: successes, by successes and final failures.'),
      seconds: comparedSchema,
      failed_seconds: comparedSchema,
      failed_share: comparedSchema.describe('Of all seconds.'),
      costliest: z.object(listOf(taskSchema)),
    }),
    models: z.object({
      calls: comparedSchema,
      tokens: comparedSchema,
      cost: comparedSchema.describe('In the currency of llm.prices.'),
      is_cut: z.boolean().describe('Some calls of the period are not kept any more.'),
      by_model: z.array(
        z.object({
          provider: z.string(),
          model: z.string(),
          calls: z.int(),
          input_tokens: z.number(),
          output_tokens: z.number(),
          cost: z.number().nullable(),
        }),
      ),
    }),
  })
  .openapi('Report');
