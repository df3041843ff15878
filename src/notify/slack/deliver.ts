import type { Clock } from '../../lib/clock.ts';
import { AppError, errorText } from '../../lib/errors.ts';
import { redact } from '../../redact/redact.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { SlackClient } from './client.ts';
import type { SlackConfig } from './config.ts';
import { followIncidents } from './follow-incidents.ts';
import { createHealth } from './health.ts';
import { createWork, type Work } from './list-work.ts';
import { createPace } from './pace.ts';
import { inOrder } from './plan.ts';
import { countWaiting } from './rows.ts';
import { createSender, type Pacing, type SlackCallReport } from './send.ts';
import type { StoryPlaces } from './story.ts';

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

/** So many messages of a channel are sent before the rows are looked at again: what they say is then as new. */
const batchMax = 5;
const usualPacing: Pacing = {
  postMs: 1000,
  editMs: 1250,
  readMs: 1250,
  inFlightMs: 3000,
  retry: { baseMs: 2000, capMs: 600_000 },
  pause: { baseMs: 2000, capMs: 60_000 },
};

/**
 * Delivery to Slack, round by round: everything follows from rows, and one message for each incident follows the incident. A round returns
 * at once while the last one still runs.
 */
export function createSlackDelivery(options: SlackDeliveryOptions) {
  const { store, airflow, client, config, clock, logger, asLeader, leads, report } = options;
  const stopping = new AbortController();
  const pacing = options.pacing ?? usualPacing;
  const health = createHealth({ clock, logger, pause: pacing.pause });
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
  const work = createWork({ ...options, settings, health, sender });
  /** One look at the rows, and the first messages of each channel. True when there is more to do. */
  async function step(): Promise<boolean> {
    const followed = await followIncidents({ store, airflow, asLeader, settings }, clock.now());
    if (health.waitMs() > 0) return false;
    const byChannel = Map.groupBy([...(await work.waiting()), ...(await work.edits(followed))], ({ channel }) => channel);
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
