import type { Worker } from 'node:worker_threads';
import { createAskCloser } from './ask-closer.ts';
import type { CycleSettings, CycleStatus, FromCycle, ToCycle } from './cycle-messages.ts';
import type { HttpSources } from './http/sources.ts';
import { startRoomy } from './heaps.ts';
import { systemClock } from './lib/clock.ts';
import type { ExplainReport } from './explain/worker.ts';
import type { DeliveryReport } from './notify/deliver.ts';
import type { SlackReport } from './notify/slack/deliver.ts';
import type { EncodedExposition } from './measure/exposition.ts';
import { staleAfterMs } from './thresholds.ts';

/** What the main thread knows of the cycle thread. */
export interface CycleView {
  /** The newest bytes; undefined before the first, and once they are too old to be shown as the state of things. */
  exposition(): EncodedExposition | undefined;
  status: CycleStatus | null;
  leader: boolean;
  /** Set when the last cycle failed, or what goes on between cycles; safe to show. */
  error: string | null;
  /** True once there was something to serve. */
  ready: boolean;
  /** When word of a look at Airflow last came, by this machine's monotonic clock; null before the first. */
  lookedAtMs: number | null;
  /** How long the last cycle took; null on a follower. */
  cycleSeconds: number | null;
}

/** What the cycle thread last had to serve, and when it came. */
export interface Latest {
  encoded: EncodedExposition;
  status: CycleStatus;
  atMs: number;
}

export interface Cycles {
  view: Readonly<CycleView>;
  latest(): Latest | undefined;
  lookCloser: HttpSources['lookCloser'];
  /** Ends the thread, within 2.5 s. */
  stop(): Promise<void>;
}

export type CycleMessage = Extract<FromCycle, { kind: 'cycle' }>;

export interface CycleListeners {
  cycle(message: CycleMessage): void;
  status(status: CycleStatus): void;
  /** Null: what failed beside the cycles works again. */
  trouble(error: string | null): void;
  delivery(report: DeliveryReport): void;
  slack(report: SlackReport): void;
  explained(report: ExplainReport): void;
  role(leader: boolean): void;
  crash(error: unknown): void;
}

/** A cycle thread that does not stop in this time is ended: a dead database may hold it. */
const stopTimeoutMs = 2500;
const restartAfterMs = 1000;
// The build turns the name into that of the emitted file.
const entry = new URL('./cycle-thread.ts', import.meta.url);

/**
 * Runs the cycle thread and keeps what it last said. A thread that crashes is started again; the store holds its state.
 * `before` is what a thread that this one replaces last had to serve: it goes on being served until there is something newer.
 */
export function runCycles(settings: CycleSettings, on: CycleListeners, before?: Latest): Cycles {
  let latest = before;
  let cycleError: string | null = null;
  const view: CycleView = {
    exposition: () =>
      latest !== undefined && systemClock.monotonicMs() - latest.atMs < staleAfterMs(settings.intervalMs)
        ? latest.encoded
        : undefined,
    status: before?.status ?? null,
    leader: false,
    error: null,
    ready: before !== undefined && before.status.snapshotAtMs !== null,
    lookedAtMs: before?.atMs ?? null,
    cycleSeconds: null,
  };
  let stopping = false;
  let stopped: Promise<void> | undefined;
  let restart: NodeJS.Timeout | undefined;
  let exited: Promise<void> = Promise.resolve();
  let worker = start();
  const closer = createAskCloser({ post: (message) => worker.postMessage(message satisfies ToCycle), clock: systemClock });

  function start(): Worker {
    const made = startRoomy(entry, { workerData: settings, name: 'windsock-cycle' });
    made.on('message', take);
    made.on('error', (error) => on.crash(error));
    exited = new Promise((done) => {
      made.once('exit', () => {
        done();
        if (stopping) return;
        latest = undefined;
        restart = setTimeout(() => {
          worker = start();
        }, restartAfterMs);
      });
    });
    return made;
  }

  function take(message: FromCycle): void {
    switch (message.kind) {
      case 'exposition':
        latest = { encoded: message.encoded, status: message.status, atMs: systemClock.monotonicMs() };
        view.status = message.status;
        if (message.status.snapshotAtMs !== null) {
          view.ready = true;
          view.lookedAtMs = latest.atMs;
        }
        on.status(message.status);
        return;
      case 'cycle':
        cycleError = message.error ?? null;
        view.cycleSeconds = message.seconds;
        on.cycle(message);
        return;
      case 'trouble':
        // The last word of a tick, after that of its cycle.
        view.error = cycleError ?? message.error;
        on.trouble(message.error);
        return;
      case 'delivery':
        on.delivery(message.report);
        return;
      case 'slack':
        on.slack(message.report);
        return;
      case 'explained':
        on.explained(message.report);
        return;
      case 'role':
        view.leader = message.leader;
        cycleError = null;
        view.cycleSeconds = null;
        on.role(message.leader);
        return;
      case 'looked':
        closer.take(message);
        return;
      case 'stopped':
        return;
    }
  }

  async function end(): Promise<void> {
    stopping = true;
    clearTimeout(restart);
    const late = setTimeout(() => void worker.terminate(), stopTimeoutMs);
    worker.postMessage({ kind: 'stop' } satisfies ToCycle);
    await exited;
    clearTimeout(late);
  }

  return { view, latest: () => latest, lookCloser: closer.ask, stop: () => (stopped ??= end()) };
}
