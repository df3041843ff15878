import { createHmac, randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { systemClock, type Clock } from '../lib/clock.ts';
import type { PasswordCheck } from './credentials.ts';
import { createGuessLimit } from './guess-limit.ts';

export type CompareBcrypt = (password: string, hash: string) => Promise<boolean>;

/** bcrypt looks at no more bytes than these. */
const passwordBytesMax = 72;
const waitingMax = 16;
const rememberedMax = 256;

/**
 * Checks passwords against bcrypt hashes, one at a time: a check costs a tenth of a second by design, and must not be a way
 * to occupy the machine. Right ones are remembered by a keyed digest of user, password and hash, so that the next request is
 * cheap and a changed hash counts at once. An unknown user takes as long as a known one. Whoever guesses is not answered for a
 * minute, and takes nothing from those who are remembered.
 */
export function createPasswordCheck(compare: CompareBcrypt, clock: Pick<Clock, 'monotonicMs'> = systemClock): PasswordCheck {
  const limit = createGuessLimit(clock);
  const key = randomBytes(32);
  const remembered = new Set<string>();
  const asked = new Map<string, Promise<boolean>>();
  let last: Promise<unknown> = Promise.resolve();

  function compareInTurn(password: string, hash: string): Promise<boolean> {
    const turn = last.then(() => compare(password, hash));
    last = turn.catch(() => undefined);
    return turn;
  }

  return async (user, password, users, peer) => {
    if (Buffer.byteLength(password) > passwordBytesMax) return false;
    const hash = users.get(user);
    const against = hash ?? users.values().next().value;
    if (against === undefined) return false;
    const id = createHmac('sha256', key)
      .update(JSON.stringify([user, password, against]))
      .digest('base64');
    if (hash !== undefined && remembered.has(id)) return true;
    const guesser = JSON.stringify([peer, user]);
    if (limit.isOver(guesser)) return 'guessed';
    let answer = asked.get(id);
    if (answer === undefined) {
      if (asked.size >= waitingMax) return 'busy';
      answer = compareInTurn(password, against).finally(() => asked.delete(id));
      asked.set(id, answer);
    }
    const right = (await answer) && hash !== undefined;
    if (!right) {
      limit.note(guesser);
      return false;
    }
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.add(id);
    return true;
  };
}

const entry = new URL('./bcrypt-worker.ts', import.meta.url);
const idleForMs = 10_000;

/** bcrypt in a thread of its own, which is there while it is needed: on the main thread each check would delay every scrape. */
export function bcryptThread(): CompareBcrypt {
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  const waiting: { resolve: (right: boolean) => void; reject: (error: unknown) => void }[] = [];

  function end(error: unknown): void {
    worker = undefined;
    for (const { reject } of waiting.splice(0)) reject(error);
  }

  function start(): Worker {
    const made = new Worker(entry, { name: 'windsock-bcrypt' });
    made.unref();
    made.on('message', (right: boolean) => waiting.shift()?.resolve(right));
    made.on('error', end);
    made.on('exit', () => {
      if (worker === made) end(new Error('the thread that checks passwords ended'));
    });
    return made;
  }

  return (password, hash) =>
    new Promise<boolean>((resolve, reject) => {
      clearTimeout(idle);
      worker ??= start();
      waiting.push({ resolve, reject });
      worker.postMessage({ password, hash });
    }).finally(() => {
      clearTimeout(idle);
      idle = setTimeout(() => {
        const done = worker;
        worker = undefined;
        void done?.terminate();
      }, idleForMs).unref();
    });
}
