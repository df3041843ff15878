import { listEventsAfter, listTellable } from '../../incident/list-told.ts';
import type { IncidentEvent } from '../../incident/incident.ts';
import type { Store, Tx } from '../../store/store.ts';
import { listToldIncidents, takeTold } from '../webhook-rows.ts';
import { loadProgress, type Progress } from './load-stories.ts';
import { planReplies } from './plan.ts';
import {
  closeRows,
  directSince,
  incidentKey,
  lastRecurrences,
  loadFollowed,
  loadRows,
  queueIncidents,
  queueReplies,
  saveSeen,
  unqueued,
} from './rows.ts';
import type { SlackRow } from './slack-row.ts';

export interface FollowOptions {
  store: Store;
  airflow: string;
  asLeader: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>;
  settings: { direct: boolean; tellLateMs: number };
}

/** What a statement takes at once. */
const incidentsMax = 500;
const tellableMax = 5000;
const eventsMax = 2000;
/** What is over for this long is followed no more: what people note later stands on its page. */
const followMs = 2 * 86_400_000;
/** No transaction lasts this long: an event that is older and not seen does not come any more. */
const settledMs = 300_000;

/** An incident's message, and how far the incident has come. */
export interface Followed {
  row: SlackRow;
  progress: Progress;
}

/**
 * Takes note of what Slack is to be told: incidents that the webhook told of (or, `direct`, that people may hear of), and events for the
 * threads of those that are posted. Gives the messages of incidents that are followed, with what is true of them now.
 */
export async function followIncidents({ store, airflow, asLeader, settings }: FollowOptions, now: Date): Promise<Followed[]> {
  const told = await listToldIncidents(store, airflow, incidentsMax);
  const tellable = settings.direct ? await listDirect(store, airflow, asLeader, settings, now) : [];
  const rows = await loadFollowed(store, airflow);
  const fresh = await withoutRows(store, airflow, [...new Set([...told, ...tellable])]);
  const followedIds = rows.flatMap(({ incidentId }) => (incidentId === null ? [] : [incidentId]));
  const progress = await loadProgress(store, airflow, [...fresh, ...followedIds]);
  const followed = rows.flatMap((row) => {
    const at = progress.get(row.incidentId ?? '');
    return at === undefined ? [] : [{ row, progress: at }];
  });
  const news = await newsOf(store, airflow, followed, now);
  const over = followed.filter(
    ({ row, progress: { resolvedAt, version } }) =>
      resolvedAt !== null && now.getTime() - resolvedAt.getTime() > followMs && version === row.version,
  );
  const begun = fresh.flatMap((id) => {
    const at = progress.get(id);
    return at === undefined ? [] : [{ id, lastEvent: at.lastEvent }];
  });
  if (told.length + begun.length + news.replies.length + news.seen.size + over.length > 0)
    await asLeader(async (tx) => {
      await queueIncidents(tx, airflow, begun, now);
      await takeTold(tx, airflow, told);
      await queueReplies(tx, airflow, news.replies, now);
      await saveSeen(tx, airflow, news.seen);
      await closeRows(
        tx,
        airflow,
        over.map(({ row }) => row.key),
        now,
      );
    });
  return followed;
}

/** What began before `direct` was switched on and is over is no news. */
async function listDirect(
  store: Store,
  airflow: string,
  asLeader: FollowOptions['asLeader'],
  { tellLateMs }: FollowOptions['settings'],
  now: Date,
): Promise<string[]> {
  const begin = (await directSince(store, airflow)) ?? (await asLeader((tx) => directSince(tx, airflow, now))) ?? now;
  const since = new Date(Math.max(begin.getTime(), now.getTime() - tellLateMs));
  return listTellable(store, airflow, since, tellableMax);
}

async function withoutRows(store: Store, airflow: string, ids: readonly string[]): Promise<string[]> {
  const known = new Set((await loadRows(store, airflow, ids.map(incidentKey))).map(({ key }) => key));
  return ids.filter((id) => !known.has(incidentKey(id)));
}

async function newsOf(store: Store, airflow: string, followed: readonly Followed[], now: Date) {
  const behind = followed.filter(({ row, progress }) => row.state === 'posted' && progress.lastEvent > row.seenEvent);
  const rootOf = new Map(behind.map(({ row }) => [row.incidentId ?? '', row]));
  const events = await listEventsAfter(
    store,
    airflow,
    new Map([...rootOf].map(([id, { seenEvent }]) => [id, seenEvent])),
    eventsMax,
  );
  const open = await unqueued(
    store,
    airflow,
    events.map(({ id }) => id),
  );
  const recurred = await lastRecurrences(store, airflow, [...rootOf.keys()]);
  const replies = [...Map.groupBy(events, ({ incidentId }) => incidentId)].flatMap(([incidentId, all]) => {
    const root = rootOf.get(incidentId);
    const news = all.filter(({ id }) => open.has(id));
    if (root === undefined) return [];
    return planReplies(news, root, recurred.get(incidentId) ?? null, now).map((reply) => ({ ...reply, incidentId }));
  });
  return { replies, seen: settledUpTo(events, now) };
}

/** Up to where each timeline is complete: ids are given before their transactions commit. */
function settledUpTo(events: readonly IncidentEvent[], now: Date): Map<string, number> {
  const seen = new Map<string, number>();
  for (const { id, incidentId, at } of events) if (now.getTime() - at.getTime() > settledMs) seen.set(incidentId, id);
  return seen;
}
