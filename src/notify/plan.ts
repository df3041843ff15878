import type { Incident } from '../incident/incident.ts';
import { alertsOf, overBy, type Alert, type AlertContext } from './alert.ts';

/** What one member of the cluster was last sent of one alert. */
export interface Delivered {
  incidentId: string;
  severity: Incident['severity'];
  member: string;
  firingSentAt: Date | null;
  resolvedSentAt: Date | null;
  /** It was over already when it was sent as firing. */
  late: boolean;
  /** Why the member refused it; it is tried again later. */
  rejected: string | null;
  rejectedAt: Date | null;
}

/** An alert's beginning, the same on every member and at every repeat. */
export interface Begun {
  incidentId: string;
  severity: string;
  startsAt: Date;
}

export interface Posting extends Alert {
  startsAt: Date;
  endsAt: Date;
  resolved: boolean;
  late: boolean;
}

export interface PlanSettings extends AlertContext {
  resendMs: number;
  endsAfterMs: number;
  resolvedHoldMs: number;
  tellLateMs: number;
}

/** A refused alert is tried again after this; one that was taken before at the next repeat, or it would end by itself. */
const rejectedRetryMs = 600_000;
const keyOf = ({ incidentId, severity }: { incidentId: string; severity: string }): string => `${incidentId} ${severity}`;
/** Labels are the same alert's in whatever order they stand. */
export function identity({ labels }: Pick<Alert, 'labels'>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * What to post to one member now (facts/alerting §1). Level-triggered: it follows from the incidents and from what was posted
 * before, so that whatever dies in between, nothing is lost, and a repeat is one that Alertmanager itself expects. Pure.
 */
export function planPostings(
  incidents: readonly Incident[],
  delivered: readonly Delivered[],
  begun: readonly Begun[],
  member: string,
  settings: PlanSettings,
  now: Date,
): Posting[] {
  const byIncident = Map.groupBy(delivered, ({ incidentId }) => incidentId);
  const startOf = new Map(begun.map((each) => [keyOf(each), each.startsAt]));
  // An identity that opened again: of its incidents the newest that people may hear of speaks, else an old end would end it.
  const speakers = new Map<string, { incident: Incident; alert: Alert; past: Past }>();
  for (const incident of incidents) {
    const told = (byIncident.get(incident.id) ?? []).filter(({ firingSentAt }) => firingSentAt !== null);
    for (const alert of alertsOf(incident, settings, new Set(told.map(({ severity }) => severity)))) {
      const firings = told.filter(({ severity }) => severity === alert.severity);
      const past: Past = {
        wasTold: firings.some(({ late }) => !late),
        lateMs: Math.min(...firings.flatMap(({ firingSentAt, late }) => (late && firingSentAt ? [firingSentAt.getTime()] : []))),
        here: byIncident.get(incident.id)?.find((each) => each.member === member && each.severity === alert.severity),
        wasTried: startOf.has(keyOf(alert)),
        startsAt: startOf.get(keyOf(alert)) ?? beginning(incident, alert, now),
      };
      if (mayHear(incident, past) || mayHearLate(incident, past, settings, now))
        speakers.set(identity(alert), { incident, alert, past });
    }
  }
  return [...speakers.values()].flatMap(({ incident, alert, past }) => {
    if (isRefused(past.here, settings, now)) return [];
    if (incident.state !== 'resolved') return firingOf(alert, past, settings, now);
    return past.wasTold ? resolvedOf(incident, alert, past, settings, now) : lateOf(incident, alert, past, settings, now);
  });
}

/** What was told once goes on being sent, even suppressed or joined: a silence hides it, and "resolved" would be a lie. */
const mayHear = ({ state, rootId, tellableAt }: Incident, { wasTold }: Past): boolean =>
  wasTold || (state !== 'resolved' && rootId === null && tellableAt !== null);

/**
 * It ended while nobody took what we tried to tell: they hear of it when somebody does, unless that is too long ago, or a
 * person took it up meanwhile.
 */
function mayHearLate(incident: Incident, { wasTried, lateMs }: Past, { tellLateMs }: PlanSettings, now: Date): boolean {
  const { state, rootId, tellableAt, resolvedAt, acknowledgedAt, endReason } = incident;
  if (state !== 'resolved' || rootId !== null || tellableAt === null || !wasTried) return false;
  if (acknowledgedAt !== null || endReason === 'person_resolved') return false;
  return Number.isFinite(lateMs) || now.getTime() - (resolvedAt ?? now).getTime() < tellLateMs;
}

/** A companion begins when the severity rose; what is known only now, now. */
const beginning = ({ first, tellableAt }: Incident, { severity }: Alert, now: Date): Date =>
  severity === first.severity ? (tellableAt ?? now) : now;

function isRefused(here: Delivered | undefined, { resendMs }: PlanSettings, now: Date): boolean {
  if (here === undefined || here.rejectedAt === null) return false;
  const waitMs = here.firingSentAt === null ? rejectedRetryMs : Math.min(rejectedRetryMs, resendMs);
  return now.getTime() - here.rejectedAt.getTime() < waitMs;
}

interface Past {
  /** As firing, by any member, while it was. */
  wasTold: boolean;
  /** When it was first sent as firing although it was over, in ms since 1970; Infinity: never. */
  lateMs: number;
  /** Its beginning was noted: we have tried to send it. */
  wasTried: boolean;
  here: Delivered | undefined;
  startsAt: Date;
}

const isDue = (sentAt: Date | null | undefined, everyMs: number, now: Date): boolean =>
  sentAt === null || sentAt === undefined || now.getTime() - sentAt.getTime() >= everyMs;

function firingOf(alert: Alert, past: Past, settings: PlanSettings, now: Date): Posting[] {
  if (!isDue(past.here?.firingSentAt, settings.resendMs, now) && !isNewlyExplained(alert, past, settings)) return [];
  const endsAt = new Date(now.getTime() + lifeMs(settings));
  return [{ ...alert, startsAt: past.startsAt, endsAt, resolved: false, late: false }];
}

/** The first word of the cause does not wait for the next repeat: Alertmanager may not have told people yet, and then tells it along. */
function isNewlyExplained({ incidentId }: Alert, { here }: Past, { causes }: PlanSettings): boolean {
  const cause = causes?.get(incidentId);
  return cause !== undefined && here?.firingSentAt != null && here.firingSentAt < cause.madeAt;
}

/** How long an alert lives without being sent again. */
export const lifeMs = ({ endsAfterMs, resendMs }: Pick<PlanSettings, 'endsAfterMs' | 'resendMs'>): number =>
  Math.max(endsAfterMs, 4 * resendMs);

/**
 * Alertmanager tells no end of what it never had as firing: so it has it as firing for one life of an alert, which is enough
 * for a group to be told, and then its end. One that comes back later gets what the others have.
 */
function lateOf(incident: Incident, alert: Alert, past: Past, settings: PlanSettings, now: Date): Posting[] {
  const endedAt = incident.resolvedAt ?? now;
  const overMs = Math.min(past.lateMs, now.getTime()) + lifeMs(settings);
  const told = overBy(alert, endedAt);
  if (now.getTime() >= overMs) return endOf(told, past, { endedAt, sinceMs: overMs }, settings, now);
  if (past.here?.firingSentAt) return [];
  return [{ ...told, startsAt: past.startsAt, endsAt: new Date(overMs), resolved: false, late: true }];
}

function resolvedOf(incident: Incident, alert: Alert, past: Past, settings: PlanSettings, now: Date): Posting[] {
  const endedAt = incident.resolvedAt ?? now;
  return endOf(alert, past, { endedAt, sinceMs: endedAt.getTime() }, settings, now);
}

/** To every member once anyone was told: members share notifications, not alerts. */
function endOf(
  alert: Alert,
  past: Past,
  { endedAt, sinceMs }: { endedAt: Date; sinceMs: number },
  settings: PlanSettings,
  now: Date,
): Posting[] {
  if (now.getTime() - sinceMs > settings.resolvedHoldMs) return [];
  if (!isDue(past.here?.resolvedSentAt, settings.resendMs, now)) return [];
  const endsAt = new Date(Math.max(endedAt.getTime(), past.startsAt.getTime()));
  return [{ ...alert, startsAt: past.startsAt, endsAt: endsAt > now ? now : endsAt, resolved: true, late: false }];
}
