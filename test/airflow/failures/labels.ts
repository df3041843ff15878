// The shape of test/fixtures/failures/labels.json.
import { z } from 'zod';
import { CATEGORIES, SUBCATEGORIES, TRANSIENT } from './taxonomy.ts';

/** Line numbers count from 1, both ends belong to the range. */
const range = z.tuple([z.int().positive(), z.int().positive()]);

const logSchema = z.object({
  /** `<airflow>/<type>[.<variant>]` */
  id: z.string(),
  airflow: z.string(),
  type: z.string(),
  part: z.enum(['tune', 'held-back']),
  /** Relative to labels.json; null where there is no log. */
  file: z.string().nullable(),
  category: z.enum(CATEGORIES),
  subcategory: z.enum(Object.values(SUBCATEGORIES).flat()).nullable(),
  transient: z.enum(TRANSIENT),
  /** Lines that state the cause; empty where no line does. */
  causal: z.array(range),
  dag: z.string(),
  task: z.string(),
  operator: z.string(),
  facts: z.object({
    state: z.string(),
    tryNumber: z.int(),
    maxTries: z.int(),
    durationSeconds: z.number().nullable(),
    pool: z.string(),
    queue: z.string(),
    /** Rows of Airflow's audit table about this try, apart from those that say nothing but that it ran. */
    events: z.array(z.object({ event: z.string(), extra: z.string().nullable() })),
  }),
  noises: z.array(z.string()),
  injection: z.object({ name: z.string(), category: z.enum(CATEGORIES), forbidden: z.array(z.string()) }).nullable(),
  /** Secrets whose markers are in the log. */
  canaries: z.array(z.string()),
  /** Logs of earlier successes of the same task, the oldest first. */
  baselines: z.array(z.string()),
});

export const labelsSchema = z.object({ identifiers: z.array(z.string()), logs: z.array(logSchema) });
export type Labels = z.infer<typeof labelsSchema>;
export type LogLabel = z.infer<typeof logSchema>;
