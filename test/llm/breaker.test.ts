import { describe, expect, test } from 'vitest';
import { afterCall, afterStart, closedBreaker, permitOf, type Breaker, type CallOutcome } from '../../src/llm/breaker.ts';
import { LlmError, type LlmErrorKind } from '../../src/llm/provider.ts';

const failed = (kind: LlmErrorKind, retryAfterMs?: number): CallOutcome => ({
  kind: 'error',
  error: new LlmError(kind, `${kind}!`, { retryAfterMs }),
});
const answered: CallOutcome = { kind: 'answered' };
const after = (outcomes: readonly CallOutcome[], from: Breaker = closedBreaker, nowMs = 0): Breaker =>
  outcomes.reduce((breaker, outcome) => afterCall(breaker, outcome, nowMs), from);
const times = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value);
const minuteMs = 60_000;

describe('it opens', () => {
  test('after 5 failures in a row, and not after 4', () => {
    expect(after(times(4, failed('network'))).state).toBe('closed');
    expect(after(times(5, failed('network')))).toMatchObject({ state: 'open', openUntilMs: minuteMs, why: 'network!' });
    expect(after([...times(4, failed('network')), answered, ...times(4, failed('timeout'))]).state).toBe('closed');
  });

  test('when half of the last 20 failed, and not below', () => {
    const half = times(10, [failed('timeout'), answered]).flat();
    expect(after(half.slice(0, 19)).state).toBe('closed');
    expect(after([answered, answered, ...half.slice(0, 18)]).state).toBe('closed');
    expect(after([answered, ...half.slice(0, 19)]).state).toBe('open');
  });

  test('after answers of which nothing can be made, too', () => {
    expect(after(times(5, { kind: 'unreadable', why: 'nonsense' }))).toMatchObject({ state: 'open', why: 'nonsense' });
  });
});

describe('an open one', () => {
  const open = after(times(5, failed('network')));

  test('is left alone for a minute, and then tried by one question alone', () => {
    expect(permitOf(open, minuteMs - 1)).toEqual({ kind: 'no' });
    expect(permitOf(open, minuteMs)).toEqual({ kind: 'probe' });
    expect(permitOf(afterStart(open), minuteMs)).toEqual({ kind: 'no' });
  });

  test('closes when the trial succeeds, and forgets', () => {
    expect(after([answered], afterStart(open), minuteMs)).toEqual(closedBreaker);
  });

  test('stays open twice as long each time that the trial fails, to 15 minutes', () => {
    let breaker = open;
    const lasting: number[] = [];
    for (let trial = 0; trial < 6; trial += 1) {
      const nowMs = breaker.openUntilMs;
      breaker = after([failed('timeout')], afterStart(breaker), nowMs);
      lasting.push((breaker.openUntilMs - nowMs) / minuteMs);
    }
    expect(lasting).toEqual([2, 4, 8, 15, 15, 15]);
  });

  test('is tried again at once when the trial was given up', () => {
    const again = after([failed('aborted')], afterStart(open), 2 * minuteMs);
    expect(permitOf(again, 2 * minuteMs)).toEqual({ kind: 'probe' });
  });

  test('is not changed by questions that were under way when it opened', () => {
    expect(after([failed('timeout'), failed('timeout')], open, 30_000)).toEqual(open);
    expect(after([answered], open, 30_000).state).toBe('open');
  });
});

describe('429', () => {
  test('waits as long as it is asked to, or half a minute, to 15 minutes', () => {
    expect(permitOf(after([failed('rate', 5000)]), 4999)).toEqual({ kind: 'wait', untilMs: 5000 });
    expect(permitOf(after([failed('rate', 5000)]), 5000)).toEqual({ kind: 'yes' });
    expect(permitOf(after([failed('rate')]), 0)).toEqual({ kind: 'wait', untilMs: 30_000 });
    expect(permitOf(after([failed('rate', 10 * 3_600_000)]), 0)).toEqual({ kind: 'wait', untilMs: 15 * minuteMs });
  });

  test('that asks for no wait is waited for all the same, twice as long each time, until there is an answer', () => {
    let [breaker, nowMs] = [closedBreaker, 0];
    const waits = times(12, 0).map(() => {
      breaker = after([failed('rate', 0)], breaker, nowMs);
      const waitMs = breaker.waitUntilMs - nowMs;
      nowMs = breaker.waitUntilMs;
      return waitMs / 1000;
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    expect(after([answered, failed('rate', 0)], breaker, nowMs).waitUntilMs - nowMs).toBe(1000);
  });

  test('never opens it, and shows that an open one is back', () => {
    expect(after(times(30, failed('rate', 0)))).toMatchObject({ state: 'closed', failuresInRow: 0, recent: [] });
    expect(after([failed('rate', 0)], afterStart(after(times(5, failed('network'))))).state).toBe('closed');
  });
});

test.each(['auth', 'missing'] as const)('%s needs a person: it is degraded at once, and for good', (kind) => {
  const degraded = after([failed(kind)]);
  expect(degraded).toMatchObject({ state: 'degraded', why: `${kind}!` });
  expect(permitOf(degraded, 1e12)).toEqual({ kind: 'no' });
  expect(after([answered, ...times(9, failed('network'))], degraded).state).toBe('degraded');
});

test('a question that was given up says nothing of the provider', () => {
  expect(after(times(9, failed('aborted')))).toEqual(closedBreaker);
});
