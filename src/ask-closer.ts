import type { CloserLook, CloserView } from './http/sources.ts';
import { sleep, type Clock } from './lib/clock.ts';

/** What goes to the cycle thread, which alone reads Airflow, and what comes back. */
export type LookMessage = { kind: 'look'; id: number; look: CloserLook };
export type LookedMessage = { kind: 'looked'; id: number; view: CloserView };

/** A page does not wait longer than this for Airflow. */
const waitMs = 1000;
/** Whoever asks the same so soon gets the same: pages look every 20 s, and many may be open. */
const freshMs = 5000;
const waitingMax = 16;
const keptMax = 200;

const late: CloserView = { ok: false, reason: 'it did not answer within a second' };
const busy: CloserView = { ok: false, reason: 'too many pages ask at once' };

export interface AskCloserOptions {
  post: (message: LookMessage) => void;
  clock: Pick<Clock, 'monotonicMs'>;
  wait?: number;
}

/** Asks Airflow for pages: bounded in number and time, and once for all who ask the same. */
export function createAskCloser({ post, clock, wait = waitMs }: AskCloserOptions) {
  const waiting = new Map<number, (view: CloserView) => void>();
  const kept = new Map<string, { atMs: number; view: Promise<CloserView> }>();
  let lastId = 0;

  async function send(look: CloserLook): Promise<CloserView> {
    if (waiting.size >= waitingMax) return busy;
    const id = (lastId += 1);
    const over = new AbortController();
    const answered = new Promise<CloserView>((resolve) => waiting.set(id, resolve));
    post({ kind: 'look', id, look });
    const view = await Promise.race([answered, sleep(wait, over.signal).then(() => late)]);
    over.abort();
    waiting.delete(id);
    return view;
  }

  const ask = (look: CloserLook): Promise<CloserView> => {
    const key = JSON.stringify(look);
    const nowMs = clock.monotonicMs();
    const before = kept.get(key);
    if (before !== undefined && nowMs - before.atMs < freshMs) return before.view;
    for (const [old, { atMs }] of kept) if (nowMs - atMs >= freshMs || kept.size >= keptMax) kept.delete(old);
    const view = send(look);
    kept.set(key, { atMs: nowMs, view });
    return view;
  };
  const take = ({ id, view }: LookedMessage): void => waiting.get(id)?.(view);
  return { ask, take };
}
