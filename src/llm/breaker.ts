import type { LlmError } from './provider.ts';

/** closed: asked. open: left alone for a while. half_open: one question tries whether it is back. degraded: it needs a person. */
export type BreakerState = 'closed' | 'open' | 'half_open' | 'degraded';

export interface Breaker {
  readonly state: BreakerState;
  readonly failuresInRow: number;
  /** Whether each of the last questions failed, newest last. */
  readonly recent: readonly boolean[];
  /** When an open one may be tried. */
  readonly openUntilMs: number;
  /** How long it opens the next time. */
  readonly openForMs: number;
  /** Until when it asked us to wait (429). */
  readonly waitUntilMs: number;
  /** How often it asked for that since it last answered. */
  readonly waitsInRow: number;
  /** The last error, safe to show. */
  readonly why: string;
}

const failuresInRowMax = 5;
const recentMax = 20;
const openForMsMin = 60_000;
const openForMsMax = 15 * 60_000;
/** Where a 429 does not say how long. */
const waitMsUsual = 30_000;
const waitMsMax = 15 * 60_000;
/** Who asks for no wait at all, again and again, waits twice as long each time: else one question would use up the budget. */
const waitMsMin = 1000;

export const closedBreaker: Breaker = {
  state: 'closed',
  failuresInRow: 0,
  recent: [],
  openUntilMs: 0,
  openForMs: openForMsMin,
  waitUntilMs: 0,
  waitsInRow: 0,
  why: '',
};

/** Whether it may be asked at `nowMs`: yes; probe, as the only question; wait until then; or no, and nobody waits for it. */
export type Permit = { kind: 'yes' | 'probe' | 'no' } | { kind: 'wait'; untilMs: number };

export function permitOf(breaker: Breaker, nowMs: number): Permit {
  switch (breaker.state) {
    case 'closed':
      return breaker.waitUntilMs > nowMs ? { kind: 'wait', untilMs: breaker.waitUntilMs } : { kind: 'yes' };
    case 'open':
      return { kind: breaker.openUntilMs <= nowMs ? 'probe' : 'no' };
    // The one question is under way.
    case 'half_open':
    case 'degraded':
      return { kind: 'no' };
  }
}

/** What a question came to. unreadable: an answer of which nothing could be made. */
export type CallOutcome = { kind: 'answered' } | { kind: 'unreadable'; why: string } | { kind: 'error'; error: LlmError };

/** The breaker when a question begins that it permitted. */
export const afterStart = (breaker: Breaker): Breaker =>
  breaker.state === 'open' ? { ...breaker, state: 'half_open' } : breaker;

/**
 * The breaker after a question. It opens after 5 failures in a row, or when half of the last 20 failed; for 60 s, and twice as
 * long each time that the trial fails, to 15 minutes. 429 is no failure. Auth and a missing model need a person.
 */
export function afterCall(breaker: Breaker, outcome: CallOutcome, nowMs: number): Breaker {
  switch (outcome.kind) {
    case 'answered':
      return breaker.state === 'half_open' ? closedBreaker : counted({ ...breaker, failuresInRow: 0, waitsInRow: 0 }, false);
    case 'unreadable':
      return afterFailure(breaker, outcome.why, nowMs);
    case 'error':
      return afterError(breaker, outcome.error, nowMs);
  }
}

function afterError(breaker: Breaker, { kind, message, retryAfterMs }: LlmError, nowMs: number): Breaker {
  switch (kind) {
    case 'auth':
    case 'missing':
      return { ...breaker, state: 'degraded', why: message };
    case 'rate': {
      const leastMs = waitMsMin * 2 ** Math.min(breaker.waitsInRow, 20);
      const waitUntilMs = nowMs + Math.min(Math.max(retryAfterMs ?? waitMsUsual, leastMs), waitMsMax);
      // It is there, and says so.
      const there = breaker.state === 'half_open' ? closedBreaker : breaker;
      return { ...there, waitUntilMs, waitsInRow: breaker.waitsInRow + 1, why: message };
    }
    case 'aborted':
      return breaker.state === 'half_open' ? { ...breaker, state: 'open', openUntilMs: nowMs } : breaker;
    case 'overloaded':
    case 'network':
    case 'timeout':
    case 'bad_request':
    case 'bad_answer':
      return afterFailure(breaker, message, nowMs);
  }
}

const counted = (breaker: Breaker, failed: boolean): Breaker => ({
  ...breaker,
  recent: [...breaker.recent, failed].slice(-recentMax),
});

function afterFailure(breaker: Breaker, why: string, nowMs: number): Breaker {
  const failed = counted({ ...breaker, failuresInRow: breaker.failuresInRow + 1, why }, true);
  const often = failed.recent.length === recentMax && failed.recent.filter(Boolean).length * 2 >= recentMax;
  if (failed.state === 'closed' && failed.failuresInRow < failuresInRowMax && !often) return failed;
  // Questions that were under way when it opened change nothing of it.
  if (failed.state === 'open' || failed.state === 'degraded') return breaker;
  return {
    ...failed,
    state: 'open',
    failuresInRow: 0,
    recent: [],
    openUntilMs: nowMs + failed.openForMs,
    openForMs: Math.min(failed.openForMs * 2, openForMsMax),
  };
}
