import { createHash } from 'node:crypto';
import { mildestFirst, type Incident, type IncidentEvent } from '../../incident/incident.ts';
import { globMatches } from '../../lib/glob.ts';
import type { SlackConfig } from './config.ts';
import type { SlackMessage } from './message.ts';
import type { SlackRow } from './slack-row.ts';

type Routing = Pick<SlackConfig, 'channel' | 'routes'>;

/** Where an incident belongs: the channel of the first route that matches, else the usual one. Pure. */
export function routeOf(
  { labels, alertSeverity }: Pick<Incident, 'labels' | 'alertSeverity'>,
  { channel = '', routes }: Routing,
): string {
  const [team, dagId] = [labels['team'] ?? '', labels['dag_id'] ?? ''];
  const found = routes.find(
    ({ teams, severities, dags }) =>
      (teams.length === 0 || teams.includes(team)) &&
      (severities.length === 0 || severities.includes(alertSeverity)) &&
      (dags.length === 0 || dags.some((glob) => globMatches(glob, dagId))),
  );
  return found?.channel ?? channel;
}

/**
 * Whether an incident that was not posted yet is to be: `hold` while people may not hear of it, `drop` when they need not any more. Who began
 * and ended while Slack did not answer is told late, once, unless that is too long ago or a person saw to it. Pure.
 */
export function mayPost(incident: Incident, { tellLateMs }: { tellLateMs: number }, now: Date): 'post' | 'hold' | 'drop' {
  const { state, rootId, tellableAt, suppression, resolvedAt, acknowledgedAt, endReason } = incident;
  const isHidden = rootId !== null || suppression !== null || tellableAt === null;
  if (state !== 'resolved') return isHidden ? 'hold' : 'post';
  if (isHidden || acknowledgedAt !== null || endReason === 'person_resolved') return 'drop';
  return now.getTime() - (resolvedAt ?? now).getTime() > tellLateMs ? 'drop' : 'post';
}

/** That it came back is told in the thread no more often than this: the message itself counts. */
const recurrenceEveryMs = 600_000;
const tells: Record<IncidentEvent['kind'], boolean> = {
  opened: false,
  told: false,
  retried: false,
  recurred: true,
  severity_raised: true,
  escalated: true,
  acknowledged: true,
  unacknowledged: true,
  suppressed: true,
  unsuppressed: true,
  joined: true,
  split: true,
  noted: true,
  explained: true,
  resolved: true,
};
/** Of several that wait the newest says all. */
const onlyNewest: ReadonlySet<IncidentEvent['kind']> = new Set(['recurred', 'explained', 'severity_raised']);

type Event = Pick<IncidentEvent, 'id' | 'kind'>;

/** An answer in a thread that is to come. */
export interface PlannedReply {
  eventId: number;
  kind: IncidentEvent['kind'];
  dueAt: Date;
}

/** Whether the message that was posted told of it itself; what people noted it does not. */
const isShown = ({ id, kind }: Event, { shownEvent }: Pick<SlackRow, 'shownEvent'>): boolean =>
  id <= shownEvent && kind !== 'noted';

/** Which events of an incident that is posted its thread is to tell, and when. Pure. */
export function planReplies(
  events: readonly Event[],
  root: Pick<SlackRow, 'shownEvent'>,
  lastRecurrenceAt: Date | null,
  now: Date,
): PlannedReply[] {
  return events
    .filter((event) => tells[event.kind] && !isShown(event, root))
    .map(({ id, kind }) => {
      const notBefore = kind === 'recurred' && lastRecurrenceAt !== null ? lastRecurrenceAt.getTime() + recurrenceEveryMs : 0;
      return { eventId: id, kind, dueAt: new Date(Math.max(now.getTime(), notBefore)) };
    });
}

/** Which of the events that wait for one thread need not be told any more. Pure. */
export function idleReplies(waiting: readonly Event[], root: Pick<SlackRow, 'shownEvent'>): number[] {
  return waiting
    .filter(
      (event) =>
        isShown(event, root) ||
        (onlyNewest.has(event.kind) && waiting.some(({ kind, id }) => kind === event.kind && id > event.id)),
    )
    .map(({ id }) => id);
}

/** An event that a thread shows in its channel, too: nobody is told of a mere edit. */
export const isBroadcast = ({ kind }: Pick<IncidentEvent, 'kind'>): boolean => kind === 'escalated' || kind === 'severity_raised';

/** After this a channel that takes nothing for now is given up for one message. */
const limitedMaxMs = 120_000;

/**
 * Where to send a message that belongs to `wanted`: there, or to the fallback when that channel is dead, or has put us off for two minutes.
 * Null: nowhere for now. Pure.
 */
export function channelFor(
  wanted: string,
  { error, queuedAt }: Pick<SlackRow, 'error' | 'queuedAt'>,
  { fallback, dead }: { fallback: string | undefined; dead: ReadonlySet<string> },
  now: Date,
): string | null {
  const isPutOff = error === 'ratelimited' && now.getTime() - queuedAt.getTime() > limitedMaxMs;
  if (!dead.has(wanted) && !(isPutOff && fallback !== undefined && !dead.has(fallback))) return wanted;
  return fallback === undefined || dead.has(fallback) ? null : fallback;
}

/** What is to be sent, as far as its turn goes. */
export interface Ranked {
  what: 'post' | 'edit' | 'reply';
  severity: Incident['severity'] | null;
  queuedAt: Date;
}

const order: readonly Ranked['what'][] = ['post', 'edit', 'reply'];

/** News first, then changes, then threads; in each the worst, and of those what waits longest. Pure. */
export const inOrder = (a: Ranked, b: Ranked): number =>
  order.indexOf(a.what) - order.indexOf(b.what) ||
  rank(b.severity) - rank(a.severity) ||
  a.queuedAt.getTime() - b.queuedAt.getTime();

const rank = (severity: Incident['severity'] | null): number => (severity === null ? -1 : mildestFirst.indexOf(severity));

/** Short for what a message says: two with the same are not told apart by a reader. */
export const hashOf = ({ text, blocks }: SlackMessage): string =>
  createHash('sha256')
    .update(JSON.stringify([text, blocks]))
    .digest('base64url');

const shortMax = 3000;

/** The same without images, which Slack refuses with all else where it cannot fetch one; null: it has none. */
export function withoutImages({ text, blocks }: SlackMessage): SlackMessage | null {
  const rest = blocks.filter(({ type }) => type !== 'image');
  return rest.length === blocks.length ? null : { text, blocks: rest };
}

/** The same without form, for what Slack refuses to show. */
export const shortForm = ({ text }: SlackMessage): SlackMessage => ({ text: text.slice(0, shortMax), blocks: [] });
