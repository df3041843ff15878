import { readEvents } from '../../incident/list-told.ts';
import type { IncidentEvent } from '../../incident/incident.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { SlackConfig } from './config.ts';
import type { Followed } from './follow-incidents.ts';
import type { Health } from './health.ts';
import { loadProgress, loadStories, type Progress } from './load-stories.ts';
import { channelFor, hashOf, idleReplies, isBroadcast, mayPost, routeOf, type Ranked } from './plan.ts';
import { renderIncident } from './render-incident.ts';
import { renderThread } from './render-thread.ts';
import { dropRows, incidentKey, loadRows, loadWaiting, saveRow } from './rows.ts';
import type { Rendered, Sender } from './send.ts';
import type { SlackRow } from './slack-row.ts';
import type { IncidentStory, StoryPlaces } from './story.ts';

/** One message to be sent, and its place among others. */
export interface Work extends Ranked {
  channel: string;
  run: () => Promise<void>;
}

export interface WorkOptions {
  store: Store;
  airflow: string;
  config: Pick<SlackConfig, 'channel' | 'routes' | 'fallback_channel' | 'signing_secret'>;
  places: () => StoryPlaces;
  clock: Clock;
  asLeader: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>;
  settings: { direct: boolean; tellLateMs: number };
  health: Health;
  sender: Sender;
}

const waitingMax = 100;
const holdMs = 10_000;
const nowhereMs = 60_000;

/** What rows say is to be sent: `waiting` what is not posted yet, `edits` what goes on. Both are read anew at each look. */
export function createWork({ store, airflow, config, places, clock, asLeader, settings, health, sender }: WorkOptions) {
  const fallback = config.fallback_channel;
  const later = (key: string, ms: number): Promise<void> =>
    asLeader((tx) => saveRow(tx, airflow, key, { dueAt: new Date(clock.now().getTime() + ms) }));
  const drop = (keys: readonly string[]): Promise<void> => asLeader((tx) => dropRows(tx, airflow, keys));
  const rendered = (story: IncidentStory, progress: Progress): Rendered => ({
    message: renderIncident(story, { interactive: config.signing_secret !== undefined, now: clock.now() }),
    version: progress.version,
    lastEvent: progress.lastEvent,
  });
  const target = (wanted: string, row: SlackRow): string | null =>
    channelFor(wanted, row, { fallback, dead: health.dead() }, clock.now());

  /** What is to be done for the messages that wait. */
  async function waiting(): Promise<Work[]> {
    const rows = await loadWaiting(store, airflow, clock.now(), waitingMax);
    const ids = [...new Set(rows.flatMap(({ incidentId }) => (incidentId === null ? [] : [incidentId])))];
    const replies = rows.filter(({ eventId }) => eventId !== null);
    // Before the stories: what comes meanwhile is told once more rather than never.
    const progress = await loadProgress(store, airflow, ids);
    const stories = await loadStories(store, airflow, ids, places());
    const roots = new Map(
      (await loadRows(store, airflow, [...new Set(replies.map(({ incidentId }) => incidentKey(incidentId ?? '')))])).map(
        (root) => [root.key, root],
      ),
    );
    const events = await readEvents(
      store,
      airflow,
      replies.flatMap(({ eventId }) => (eventId === null ? [] : [eventId])),
    );
    await dropIdle(replies, roots);
    return rows.flatMap((row): Work[] => {
      const story = stories.get(row.incidentId ?? '');
      const root = row.eventId === null ? null : (roots.get(incidentKey(row.incidentId ?? '')) ?? null);
      const severity = story?.incident.alertSeverity ?? null;
      const what = row.eventId === null ? 'post' : 'reply';
      const work = (channel: string, run: () => Promise<void>): Work[] => [
        { what, channel, severity, queuedAt: row.queuedAt, run },
      ];
      if (row.state === 'sending') return work(row.channel ?? '', () => sender.lookUp(row, root?.ts ?? null));
      if (row.incidentId === null) return work(config.channel ?? '', () => postOwn(row));
      if (story === undefined) return [];
      if (row.eventId !== null) return replyWork(row, root, events.get(row.eventId), story, work);
      const at = progress.get(row.incidentId);
      return at === undefined ? [] : work(routeOf(story.incident, config), () => postIncident(row, story, at));
    });
  }

  async function dropIdle(replies: readonly SlackRow[], roots: ReadonlyMap<string, SlackRow>): Promise<void> {
    const idle = [...Map.groupBy(replies, ({ incidentId }) => incidentId ?? '')].flatMap(([incidentId, rows]) => {
      const waiting = rows.flatMap(({ eventId: id, eventKind: kind }) => (id === null || kind === null ? [] : [{ id, kind }]));
      const gone = new Set(idleReplies(waiting, roots.get(incidentKey(incidentId)) ?? { shownEvent: 0 }));
      return rows.filter(({ eventId, state }) => state === 'queued' && gone.has(eventId ?? 0));
    });
    if (idle.length > 0) await drop(idle.map(({ key }) => key));
    for (const row of idle) row.state = 'dropped';
  }

  function replyWork(
    row: SlackRow,
    root: SlackRow | null,
    event: IncidentEvent | undefined,
    story: IncidentStory,
    work: (channel: string, run: () => Promise<void>) => Work[],
  ): Work[] {
    if (row.state === 'dropped' || root === null || root.state !== 'posted' || root.ts === null || root.channel === null)
      return [];
    const { channel, ts } = root;
    const message = event === undefined ? null : renderThread(event, story);
    if (event === undefined || message === null) return work(channel, () => drop([row.key]));
    const what = { message, version: null, lastEvent: 0 };
    return work(channel, () => sender.post(row, what, { channel, thread: ts, broadcast: isBroadcast(event) }));
  }

  async function postIncident(row: SlackRow, story: IncidentStory, progress: Progress): Promise<void> {
    // It was there before, and is gone.
    const may = row.shownEvent > 0 ? 'post' : mayPost(story.incident, settings, clock.now());
    if (may === 'hold') return later(row.key, holdMs);
    if (may === 'drop') return drop([row.key]);
    const channel = target(routeOf(story.incident, config), row);
    return channel === null ? later(row.key, nowhereMs) : sender.post(row, rendered(story, progress), { channel });
  }

  /** A message that brings its content along, such as a report. */
  async function postOwn(row: SlackRow): Promise<void> {
    if (row.content === null) return drop([row.key]);
    const channel = target(row.channel ?? config.channel ?? '', row);
    if (channel === null) return later(row.key, nowhereMs);
    return sender.post(row, { message: row.content, version: null, lastEvent: 0 }, { channel });
  }

  /** What is to be changed in messages whose incidents have gone on. */
  async function edits(followed: readonly Followed[]): Promise<Work[]> {
    const now = clock.now();
    const due = followed
      .filter(({ row, progress }) => row.version !== progress.version && row.dueAt <= now)
      .toSorted((a, b) => a.row.dueAt.getTime() - b.row.dueAt.getTime())
      .slice(0, waitingMax);
    const stories = await loadStories(
      store,
      airflow,
      due.map(({ row }) => row.incidentId ?? ''),
      places(),
    );
    return due.flatMap(({ row, progress }): Work[] => {
      const story = stories.get(row.incidentId ?? '');
      if (story === undefined) return [];
      const what = rendered(story, progress);
      const run = (): Promise<void> => (row.state === 'refused' ? tryAnew(row, what) : sender.edit(row, what));
      return [{ what: 'edit', channel: row.channel ?? '', severity: story.incident.alertSeverity, queuedAt: row.dueAt, run }];
    });
  }

  /** What was refused may be taken when it says something else. */
  const tryAnew = ({ key, hash }: SlackRow, { message, version }: Rendered): Promise<void> =>
    asLeader((tx) =>
      saveRow(tx, airflow, key, hash === hashOf(message) ? { version } : { version, state: 'queued', dueAt: clock.now() }),
    );

  return { waiting, edits };
}
