import { globMatches } from '../lib/glob.ts';
import { addDays, instantOf, localTime, minutesOf, weekdays, type Weekday } from '../lib/calendar.ts';
import { dagOf, severities, type Severity, type Subject } from '../detect/finding.ts';
import type { Kind } from '../detect/kinds.ts';
import type { IncidentConfig, KnownIssue, MaintenanceWindow, Selector, WorkingHours } from './config.ts';
import type { Suppression } from './incident.ts';

/** What rules go by: the incident and what the catalogue says of its DAG. */
export interface Suppressible {
  kind: Kind;
  subject: Subject;
  severity: Severity;
  signature: string | null;
  owners: readonly string[];
  tags: readonly string[];
}

/**
 * Why nobody is to be told of this incident now, and until when; null: tell. Pure; asked anew in every cycle, so that what a
 * window hid is told when it ends, if it is still wrong. The strongest reason first: maintenance, known issue, off-hours.
 */
export function suppressionOf(
  incident: Suppressible,
  rules: Pick<IncidentConfig, 'maintenance' | 'known_issues' | 'working_hours'>,
  now: Date,
): Suppression | null {
  for (const window of rules.maintenance) {
    const until = matches(window.match, incident) ? windowEnd(window, now) : null;
    if (until !== null) return { reason: 'maintenance', by: window.name, until };
  }
  for (const issue of rules.known_issues) {
    if (isKnown(issue, incident, now)) return { reason: 'known_issue', by: issue.ticket, until: new Date(issue.expires) };
  }
  for (const hours of rules.working_hours) {
    const until = waitsUntil(hours, incident, now);
    if (until !== null) return { reason: 'off_hours', by: hours.owners.join(', ') || 'everyone', until };
  }
  return null;
}

function isKnown(issue: KnownIssue, incident: Suppressible, now: Date): boolean {
  const looksSame = issue.signature === undefined || issue.signature === incident.signature;
  return now < new Date(issue.expires) && looksSame && matches(issue.match, incident);
}

/** Whether a selector covers an incident. What it does not name matches everything. */
export function matches(
  selector: Selector,
  { kind, subject, owners, tags }: Omit<Suppressible, 'severity' | 'signature'>,
): boolean {
  const taskId = 'taskId' in subject ? subject.taskId : '';
  const any = (wanted: readonly string[], found: readonly string[]) =>
    wanted.length === 0 || wanted.some((each) => found.includes(each));
  return (
    any(selector.kinds, [kind]) &&
    globs(selector.dags, dagOf(subject) ?? '') &&
    globs(selector.tasks, taskId) &&
    any(selector.owners, owners) &&
    any(selector.tags, tags)
  );
}

const globs = (patterns: readonly string[], text: string): boolean =>
  patterns.length === 0 || patterns.some((pattern) => globMatches(pattern, text));

/** When the window that holds at `now` ends; null: none holds. A daily window may go past midnight. */
function windowEnd(window: MaintenanceWindow, now: Date): Date | null {
  if (window.start !== undefined && window.end !== undefined) {
    const [start, end] = [new Date(window.start), new Date(window.end)];
    if (now >= start && now < end) return end;
  }
  if (window.from === undefined || window.to === undefined) return null;
  const times = {
    from: window.from,
    to: window.to,
    time_zone: window.time_zone,
    days: window.days.length === 0 ? weekdays : window.days,
  };
  return spansAround(times, now, 0).find(({ start, end }) => now >= start && now < end)?.end ?? null;
}

interface Times extends Pick<WorkingHours, 'from' | 'to' | 'time_zone'> {
  days: readonly Weekday[];
}

/** The times between `from` and `to` that begin on these days, from yesterday to `ahead` days from now; they may go past midnight. */
function spansAround({ from, to, time_zone: timeZone, days }: Times, now: Date, ahead: number): { start: Date; end: Date }[] {
  const today = localTime(now, timeZone).date;
  const [first, last] = [minutesOf(from), minutesOf(to)];
  return Array.from({ length: ahead + 2 }, (_, index) => addDays(today, index - 1)).flatMap((date) => {
    const start = instantOf(date, first, timeZone);
    const end = instantOf(last > first ? date : addDays(date, 1), last, timeZone);
    return days.includes(localTime(start, timeZone).weekday) ? [{ start, end }] : [];
  });
}

/** When the owner's next working hours begin, if the incident is mild and they are not now; else null. */
function waitsUntil(hours: WorkingHours, incident: Suppressible, now: Date): Date | null {
  const concerns = hours.owners.length === 0 || hours.owners.some((owner) => incident.owners.includes(owner));
  if (!concerns || severities.indexOf(incident.severity) > severities.indexOf(hours.up_to)) return null;
  const next = spansAround(hours, now, 7).find(({ end }) => now < end);
  return next === undefined || now >= next.start ? null : next.start;
}
