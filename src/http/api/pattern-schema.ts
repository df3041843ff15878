import { z } from '@hono/zod-openapi';
import type { Advice } from '../../patterns/advise.ts';
import type { ErrorMember } from '../../patterns/cluster.ts';
import { packagesMax, variablesMax } from '../../patterns/environment.ts';
import type { ClusterSummary, KeptReport } from '../../patterns/list-clusters.ts';
import type { PatternSources } from '../sources.ts';

/** A text as PostgreSQL can keep it. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .transform((given) => given.replaceAll('\0', '').toWellFormed());
/** The same where an empty one says nothing. */
const told = (max: number) => text(max).refine((given) => given.trim() !== '', 'must not be empty');

const fewerThan = (max: number, what: string) => (given: object) => Object.keys(given).length <= max || what;
const record = (key: z.ZodType<string, string>, value: z.ZodType<string, string>, max: number, what: string) =>
  z.record(key, value).refine((given) => fewerThan(max, what)(given) === true, what);

const ofEnvironment = {
  python: text(200).optional().openapi({ example: '3.12.7' }),
  packages: z
    .union([record(told(100), text(200), packagesMax, `may name ${packagesMax} packages`), z.array(told(500)).max(packagesMax)])
    .optional()
    .describe('By name, or as specifiers: `["pandas==2.2.1"]`.')
    .openapi({ example: { pandas: '2.2.1' } }),
  os: text(200).optional().openapi({ example: 'Debian GNU/Linux 12' }),
  architecture: text(200).optional().openapi({ example: 'x86_64' }),
  variables: record(told(200), text(10_000), variablesMax, `may name ${variablesMax} variables`)
    .optional()
    .describe('Variables of the process. Those whose names hold secrets are dropped, values are redacted and cut.')
    .openapi({ example: { TZ: 'UTC' } }),
};

const host = told(500)
  .optional()
  .describe("Name of the worker's host, as Airflow has it: its tries are then known to have run there.");

export const environmentBody = z.strictObject({ ...ofEnvironment, host }).openapi('Environment');

export const environmentHash = z.string().regex(/^[0-9a-f]{40}$/, 'is no hash of an environment; POST /api/v1/env answers one');

const frame = z.strictObject({ file: text(1000), function: text(300), line: z.int().min(0).optional() });

/** An error, as beacon and suggest take it. */
const ofError = {
  type: told(300).describe('Its class, with or without module.').openapi({ example: 'psycopg2.OperationalError' }),
  message: text(20_000).openapi({ example: 'connection to server at "db" failed: Connection refused' }),
  trace: z
    .union([text(500_000), z.array(frame).max(500)])
    .optional()
    .describe('As Python prints it, or its frames, outermost call first.'),
};

export const beaconBody = z
  .strictObject({
    ...ofError,
    env_hash: environmentHash.optional().describe('What /api/v1/env answered.'),
    env: z.strictObject(ofEnvironment).optional().describe('Or the environment itself.'),
    host,
    dag_id: told(500).optional(),
    task_id: told(500).optional(),
    run_id: told(500).optional(),
    try_number: z.int().min(0).max(100_000).optional(),
    operator: told(300).optional().describe('With it the signature is that of the incident of the task.'),
  })
  .refine(({ env, env_hash: hash }) => env === undefined || hash === undefined, 'env and env_hash: give one of them')
  .openapi('Beacon');

export const suggestBody = z
  .strictObject({
    ...ofError,
    env_hash: environmentHash.optional().describe('Of who asks: patterns that cannot be its are left out.'),
    env: z.strictObject(ofEnvironment).optional().describe('Or the environment itself.'),
    host,
    use_multiple_clusters: z
      .boolean()
      .default(false)
      .describe('Takes the patterns of all clusters that the error is like, five at most, instead of the nearest one.'),
  })
  .refine(({ env, env_hash: hash }) => env === undefined || hash === undefined, 'env and env_hash: give one of them')
  .openapi('SuggestRequest');

export const adviceSchema = z
  .object({
    match: z.string().nullable().describe('The id of the nearest cluster; null: the error is like none.'),
    confidence: z.number().describe('How near that is, 0 to 1: the share of words in common; 1: the same but for values.'),
    recommendation: z.string().describe('In a sentence or two.'),
    docs: z.string().nullable().describe('Where more is written about its cause.'),
    all_suggestions: z
      .array(
        z.object({
          suggestion: z.string().describe('What to look at, and by which numbers.'),
          config_key: z.string().openapi({ example: 'package.pandas' }),
          config_value: z.string().describe('The value that failures go with.').openapi({ example: '2.2.1' }),
          confidence_percentage: z.number().describe('How sure it is that this goes with this error, 0 to 100.'),
          significance_score: z.number().describe('−log10 of the p-value: 3 is one in a thousand by chance.'),
        }),
      )
      .describe('The surest first, at most 20.'),
  })
  .openapi('Advice');

/** What is advised, as the API and `windsock suggest --json` show it. */
export const adviceJson = ({ suggestions, ...advice }: Advice): z.output<typeof adviceSchema> => ({
  ...advice,
  all_suggestions: suggestions.map((each) => ({
    suggestion: each.suggestion,
    config_key: each.configKey,
    config_value: each.configValue,
    confidence_percentage: each.confidencePercentage,
    significance_score: each.significanceScore,
  })),
});

/** The error of a body, as rooms take it. */
export const errorOf = ({
  type,
  message,
  trace,
  operator,
}: Pick<z.output<typeof beaconBody>, 'type' | 'message' | 'trace'> & { operator?: string | undefined }) => ({
  type,
  message,
  ...(operator === undefined ? {} : { operator }),
  ...(trace === undefined ? {} : typeof trace === 'string' ? { trace } : { frames: trace }),
});

const timestamp = z.iso.datetime();

const causeSchema = z
  .object({ incident_id: z.string(), category: z.string(), text: z.string(), docs: z.string().nullable() })
  .nullable()
  .describe('Why, as the newest explanation of one of them has it; null while none is explained.');

export const clusterSchema = z
  .object({
    id: z.string().describe('The fingerprint of the error that it began with.'),
    type: z.string().openapi({ example: 'OperationalError' }),
    template: z.string().describe('The message with masks in place of what varies.'),
    example: z.string().describe('The newest message.'),
    count: z.int(),
    first_seen: timestamp,
    last_seen: timestamp,
    members: z.int().describe('Distinct errors in it.'),
    dags: z.array(z.string()),
    tasks: z
      .array(z.object({ dag_id: z.string(), task_id: z.string(), count: z.int() }))
      .describe('At most 50, most often first.'),
    trend: z.array(z.object({ day: z.string(), count: z.int() })).describe('Days (UTC) with any, oldest first; 90 are kept.'),
    cause: causeSchema,
  })
  .openapi('ErrorCluster');

const memberSchema = z.object({
  fingerprint: z.string(),
  type: z.string(),
  template: z.string(),
  frames: z.array(z.string()).describe("The last functions of the user's own code."),
  count: z.int(),
  last_seen: timestamp,
});

const reportSchema = z.object({
  at: timestamp,
  source: z.enum(['beacon', 'incident']),
  fingerprint: z.string(),
  signature: z.string(),
  message: z.string(),
  trace: z.string(),
  env_hash: z.string().nullable(),
  dag_id: z.string().nullable(),
  task_id: z.string().nullable(),
  run_id: z.string().nullable(),
  try_number: z.int().nullable(),
});

export const clusterDetailSchema = clusterSchema
  .extend({
    errors: z.array(memberSchema).describe('The distinct errors, at most 100, most often first.'),
    reports: z.array(reportSchema).describe('The newest 20.'),
  })
  .openapi('ErrorClusterDetail');

export const clusterJson = ({ cluster, members, places, days }: ClusterSummary): z.output<typeof clusterSchema> => ({
  id: cluster.id,
  type: cluster.type,
  template: cluster.template,
  example: cluster.example,
  count: cluster.count,
  first_seen: cluster.firstSeenAt.toISOString(),
  last_seen: cluster.lastSeenAt.toISOString(),
  members,
  dags: [...new Set(places.map(({ dagId }) => dagId))].sort(),
  tasks: places.flatMap(({ dagId, taskId, count }) => (taskId === '' ? [] : [{ dag_id: dagId, task_id: taskId, count }])),
  trend: days.map(({ day, count }) => ({ day, count })),
  cause:
    cluster.cause === null
      ? null
      : {
          incident_id: cluster.cause.incidentId,
          category: cluster.cause.category,
          text: cluster.cause.text,
          docs: cluster.cause.docs,
        },
});

const memberJson = ({ fingerprint, type, template, frames, count, lastSeenAt }: ErrorMember): z.output<typeof memberSchema> => ({
  fingerprint,
  type,
  template,
  frames,
  count,
  last_seen: lastSeenAt.toISOString(),
});

const reportJson = (report: KeptReport): z.output<typeof reportSchema> => ({
  at: report.at.toISOString(),
  source: report.source,
  fingerprint: report.fingerprint,
  signature: report.signature,
  message: report.message,
  trace: report.trace,
  env_hash: report.environment,
  dag_id: report.dagId,
  task_id: report.taskId,
  run_id: report.runId,
  try_number: report.tryNumber,
});

export const clusterDetailJson = ({
  summary,
  members,
  reports,
}: Awaited<ReturnType<PatternSources['cluster']>>): z.output<typeof clusterDetailSchema> => ({
  ...clusterJson(summary),
  errors: members.map(memberJson),
  reports: reports.map(reportJson),
});
