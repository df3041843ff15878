import { z } from 'zod';
import { kindNames } from '../detect/kinds.ts';
import { isTimeZone, weekdays } from '../lib/calendar.ts';
import { duration } from '../lib/config-types.ts';

const glob = z.string().min(1);

/** Which incidents a rule is about; what is not given matches everything. */
export const selector = z.strictObject({
  kinds: z
    .array(z.enum(kindNames, { error: `is no kind of incident; write one of ${kindNames.join(', ')}` }))
    .meta({ shownAs: 'list of kinds' })
    .default([])
    .describe('Kinds, such as task_failed; empty: all.'),
  dags: z.array(glob).default([]).describe('DAG ids, with * and ?; empty: all.'),
  tasks: z.array(glob).default([]).describe('Task ids, with * and ?; empty: all.'),
  owners: z.array(z.string()).default([]).describe('Owners of the DAG; empty: all.'),
  tags: z.array(z.string()).default([]).describe('Tags of the DAG, any of them; empty: all.'),
});
export type Selector = z.output<typeof selector>;

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is no time of day; write for instance 22:30');
const weekday = z.enum(weekdays);
const timeZone = z
  .string()
  .refine((zone) => isTimeZone(zone), { error: 'is no IANA time zone; write for instance Europe/Berlin or UTC' })
  .default('UTC')
  .describe('IANA time zone.');

const window = z
  .strictObject({
    name: z.string().min(1).describe('Shown where it hides an incident.'),
    match: selector.prefault({}),
    start: z.iso.datetime({ offset: true }).optional().describe('Beginning of a window that comes once.'),
    end: z.iso.datetime({ offset: true }).optional().describe('End of a window that comes once.'),
    days: z.array(weekday).default([]).describe('Days of a window that comes again; empty with `from` and `to`: every day.'),
    from: clockTime.optional().describe('Time of day at which a window that comes again begins.'),
    to: clockTime.optional().describe('Time of day at which it ends; before `from`: on the next day.'),
    time_zone: timeZone,
  })
  .superRefine(({ start, end, days, from, to }, context) => {
    const fault = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    if (start === undefined && end === undefined && from === undefined && to === undefined)
      fault('start', 'is missing: a window that comes once needs `start` and `end`, one that comes again `from` and `to`');
    if (start !== undefined && end === undefined) fault('end', 'is missing: without it the window never holds');
    if (end !== undefined && start === undefined) fault('start', 'is missing: without it the window never holds');
    if (from !== undefined && to === undefined) fault('to', 'is missing: without it the window never holds');
    if (to !== undefined && from === undefined) fault('from', 'is missing: without it the window never holds');
    if (start !== undefined && end !== undefined && new Date(start) >= new Date(end)) fault('end', 'is not after `start`');
    if (days.length > 0 && from === undefined && to === undefined) fault('days', 'is for windows with `from` and `to`');
  });

const knownIssue = z.strictObject({
  ticket: z.string().min(1).describe('The ticket that follows it; shown with the incident.'),
  match: selector.prefault({}),
  signature: z.string().optional().describe('Only incidents with this error signature; it ends when the signature changes.'),
  expires: z.iso.datetime({ offset: true }).describe('When it is looked at again at the latest.'),
});

const offHours = z.strictObject({
  owners: z.array(z.string()).default([]).describe('Owners whose incidents wait outside their hours; empty: all.'),
  days: z.array(weekday).min(1).default(['mon', 'tue', 'wed', 'thu', 'fri']).describe('Days on which working hours begin.'),
  from: clockTime.default('08:00').describe('Time of day at which they begin.'),
  to: clockTime.default('18:00').describe('Time of day at which they end; before `from`: on the next day.'),
  time_zone: timeZone,
  up_to: z.enum(['info', 'warning', 'error']).default('warning').describe('Severities above this are told at any hour.'),
});

/** How findings become incidents, who is told of them when, and how long they are kept. */
export const incidentConfig = z
  .strictObject({
    correlation_window: duration({ minMs: 1000 })
      .prefault('10m')
      .describe('How near in time findings must be to count as one cause by host, pool or platform.'),
    escalate_after: duration({ minMs: 1000 })
      .prefault('1h')
      .describe('An incident that nobody acknowledged for this long is raised by one severity, once.'),
    escalate: z.boolean().default(true).describe('Whether unacknowledged incidents are escalated.'),
    expire_after: duration({ minMs: 60_000 })
      .prefault('14d')
      .describe('An incident that nothing was heard of for this long ends as expired.'),
    unacknowledge_after: duration({ minMs: 60_000 })
      .prefault('7d')
      .describe('An acknowledgement older than this ends, so that none is forgotten.'),
    keep: duration({ minMs: 3_600_000 }).prefault('180d').describe('How long resolved incidents are kept.'),
    rate_limit: z
      .number()
      .int()
      .min(1)
      .default(30)
      .describe('Incidents told per ten minutes at most; the others wait for their turn. Milder ones never hold up a worse one.'),
    maintenance: z.array(window).default([]).describe('Maintenance windows.'),
    known_issues: z.array(knownIssue).default([]).describe('Known issues: nobody is told until they expire or look different.'),
    working_hours: z.array(offHours).default([]).describe('Hours outside of which mild incidents wait.'),
    teams: z
      .record(z.string(), selector)
      .default({})
      .describe('Team label by owner, tag or DAG: the first that matches gives the `team` label.'),
  })
  .prefault({});

export type IncidentConfig = z.output<typeof incidentConfig>;
export type MaintenanceWindow = z.output<typeof window>;
export type KnownIssue = z.output<typeof knownIssue>;
export type WorkingHours = z.output<typeof offHours>;
