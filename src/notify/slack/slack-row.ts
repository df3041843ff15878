import type { IncidentEvent } from '../../incident/incident.ts';
import type { SlackMessage } from './message.ts';

/** A message in Slack, or one that is to be posted there. */
export interface SlackRow {
  key: string;
  /** Null: it belongs to no incident, and brings its content along. */
  incidentId: string | null;
  /** An answer in the incident's thread: the event that it tells of. */
  eventId: number | null;
  eventKind: IncidentEvent['kind'] | null;
  channel: string | null;
  content: SlackMessage | null;
  /** sending: it may be there or not. */
  state: 'queued' | 'sending' | 'posted' | 'refused' | 'dropped';
  ts: string | null;
  hash: string | null;
  /** The state of the incident that it says. */
  version: string | null;
  /** Events up to this one are no news of its own. */
  seenEvent: number;
  /** Events up to this one it told of when it was posted. */
  shownEvent: number;
  tries: number;
  error: string | null;
  queuedAt: Date;
  dueAt: Date;
  triedAt: Date | null;
}
