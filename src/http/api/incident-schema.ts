import { z } from '@hono/zod-openapi';
import type { ShortCause } from '../../explain/causes.ts';
import type { Incident, IncidentEvent } from '../../incident/incident.ts';
import { causeJson, causeSchema } from './explanation-schema.ts';

export const stateSchema = z.enum(['open', 'acknowledged', 'resolved']);
export const severitySchema = z.enum(['info', 'warning', 'error', 'critical']);
export const kindSchema = z.enum([
  'task_failed',
  'dag_run_failed',
  'task_slow',
  'task_running_long',
  'task_stuck_queued',
  'trend',
  'pattern_broken',
  'failure_rate_high',
  'dag_late',
  'dag_silent',
  'component_down',
  'pool_starved',
  'import_error',
  'sla_breached',
  'error_budget_burn',
  'deadline_missed',
]);

const timestamp = z.iso.datetime();

export const findingSchema = z
  .object({
    kind: kindSchema,
    subject: z.record(z.string(), z.string()).describe('Its type and its keys.'),
    severity: severitySchema,
    title: z.string().describe('What was seen, what was expected, from how many runs, how unusual it is.'),
    since: timestamp,
    run_id: z.string().nullable(),
    try_number: z.int().nullable(),
    map_index: z.int().nullable(),
    observed: z.object({ value: z.number(), unit: z.string() }).nullable(),
    expected: z.object({ lower: z.number().nullable(), middle: z.number(), upper: z.number().nullable() }).nullable(),
    runs: z.int().describe('How many runs the expectation rests on; 0 for a fixed limit.'),
    score: z.number().describe('0 to 1; 0.5 is where it becomes a finding at the default budget.'),
  })
  .openapi('Finding');

export const incidentSchema = z
  .object({
    id: z.string(),
    kind: kindSchema,
    state: stateSchema,
    severity: severitySchema,
    alert_severity: severitySchema.describe('At or above `severity`: escalation raises it.'),
    title: z.string(),
    subject: z.record(z.string(), z.string()),
    labels: z.record(z.string(), z.string()).describe("The alert's labels, frozen at opening."),
    opened_at: timestamp,
    last_seen_at: timestamp,
    acknowledged_at: timestamp.nullable(),
    acknowledged_by: z.string().nullable(),
    escalated_at: timestamp.nullable(),
    resolved_at: timestamp.nullable(),
    end_reason: z.string().nullable(),
    root_id: z.string().nullable().describe('The incident that this one is a member of.'),
    member_reason: z.string().nullable(),
    recurrences: z.int(),
    suppression: z.object({ reason: z.string(), by: z.string(), until: timestamp.nullable() }).nullable(),
    cause: causeSchema.nullable().describe('Why, in short; null: it is not explained yet.'),
    finding: findingSchema.describe('The newest finding.'),
  })
  .openapi('Incident');

export const eventSchema = z
  .object({ id: z.int(), at: timestamp, kind: z.string(), who: z.string(), text: z.string() })
  .openapi('IncidentEvent');

const text = (at: Date | null): string | null => at?.toISOString() ?? null;

export function findingJson({ latest }: Incident): z.input<typeof findingSchema> {
  const { kind, subject, severity, title, since, occasion, observed, expected, n, score } = latest;
  return {
    kind,
    subject: { ...subject },
    severity,
    title,
    since: since.toISOString(),
    run_id: occasion?.runId ?? null,
    try_number: occasion?.tryNumber ?? null,
    map_index: occasion?.mapIndex ?? null,
    observed,
    expected,
    runs: n,
    score,
  };
}

/** An incident, with what explains it, if it is explained. */
export function incidentJson(incident: Incident, causes: ReadonlyMap<string, ShortCause>): z.input<typeof incidentSchema> {
  const { suppression } = incident;
  const cause = causes.get(incident.id);
  return {
    id: incident.id,
    kind: incident.kind,
    state: incident.state,
    severity: incident.severity,
    alert_severity: incident.alertSeverity,
    title: incident.title,
    subject: { ...incident.subject },
    labels: { ...incident.labels },
    opened_at: incident.openedAt.toISOString(),
    last_seen_at: incident.lastSeenAt.toISOString(),
    acknowledged_at: text(incident.acknowledgedAt),
    acknowledged_by: incident.acknowledgedBy,
    escalated_at: text(incident.escalatedAt),
    resolved_at: text(incident.resolvedAt),
    end_reason: incident.endReason,
    root_id: incident.rootId,
    member_reason: incident.memberReason,
    recurrences: incident.recurrences,
    suppression: suppression === null ? null : { ...suppression, until: text(suppression.until) },
    cause: cause === undefined ? null : causeJson(cause),
    finding: findingJson(incident),
  };
}

export const eventJson = ({ id, at, kind, who, text: line }: IncidentEvent): z.input<typeof eventSchema> => ({
  id,
  at: at.toISOString(),
  kind,
  who,
  text: line,
});
