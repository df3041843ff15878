import { readEvents } from '../../incident/list-told.ts';
import type { IncidentEvent } from '../../incident/incident.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError, errorText } from '../../lib/errors.ts';
import { redact } from '../../redact/redact.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { SlackClient } from './client.ts';
import type { SlackConfig } from './config.ts';
import { followIncidents, type Followed } from './follow-incidents.ts';
import { createHealth } from './health.ts';
import { loadProgress, loadStories, type Progress } from './load-stories.ts';
import { createPace } from './pace.ts';
import { channelFor, hashOf, idleReplies, inOrder, isBroadcast, mayPost, routeOf, type Ranked } from './plan.ts';
import { renderIncident } from './render-incident.ts';
import { renderThread } from './render-thread.ts';
import { countWaiting, dropRows, incidentKey, loadRows, loadWaiting, saveRow } from './rows.ts';
import type { SlackRow } from './slack-row.ts';
import { createSender, type Pacing, type Rendered, type SlackCallReport } from './send.ts';
import type { IncidentStory, StoryPlaces } from './story.ts';

/** How delivery to Slack stands after a round. */
export interface SlackState {
  up: boolean;
  waiting: number;
  oldestSeconds: number;
  /** Every channel that the configuration names, and whether it takes messages. */
  channels: { channel: string; up: boolean }[];
}

export type SlackReport = { kind: 'call'; call: SlackCallReport } | { kind: 'state'; state: SlackState };

export interface SlackDeliveryOptions {
  store: Store;
  airflow: string;
  client: SlackClient;
  config: Pick<SlackConfig, 'channel' | 'routes' | 'fallback_channel' | 'direct' | 'tell_late' | 'timeout' | 'signing_secret'>;
  places: () => StoryPlaces;
  clock: Clock;
  logger: Logger;
  /** A transaction that only the leader may commit; throws when somebody else leads by now. */
  asLeader: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>;
  leads: () => boolean;
  report: (report: SlackReport) => void;
  pacing?: Pacing;
}

const waitingMax = 100;
/** So many messages of a channel are sent before the rows are looked at again: what they say is then as new. */
const batchMax = 5;
const holdMs = 10_000;
const nowhereMs = 60_000;
const usualPacing: Pacing = {
  postMs: 1000,
  editMs: 1250,
  readMs: 1250,
  inFlightMs: 3000,
  retry: { baseMs: 2000, capMs: 600_000 },
};

interface Work extends Ranked {
  channel: string;
  run: () => Promise<void>;
}

/**
 * Delivery to Slack, round by round: everything follows from rows, and one message for each incident follows the incident. A round returns
 * at once while the last one still runs.
 */
export function createSlackDelivery(options: SlackDeliveryOptions) {
  const { store, airflow, client, config, places, clock, logger, asLeader, leads, report } = options;
  const stopping = new AbortController();
  const pacing = options.pacing ?? usualPacing;
  const health = createHealth({ clock, logger, retryBaseMs: pacing.retry.baseMs });
  const fallback = config.fallback_channel;
  const sender = createSender({
    store,
    airflow,
    client,
    clock,
    health,
    asLeader,
    leads,
    fallback,
    pace: createPace(clock),
    signal: stopping.signal,
    timeoutMs: config.timeout,
    pacing,
    report: (call) => report({ kind: 'call', call }),
  });
  const settings = { direct: config.direct, tellLateMs: config.tell_late };
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
  async function waitingWork(): Promise<Work[]> {
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
  async function editWork(followed: readonly Followed[]): Promise<Work[]> {
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

  /** One look at the rows, and the first messages of each channel. True when there is more to do. */
  async function step(): Promise<boolean> {
    const followed = await followIncidents({ store, airflow, asLeader, settings }, clock.now());
    if (health.waitMs() > 0) return false;
    const byChannel = Map.groupBy([...(await waitingWork()), ...(await editWork(followed))], ({ channel }) => channel);
    const some = [...byChannel.values()].map((works) => works.toSorted(inOrder));
    await Promise.all(some.map((works) => inTurn(works.slice(0, batchMax))));
    return some.some((works) => works.length > batchMax) && health.waitMs() === 0;
  }

  async function inTurn(works: readonly Work[]): Promise<void> {
    for (const { run } of works) {
      if (stopping.signal.aborted || !leads() || health.waitMs() > 0) return;
      await run();
    }
  }

  async function tellState(): Promise<void> {
    const { waiting, oldestAt } = await countWaiting(store, airflow);
    const oldestSeconds = oldestAt === null ? 0 : Math.max(0, (clock.now().getTime() - oldestAt.getTime()) / 1000);
    const dead = health.refusing();
    const named = [config.channel, ...config.routes.map(({ channel }) => channel), fallback].filter((each) => each !== undefined);
    const channels = [...new Set(named)].map((channel) => ({ channel, up: !dead.has(channel) }));
    report({ kind: 'state', state: { up: health.isUp(), waiting, oldestSeconds, channels } });
  }

  let running: Promise<void> | undefined;
  let again = false;
  let lastFailure: string | null = null;
  async function guarded(): Promise<void> {
    try {
      do {
        again = false;
        const isMore = await step();
        again ||= isMore;
        await tellState();
      } while (again && !stopping.signal.aborted && leads());
      lastFailure = null;
    } catch (error) {
      const reason = redact(errorText(error));
      const isOthers = error instanceof AppError && error.code === 'CONFLICT';
      if (reason !== lastFailure && !isOthers && !stopping.signal.aborted)
        logger.warn('a round of delivery to Slack failed', { reason });
      lastFailure = reason;
    } finally {
      running = undefined;
    }
  }

  return {
    /** Sends what is due; ends when nothing more is. */
    round(): Promise<void> {
      if (stopping.signal.aborted || !leads()) return Promise.resolve();
      if (running !== undefined) again = true;
      return (running ??= guarded());
    },
    async stop(): Promise<void> {
      stopping.abort();
      await running;
    },
  };
}

export type SlackDelivery = ReturnType<typeof createSlackDelivery>;
