import { z } from 'zod';
import { isTimeZone, minutesOf, weekdays } from '../lib/calendar.ts';
import { duration } from '../lib/config-types.ts';
import { parseDuration } from '../lib/durations.ts';
import { objectiveOf } from './defaults.ts';
import { metricConfig } from './metric-config.ts';
import { operators, slaKinds, statistics, type SlaWindow } from './objective.ts';

const glob = z.string().min(1);
const dayMs = 86_400_000;

const match = z.strictObject({
  dags: z.array(glob).default([]).describe('DAG ids, with * and ?; empty: all.'),
  tasks: z.array(glob).default([]).describe('Task ids, with * and ?; empty: the objective is about whole DAGs.'),
  tags: z.array(glob).default([]).describe('Tags of the DAG, with * and ?, any of them; empty: all.'),
  owners: z.array(glob).default([]).describe('Owners of the DAG, with * and ?, any of them; empty: all.'),
});

const shareMessage = 'is a share above 0 and up to 1, such as 0.99 or 99%';
/** `0.99` or `99%`. */
const share = z
  .union([z.number(), z.string()], { error: shareMessage })
  .transform((given, context) => {
    const percent = typeof given === 'string' ? /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(given.trim())?.[1] : undefined;
    const value = typeof given === 'number' ? given : percent === undefined ? Number.NaN : Number(percent) / 100;
    if (value > 0 && value <= 1) return value;
    context.addIssue({ code: 'custom', message: shareMessage });
    return z.NEVER;
  })
  .meta({ shownAs: 'share, above 0, up to 1 or 100%' });

const severityNames = ['info', 'warning', 'error', 'critical', 'emergency'] as const;
const severity = z
  .string()
  .toLowerCase()
  .pipe(z.enum(severityNames))
  .transform((name) => (name === 'emergency' ? ('critical' as const) : name))
  .meta({ shownAs: '`info`, `warning`, `error`, `critical`' });

const timeZone = z
  .string()
  .refine((zone) => isTimeZone(zone), { error: 'is no IANA time zone; write for instance Europe/Berlin or UTC' });

const windowMessage = 'is no window; write a duration from 1h to 90d, or day, week or month';
const window = z
  .string()
  .transform((text, context): { rollingMs: number } | { period: 'day' | 'week' | 'month' } => {
    if (text === 'day' || text === 'week' || text === 'month') return { period: text };
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= 3_600_000 && ms <= 90 * dayMs) return { rollingMs: ms };
    context.addIssue({ code: 'custom', message: windowMessage });
    return z.NEVER;
  })
  .meta({ shownAs: 'duration from 1h to 90d, or `day`, `week`, `month`' });

const amount = z
  .union([z.number(), z.string()], { error: 'must be a number, or a duration such as 30m' })
  .meta({ shownAs: 'duration, number or share' });

/** Instead of threshold and severity. */
const limit = (severity: string) =>
  amount.optional().describe(`In place of \`threshold\` and \`severity\`: what breaks this is ${severity}.`);

const date = z.iso.date({ error: 'is no date; write for instance 2026-12-25' });

const objective = z
  .strictObject({
    name: z.string().trim().min(1).max(100).describe('Its name: the label `sla` of its metrics and alerts.'),
    kind: z
      .enum(slaKinds)
      .describe(
        'What is promised: success_ratio (runs succeed), duration (they take no longer than `threshold`), freshness (the last success is no older), deadline (done by a time of day), queue_wait, or custom (a metric posted to /api/v1/metrics).',
      ),
    match: match.prefault({}),
    pool: z.boolean().default(false).describe('Whether all that match are judged together, as one, instead of each by itself.'),
    source: z
      .enum(['windsock', 'airflow'])
      .default('windsock')
      .describe("Of a deadline: `airflow` takes Airflow's own deadlines (3.1 and later) and SLA misses (2.x)."),
    operator: z
      .enum(operators)
      .optional()
      .describe('How the value must compare with the threshold; each kind has its own usual one.'),
    statistic: z
      .enum(statistics)
      .optional()
      .describe(
        'Of the values in the window; default p95 (custom: mean; of a share: sum) unless `objective` says which share must be good; sum and last are for custom.',
      ),
    threshold: amount
      .optional()
      .describe('What the value is held against: a duration such as 30m, a number, or of custom a share such as 5%.'),
    thresholds: z
      .strictObject({
        info: limit('info'),
        warning: limit('warning'),
        error: limit('error'),
        critical: limit('critical'),
      })
      .optional(),
    objective: share.optional().describe('The promised share of good runs, or of good time, such as 0.99 or 99%.'),
    window: window
      .optional()
      .describe('Over which time: rolling, such as 30d (at most 90d), or the calendar `day`, `week` or `month`. Default 30d.'),
    time_zone: timeZone.default('UTC').describe('IANA time zone of calendar windows and deadlines.'),
    by: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is no time of day; write for instance 06:00')
      .transform(minutesOf)
      .optional()
      .describe('Of a deadline: the time of day by which it must be done.'),
    days: z
      .array(z.enum(weekdays))
      .min(1)
      .default([...weekdays])
      .describe('Of a deadline: the days on which it is due.'),
    except: z.array(date).meta({ shownAs: 'list of dates' }).default([]).describe('Of a deadline: dates on which it is not due.'),
    within: duration({ minMs: 60_000, maxMs: 7 * dayMs })
      .prefault('1d')
      .describe('Of a deadline: how long before it the success may lie.'),
    metric: metricConfig.optional().describe('Of custom: the posted metric.'),
    evaluate_every: duration({ minMs: 60_000, maxMs: 3_600_000 })
      .prefault('1m')
      .describe('How often it is judged while nothing happens; for freshness and custom also the length of a time slice.'),
    severity: severity
      .optional()
      .describe('How grave a breach is: info, warning, error or critical (EMERGENCY is taken as that). Default warning.'),
    recovers_after: z
      .number()
      .int()
      .min(1)
      .max(60)
      .default(3)
      .describe('Of custom: so many time slices in a row must keep a threshold that was broken before it counts as kept.'),
    min_events: z.number().int().min(1).max(10_000).optional().describe('Runs or slices needed before it is judged.'),
  })
  .transform((written, context) => {
    const { window: given, ...rest } = written;
    const of: SlaWindow =
      given === undefined
        ? { kind: 'rolling', ms: 30 * dayMs }
        : 'period' in given
          ? { kind: given.period, timeZone: written.time_zone }
          : { kind: 'rolling', ms: given.rollingMs };
    return objectiveOf(rest, of, (key, message) => {
      context.addIssue({ code: 'custom', path: typeof key === 'string' ? [key] : key, message });
    });
  });

/** A list of objectives, as `sla.objectives` or as a file of its own. */
export const objectivesConfig = z.array(objective).superRefine((objectives, context) => {
  const seen = new Set<string>();
  for (const [index, { name }] of objectives.entries()) {
    if (seen.has(name)) context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is the name of another SLA too' });
    seen.add(name);
  }
});

/** What users promise, and are held to. */
export const slaConfig = z
  .strictObject({
    objectives: objectivesConfig.default([]).describe('The SLAs, as docs/SLAS.md explains.'),
    file: z
      .string()
      .min(1)
      .optional()
      .meta({ examples: ['slas.yml'] })
      .describe('A YAML file that holds a list of further objectives; read again on every reload.'),
  })
  .prefault({});

export type SlaConfig = z.output<typeof slaConfig>;
