import { z } from '@hono/zod-openapi';
import { severities, slaKinds } from '../../sla/objective.ts';
import type { SlaStatus } from '../../sla/status.ts';

export const slaStateSchema = z.enum(['met', 'breached', 'unknown']);
export const slaKindSchema = z.enum(slaKinds);
export const slaSeveritySchema = z.enum(severities);

const share = z.number().nullable();

const burnSchema = z
  .object({
    window: z.string().describe('The long window: so many runs, or a time.').openapi({ example: '12 runs' }),
    rate: z.number().describe('How many times as fast as promised the budget is spent in it.'),
    alert: z.enum(['page', 'ticket']).nullable().describe('Fast enough, and too much for chance: worth a page, or a ticket.'),
    bad: z.int().describe('Of the runs (or slices) in the window.'),
    total: z.int(),
  })
  .openapi('SlaBurn');

export const slaSchema = z
  .object({
    sla: z.string().describe('Its name.'),
    kind: slaKindSchema,
    dag_id: z.string().describe('Empty, as task_id, when the SLA pools its targets.'),
    task_id: z.string(),
    owner: z.string(),
    severity: slaSeveritySchema.describe('How grave it is now; while it is met, of the mildest breach.'),
    state: slaStateSchema.describe('unknown: too little is known; neither met nor breached.'),
    since: z.iso.datetime().describe('Since when the state holds.'),
    value: z.number().nullable().describe('What it is about, in `unit`.'),
    threshold: z.number(),
    thresholds: z
      .array(z.object({ severity: slaSeveritySchema, threshold: z.number() }))
      .describe('Where several are configured: how grave it is to break each, mildest first.'),
    unit: z.enum(['seconds', 'ratio', 'value']),
    objective: z.number().describe('The promised share of good runs, or of good time.'),
    window_seconds: z.number().describe('The length of its window; of a calendar window that of the present one.'),
    total: z.int().describe('Runs (or slices of time) in the window.'),
    bad: z.int(),
    compliance: share.describe('Share of good ones in the window.'),
    compliance_by_days: z.object({ '7': share, '30': share, '90': share }).describe('The same over fixed periods.'),
    budget_left_ratio: share.describe('Share of the error budget that is left; below 0 when overspent.'),
    budget_left_runs: z.int().nullable().describe('How many more may go bad in this window.'),
    burns: z.array(burnSchema),
    violations: z.int().describe('Bad ones ever counted.'),
    last_violation: z.object({ event: z.string(), at: z.iso.datetime(), text: z.string() }).nullable(),
    sentence: z.string().describe('The promise, in words.'),
    standing: z.string().describe('How it stands, in words.'),
  })
  .openapi('Sla');

const violationJson = (last: SlaStatus['lastViolation']) =>
  last === null ? null : { event: last.event, at: last.at.toISOString(), text: last.text };

/** One SLA on one target, as the API and `windsock sla --json` show it. */
export const slaJson = (status: SlaStatus): z.output<typeof slaSchema> => ({
  sla: status.sla,
  kind: status.kind,
  dag_id: status.dagId,
  task_id: status.taskId,
  owner: status.owner,
  severity: status.severity,
  state: status.state,
  since: status.since.toISOString(),
  value: status.value,
  threshold: status.threshold,
  thresholds: [...status.thresholds],
  unit: status.unit,
  objective: status.objective,
  window_seconds: status.windowSeconds,
  total: status.total,
  bad: status.bad,
  compliance: status.compliance,
  compliance_by_days: status.complianceByDays,
  budget_left_ratio: status.budgetLeftRatio,
  budget_left_runs: status.budgetLeftRuns,
  burns: status.burns.map(({ window, rate, alert, bad, total }) => ({ window, rate, alert, bad, total })),
  violations: status.violations,
  last_violation: violationJson(status.lastViolation),
  sentence: status.sentence,
  standing: status.standing,
});
