import { describe, expect, test } from 'vitest';
import { closedBreaker, type Breaker } from '../../src/llm/breaker.ts';
import { brokenLimit, budgetLeft, stillCounts, tokensOf } from '../../src/llm/budget.ts';
import { costOf } from '../../src/llm/price.ts';
import { byUrgency, choose, dropped, type Standing, type Waiting } from '../../src/llm/queue.ts';

const job = (given: Partial<Waiting> = {}): Waiting => ({
  priority: 1,
  sinceMs: 0,
  localOnly: false,
  failed: new Set(),
  ...given,
});
const standing = (name: Standing['name'], given: Partial<Standing> = {}): Standing => ({
  name,
  local: name === 'ollama',
  concurrency: 1,
  inFlight: 0,
  breaker: closedBreaker,
  ...given,
});
const open: Breaker = { ...closedBreaker, state: 'open', openUntilMs: 60_000, why: 'down' };
const waiting = (untilMs: number): Breaker => ({ ...closedBreaker, waitUntilMs: untilMs });
const minuteMs = 60_000;

describe('who is asked', () => {
  test('the first of the chain that may be', () => {
    expect(choose(job(), [standing('ollama'), standing('openai')], 0)).toEqual({ kind: 'ask', name: 'ollama' });
    expect(choose(job(), [standing('ollama', { breaker: open }), standing('openai')], 0)).toEqual({
      kind: 'ask',
      name: 'openai',
    });
    expect(choose(job({ failed: new Set(['ollama']) }), [standing('ollama'), standing('openai')], 0)).toMatchObject({
      name: 'openai',
    });
  });

  test('a busy one is waited for, since the order is a wish', () => {
    const chain = [standing('ollama', { inFlight: 1 }), standing('openai')];
    expect(choose(job(), chain, 0)).toEqual({ kind: 'wait', untilMs: 10 * minuteMs });
  });

  test('one that asked us to wait is passed over, and waited for only where there is no other', () => {
    const limited = standing('anthropic', { breaker: waiting(5000) });
    expect(choose(job(), [limited, standing('openai')], 0)).toMatchObject({ name: 'openai' });
    expect(choose(job(), [limited, standing('openai', { breaker: open })], 0)).toEqual({ kind: 'wait', untilMs: 5000 });
    expect(choose(job(), [standing('openai', { breaker: waiting(11 * minuteMs) })], 0)).toEqual({
      kind: 'nobody',
      why: 'breaker',
    });
  });

  test('an open one is tried by one question when its time has come', () => {
    const chain = [standing('openai', { breaker: open, concurrency: 4 })];
    expect(choose(job(), chain, minuteMs - 1)).toEqual({ kind: 'nobody', why: 'breaker' });
    expect(choose(job(), chain, minuteMs)).toEqual({ kind: 'ask', name: 'openai' });
  });

  test('what must stay in your hands goes to local ones alone', () => {
    const secret = job({ localOnly: true });
    expect(choose(secret, [standing('openai'), standing('ollama')], 0)).toEqual({ kind: 'ask', name: 'ollama' });
    expect(choose(secret, [standing('openai')], 0)).toEqual({ kind: 'nobody', why: 'rules' });
    expect(choose(secret, [standing('openai'), standing('ollama', { breaker: open })], 0)).toEqual({
      kind: 'nobody',
      why: 'breaker',
    });
  });

  test('when all have failed it, nobody', () => {
    expect(choose(job({ failed: new Set(['openai']) }), [standing('openai')], 0)).toEqual({ kind: 'nobody', why: 'failed' });
  });
});

describe('the queue', () => {
  test('is served by urgency, then by age', () => {
    const [old, young, urgent] = [job(), job({ sinceMs: 5 }), job({ priority: 3, sinceMs: 9 })];
    expect([young, old, urgent].sort(byUrgency)).toEqual([urgent, old, young]);
  });

  test('holds 50, and loses the least urgent first', () => {
    const fifty = Array.from({ length: 50 }, (_, index) => job({ sinceMs: index }));
    expect(dropped(fifty, 100)).toEqual([]);
    const urgent = job({ priority: 2, sinceMs: 99 });
    expect(dropped([...fifty, urgent], 100)).toEqual([fifty[49]]);
    const least = job({ priority: 0 });
    expect(dropped([...fifty, least], 100)).toEqual([least]);
  });

  test('loses what is older than 10 minutes', () => {
    expect(dropped([job()], 10 * minuteMs)).toEqual([]);
    expect(dropped([job()], 10 * minuteMs + 1)).toHaveLength(1);
  });
});

describe('the budget', () => {
  const limits = { calls_per_hour: 2, calls_per_day: 3, tokens_per_hour: 1000, tokens_per_day: 1500 };
  const broken = (spent: { atMs: number; tokens: number }[], tokens: number, nowMs: number) =>
    brokenLimit(budgetLeft(spent, limits, nowMs), tokens);

  test('of calls holds by the hour and by the day', () => {
    const calls = [0, 1].map((atMs) => ({ atMs, tokens: 0 }));
    expect(broken(calls.slice(0, 1), 1, 60)).toBeNull();
    expect(broken(calls, 1, 60)).toBe('calls_per_hour');
    expect(broken(calls, 1, 60 * minuteMs)).toBeNull();
    const third = [...calls, { atMs: 60 * minuteMs, tokens: 0 }];
    expect(broken(third, 1, 24 * 60 * minuteMs - 1)).toBe('calls_per_day');
    expect(broken(third, 1, 24 * 60 * minuteMs)).toBeNull();
  });

  test('of tokens holds by the hour and by the day, with what the next call may take', () => {
    expect(broken([{ atMs: 0, tokens: 600 }], 400, 1)).toBeNull();
    expect(broken([{ atMs: 0, tokens: 600 }], 401, 1)).toBe('tokens_per_hour');
    const earlier = [
      { atMs: 0, tokens: 800 },
      { atMs: 61 * minuteMs, tokens: 300 },
    ];
    expect(broken(earlier, 400, 62 * minuteMs)).toBeNull();
    expect(broken(earlier, 401, 62 * minuteMs)).toBe('tokens_per_day');
  });

  test('a limit of 0 asks nobody, and what is left is never below 0', () => {
    const none = { calls_per_hour: 0, calls_per_day: 0, tokens_per_hour: 0, tokens_per_day: 0 };
    const left = budgetLeft([{ atMs: 0, tokens: 9 }], none, 1);
    expect(left).toEqual({ hour: { calls: 0, tokens: 0 }, day: { calls: 0, tokens: 0 } });
    expect(brokenLimit(left, 0)).toBe('calls_per_hour');
  });

  test('what is a day old is forgotten', () => {
    expect(
      stillCounts(
        [
          { atMs: 0, tokens: 1 },
          { atMs: 1, tokens: 1 },
        ],
        24 * 60 * minuteMs,
      ),
    ).toEqual([{ atMs: 1, tokens: 1 }]);
  });

  test('tokens are about a quarter of the characters', () => expect(tokensOf(['12345', '678'])).toBe(2));
});

test('the first price that fits counts, a million tokens each way; without one there is no cost', () => {
  const prices = { 'gpt-5-mini*': { input: 0.25, output: 2 }, 'gpt-*': { input: 10, output: 10 } };
  const usage = { inputTokens: 2_000_000, outputTokens: 500_000 };
  expect(costOf(prices, 'gpt-5-mini-2026', usage)).toBe(1.5);
  expect(costOf(prices, 'gpt-4', usage)).toBe(25);
  expect(costOf(prices, 'qwen3:8b', usage)).toBeNull();
});
