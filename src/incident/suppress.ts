import { globMatches } from '../lib/glob.ts';
import { instantOf, addDays, localTime, minutesOf, type Weekday } from '../lib/calendar.ts';
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
  const today = localTime(now, window.time_zone).date;
  for (const date of [addDays(today, -1), today]) {
    const [from, to] = [minutesOf(window.from), minutesOf(window.to)];
    const start = instantOf(date, from, window.time_zone);
    const end = instantOf(to > from ? date : addDays(date, 1), to, window.time_zone);
    const { weekday } = localTime(start, window.time_zone);
    if (now >= start && now < end && (window.days.length === 0 || window.days.includes(weekday))) return end;
  }
  return null;
}

/** When the owner's next working hours begin, if the incident is mild and they are not now; else null. */
function waitsUntil(hours: WorkingHours, incident: Suppressible, now: Date): Date | null {
  const concerns = hours.owners.length === 0 || hours.owners.some((owner) => incident.owners.includes(owner));
  if (!concerns || severities.indexOf(incident.severity) > severities.indexOf(hours.up_to)) return null;
  const today = localTime(now, hours.time_zone).date;
  for (let ahead = 0; ahead <= 7; ahead += 1) {
    const date = addDays(today, ahead);
    const [start, end] = [hours.from, hours.to].map((time) => instantOf(date, minutesOf(time), hours.time_zone));
    if (start === undefined || end === undefined || !isWorkday(hours.days, start, hours.time_zone) || now >= end) continue;
    return now >= start ? null : start;
  }
  return null;
}

const isWorkday = (days: readonly Weekday[], at: Date, timeZone: string): boolean =>
  days.includes(localTime(at, timeZone).weekday);
