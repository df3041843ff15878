import { z } from 'zod';
import { duration } from '../lib/config-types.ts';
import { labelNames, metricNames } from './custom-names.ts';

const dayMs = 86_400_000;

const name = z.string().regex(metricNames, 'is no metric name; letters, digits and _ are allowed, no digit first');
const labelName = z.string().regex(labelNames, 'is no label name');
const labels = z.record(labelName, z.string()).default({});

const other = z.strictObject({
  name: name.describe('Of another metric: its name.'),
  labels: labels.describe('Labels that its values must have.'),
});

/** The posted metric that an objective of kind custom is about. */
export const metricConfig = z.strictObject({
  name: name.describe('Of custom: the name under which the values are posted.'),
  labels: labels.describe('Labels that a value must have.'),
  over: duration({ minMs: 60_000, maxMs: dayMs }).prefault('5m').describe('The values of this time are looked at together.'),
  of: z
    .union([z.number().positive(), other], { error: 'must be a number above 0, such as a quota, or the name of another metric' })
    .meta({ shownAs: 'number, or `name` and `labels`' })
    .optional()
    .describe('What they are a share of: a number such as a quota, or another posted metric over the same time.'),
  per: z
    .array(labelName)
    .max(4)
    .default([])
    .describe(
      'Labels of which each value is judged by itself, such as model; dag_id and task_id make it an SLA of that DAG or task.',
    ),
  at_least: z
    .number()
    .positive()
    .default(1)
    .describe('Fewer values in that time say nothing. As a share of the sum of another metric: that sum must be at least this.'),
});
