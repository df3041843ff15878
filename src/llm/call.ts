import { sleep, systemClock, type Clock } from '../lib/clock.ts';
import { backoffMs } from '../lib/retry.ts';
import { LlmError, llmErrorOf } from './provider.ts';

export interface CallOptions {
  who: string;
  /** For everything: both tries and the wait between them. */
  deadlineMs: number;
  /** Of the wait before the second try, where the server names none. */
  retryDelayMs?: number;
  clock?: Clock;
  random?: () => number;
}

const defaultRetryDelayMs = 1000;

/** Ms to wait before the one repeat; undefined: do not repeat, because that does not help or would not end in time. */
export function retryDelay(error: LlmError, usualMs: number, leftMs: number): number | undefined {
  switch (error.kind) {
    case 'auth':
    case 'missing':
    case 'bad_request':
    case 'bad_answer':
    case 'aborted':
      return undefined;
    case 'timeout':
      // Ours is over, and so is the deadline; 408 is the server's.
      if (error.status === undefined) return undefined;
      break;
    case 'rate':
    case 'overloaded':
    case 'network':
      break;
  }
  const waitMs = error.retryAfterMs ?? usualMs;
  return waitMs < leftMs ? waitMs : undefined;
}

/**
 * Asks within the deadline, whatever the SDK does, and once more where that may help; `Retry-After` is honoured.
 * Throws `LlmError`.
 */
export async function callProvider<Request extends { signal: AbortSignal }, Result>(
  provider: (request: Request) => Promise<Result>,
  request: Request,
  options: CallOptions,
): Promise<Result> {
  const { who, deadlineMs, retryDelayMs = defaultRetryDelayMs, clock = systemClock, random = Math.random } = options;
  const start = clock.monotonicMs();
  const ended = new AbortController();
  const giveUp = (): void => ended.abort(new LlmError('aborted', `the call to ${who} was given up`));
  const timer = setTimeout(
    () => ended.abort(new LlmError('timeout', `${who} did not answer within ${deadlineMs / 1000} s`)),
    deadlineMs,
  );
  request.signal.addEventListener('abort', giveUp);
  if (request.signal.aborted) giveUp();
  const once = (): Promise<Result> => raced(provider({ ...request, signal: ended.signal }), ended.signal);
  try {
    try {
      if (ended.signal.aborted) throw ended.signal.reason;
      return await once();
    } catch (error) {
      const first = llmErrorOf(error, who);
      const usual = backoffMs(1, { baseMs: retryDelayMs, capMs: retryDelayMs }, random());
      const delay = retryDelay(first, usual, deadlineMs - (clock.monotonicMs() - start));
      if (delay === undefined) throw first;
      await sleep(delay, ended.signal);
      if (ended.signal.aborted) throw first;
      return await once();
    }
  } catch (error) {
    throw llmErrorOf(error, who);
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', giveUp);
  }
}

/** `answer`, or the reason of `signal` as soon as it aborts: an SDK that does not listen holds nobody up. */
function raced<Result>(answer: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('ended'));
    signal.addEventListener('abort', end, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
