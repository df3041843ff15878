import { describe, expect, test, vi } from 'vitest';
import { createChain, type ChainOptions } from '../../src/llm/chain.ts';
import { llmConfig } from '../../src/llm/config.ts';
import { LlmError, type Answer, type LlmErrorKind, type LlmRequest, type Provider } from '../../src/llm/provider.ts';
import type { Link } from '../../src/llm/providers.ts';
import type { Question } from '../../src/llm/question.ts';
import { keptLog } from '../kit/http.ts';
import { good, shape, type TestAnswer } from './shape.ts';

const says = (text: string, given: Partial<Answer> = {}): Answer => ({
  text,
  usage: { inputTokens: 100, outputTokens: 20 },
  model: 'm-1',
  finish: 'stop',
  ...given,
});
const json = JSON.stringify(good);

function link(name: Link['name'], ask: Provider, given: Partial<Link> = {}): Link {
  const server = { address: 'llm.example', port: 443 };
  return { name, model: 'm', ask, deadlineMs: 20_000, concurrency: 4, local: name === 'ollama', server, ...given };
}

/** A provider that answers by turns, the last one for ever. */
function inTurn(...turns: (Answer | LlmErrorKind)[]): Provider & { asked: LlmRequest[] } {
  const asked: LlmRequest[] = [];
  const ask = async (request: LlmRequest): Promise<Answer> => {
    const turn = turns[Math.min(asked.length, turns.length - 1)] ?? 'network';
    asked.push(request);
    // A wait of a day: the one repeat of the call is not begun.
    if (typeof turn === 'string') throw new LlmError(turn, `${turn}!`, { retryAfterMs: 86_400_000 });
    return turn;
  };
  return Object.assign(ask, { asked });
}

/** Answers when it is let. */
function held(): Provider & { asked: LlmRequest[]; release: (answer?: Answer) => void } {
  const asked: LlmRequest[] = [];
  const pending: ((answer: Answer) => void)[] = [];
  const ask = (request: LlmRequest): Promise<Answer> => {
    asked.push(request);
    return new Promise((resolve) => pending.push(resolve));
  };
  return Object.assign(ask, { asked, release: (answer: Answer = says(json)) => pending.shift()?.(answer) });
}

function chainOf(links: Link[], given: Partial<ChainOptions> & { startMs?: number } = {}) {
  const { logger, lines } = keptLog();
  let now = given.startMs ?? 0;
  const cost = vi.fn<(amount: number, labels: { provider: string; model: string }) => void>();
  const { budget, prices } = llmConfig.parse(undefined);
  const clock = { now: () => new Date(now), monotonicMs: () => now };
  const metrics = { cost, call: async <Result>(_call: unknown, work: () => Promise<Result>) => work() };
  const chain = createChain({ links, budget, prices, metrics, log: logger, clock, ...given });
  return { chain, lines, cost, pass: (ms: number) => (now += ms) };
}

const question = (key: string, given: Partial<Question<TestAnswer>> = {}): Question<TestAnswer> => ({
  key,
  messages: [{ role: 'user', content: `why ${key}?` }],
  shape,
  maxTokens: 100,
  priority: 1,
  ...given,
});

test('without a provider the rules stand alone', async () => {
  expect(await chainOf([]).chain.ask(question('a'))).toEqual({
    source: 'none',
    why: 'rules',
    detail: 'no language model is configured',
  });
});

test('an answer comes with what it took, and what it cost', async () => {
  const { chain, cost } = chainOf([link('openai', inTurn(says(json)))], { prices: { m: { input: 10, output: 100 } } });
  expect(await chain.ask(question('a'))).toEqual({
    source: 'llm',
    value: good,
    unknowns: [],
    record: {
      provider: 'openai',
      model: 'm-1',
      calls: 1,
      usage: { inputTokens: 100, outputTokens: 20 },
      cost: 0.003,
      seconds: 0,
      raw: [json],
    },
  });
  expect(cost).toHaveBeenCalledExactlyOnceWith(0.003, { provider: 'openai', model: 'm' });
  expect(chain.standing().budget.hour).toEqual({ calls: 29, tokens: 150_000 - 120 });
});

test('where one fails the next is asked, and what all said is told', async () => {
  const { chain } = chainOf([link('ollama', inTurn('network')), link('openai', inTurn(says(json)))]);
  expect(await chain.ask(question('a'))).toMatchObject({ source: 'llm', record: { provider: 'openai' } });
  const bad = chainOf([link('ollama', inTurn('network')), link('openai', inTurn('overloaded'))]);
  expect(await bad.chain.ask(question('a'))).toEqual({
    source: 'none',
    why: 'failed',
    detail: 'ollama: network!; openai: overloaded!',
  });
});

describe('an answer that cannot be used', () => {
  test('is asked for once more, with what was wrong', async () => {
    const provider = inTurn(says('I think it is the memory.'), says(json));
    const { chain } = chainOf([link('openai', provider)]);
    expect(await chain.ask(question('a'))).toMatchObject({
      source: 'llm',
      record: { calls: 2, usage: { inputTokens: 200, outputTokens: 40 }, raw: ['I think it is the memory.', json] },
    });
    expect(provider.asked[1]?.messages.at(-1)?.content).toContain('there is no JSON object in it');
    expect(chain.standing().budget.day.calls).toBe(198);
  });

  test('twice is none, not a third question, and no other provider', async () => {
    const [first, second] = [inTurn(says('')), inTurn(says(json))];
    const { chain } = chainOf([link('openai', first), link('anthropic', second)]);
    expect(await chain.ask(question('a'))).toMatchObject({
      source: 'none',
      why: 'invalid',
      detail: 'openai answered what cannot be used: the answer is empty',
      record: { raw: ['', ''] },
    });
    expect([first.asked.length, second.asked.length]).toEqual([2, 0]);
  });

  test('is not repaired when the budget does not allow it', async () => {
    const provider = inTurn(says(''));
    const { budget } = llmConfig.parse({ budget: { calls_per_hour: 1 } });
    const { chain } = chainOf([link('openai', provider)], { budget });
    expect(await chain.ask(question('a'))).toMatchObject({ why: 'invalid', record: { calls: 1 } });
  });

  test('after 5 of them the provider is left alone', async () => {
    const { chain, lines } = chainOf([link('openai', inTurn(says('')))]);
    for (const key of ['a', 'b', 'c', 'd', 'e']) expect(await chain.ask(question(key))).toMatchObject({ why: 'invalid' });
    expect(await chain.ask(question('f'))).toMatchObject({ why: 'breaker' });
    expect(chain.standing().breakers).toEqual({ openai: 'open' });
    expect(lines.filter((line) => line.includes('left alone'))).toHaveLength(1);
  });

  test('a refusal is not asked for again', async () => {
    const provider = inTurn(says('no', { finish: 'refusal' }));
    const { chain } = chainOf([link('openai', provider)]);
    expect(await chain.ask(question('a'))).toMatchObject({ why: 'refused', detail: 'openai would not answer' });
    expect(provider.asked).toHaveLength(1);
  });
});

test('the same question at the same time is asked once, and answers all', async () => {
  const provider = held();
  const { chain } = chainOf([link('openai', provider)]);
  const both = [chain.ask(question('a')), chain.ask(question('a'))];
  provider.release();
  const [first, second] = await Promise.all(both);
  expect(first).toBe(second);
  expect(provider.asked).toHaveLength(1);
});

test('what failed is not asked again for 5 minutes, and then is', async () => {
  const provider = inTurn('bad_request', says(json));
  const { chain, pass } = chainOf([link('openai', provider)]);
  const failed = await chain.ask(question('a'));
  expect(failed).toMatchObject({ why: 'failed' });
  pass(5 * 60_000 - 1);
  expect(await chain.ask(question('a'))).toBe(failed);
  pass(1);
  expect(await chain.ask(question('a'))).toMatchObject({ source: 'llm' });
});

test('5 failures in a row open the breaker: nobody is asked for a minute, and one answer closes it', async () => {
  const provider = inTurn('network', 'network', 'network', 'network', 'network', says(json));
  const { chain, pass, lines } = chainOf([link('openai', provider)]);
  for (const key of ['a', 'b', 'c', 'd', 'e']) await chain.ask(question(key));
  expect(await chain.ask(question('f'))).toEqual({ source: 'none', why: 'breaker', detail: 'openai: network!' });
  expect(provider.asked).toHaveLength(5);
  pass(60_000);
  expect(await chain.ask(question('f'))).toMatchObject({ source: 'llm' });
  expect(chain.standing().breakers).toEqual({ openai: 'closed' });
  expect(lines.filter((line) => line.includes('answers again'))).toHaveLength(1);
});

test('a key that is refused needs a person: it reads degraded, is told once, and is not asked again', async () => {
  const provider = inTurn('auth');
  const { chain, lines, pass } = chainOf([link('openai', provider)]);
  expect(await chain.ask(question('a'))).toMatchObject({ why: 'failed' });
  pass(86_400_000);
  expect(await chain.ask(question('b'))).toMatchObject({ why: 'breaker', detail: 'openai: auth!' });
  expect(provider.asked).toHaveLength(1);
  expect(chain.standing().breakers).toEqual({ openai: 'degraded' });
  expect(lines.filter((line) => line.includes('until the configuration is read again'))).toHaveLength(1);
});

test('one that asks us to wait is waited for, and then answers', async () => {
  let asked = 0;
  const provider: Provider = async () => {
    asked += 1;
    // Longer than the deadline of the call, so that the chain waits and not the call.
    if (asked === 1) throw new LlmError('rate', 'slow down', { retryAfterMs: 60 });
    return says(json);
  };
  // The system's clock, since the wait is a timer's.
  const clock = { now: () => new Date(), monotonicMs: () => performance.now() };
  const { chain } = chainOf([link('openai', provider, { deadlineMs: 50 })], { clock });
  expect(await chain.ask(question('a'))).toMatchObject({ source: 'llm' });
  expect(asked).toBe(2);
});

describe('the queue', () => {
  test('asks as many at once as a provider takes, and the urgent first', async () => {
    const provider = held();
    const { chain } = chainOf([link('ollama', provider, { concurrency: 1 })]);
    const running = chain.ask(question('running'));
    const answers = [chain.ask(question('low', { priority: 0 })), chain.ask(question('high', { priority: 3 }))];
    expect(chain.standing().waiting).toBe(2);
    provider.release();
    await running;
    await vi.waitFor(() => expect(provider.asked).toHaveLength(2));
    expect(provider.asked[1]?.messages[0]?.content).toBe('why high?');
    provider.release();
    await vi.waitFor(() => expect(provider.asked).toHaveLength(3));
    provider.release();
    expect(await Promise.all(answers)).toMatchObject([{ source: 'llm' }, { source: 'llm' }]);
  });

  test('drops the least urgent when 50 wait, and what has waited 10 minutes', async () => {
    const provider = held();
    const { chain, pass } = chainOf([link('ollama', provider, { concurrency: 1 })]);
    const running = chain.ask(question('running'));
    const waiting = Array.from({ length: 50 }, (_, index) => chain.ask(question(`${index}`)));
    expect(await chain.ask(question('one too many', { priority: 0 }))).toMatchObject({ why: 'busy' });
    pass(10 * 60_000 + 1);
    provider.release();
    await running;
    const answers = await Promise.all(waiting);
    expect(new Set(answers.map((answer) => answer.source === 'none' && answer.why))).toEqual(new Set(['busy']));
    expect(provider.asked).toHaveLength(1);
  });
});

test('the budget holds over all, says once that it is used up, and goes on when there is room', async () => {
  const provider = inTurn(says(json));
  const { budget } = llmConfig.parse({ budget: { calls_per_hour: 2 } });
  const before = [{ ageMs: 30 * 60_000, tokens: 10 }];
  const { chain, lines, pass } = chainOf([link('openai', provider)], { budget, before, startMs: 1e9 });
  await chain.ask(question('a'));
  for (const key of ['b', 'c'])
    expect(await chain.ask(question(key))).toEqual({
      source: 'none',
      why: 'budget',
      detail: 'llm.budget.calls_per_hour is used up',
    });
  expect(chain.calls()).toEqual([
    { ageMs: 30 * 60_000, tokens: 10 },
    { ageMs: 0, tokens: 120 },
  ]);
  pass(30 * 60_000);
  expect(await chain.ask(question('b'))).toMatchObject({ source: 'llm' });
  expect(lines.filter((line) => line.includes('used up'))).toHaveLength(1);
  expect(lines.filter((line) => line.includes('room in llm.budget again'))).toHaveLength(1);
});

test('questions at the same time cannot break the budget together', async () => {
  const provider = held();
  const { budget } = llmConfig.parse({ budget: { calls_per_hour: 2 } });
  const { chain } = chainOf([link('openai', provider)], { budget });
  const answers = ['a', 'b', 'c'].map((key) => chain.ask(question(key)));
  expect(await answers[2]).toMatchObject({ why: 'budget' });
  provider.release();
  provider.release();
  expect(await Promise.all(answers.slice(0, 2))).toMatchObject([{ source: 'llm' }, { source: 'llm' }]);
});

test('what must stay in your hands is never sent elsewhere, whatever fails', async () => {
  const elsewhere = inTurn(says(json));
  const { chain } = chainOf([link('openai', elsewhere), link('ollama', inTurn('network'))]);
  expect(await chain.ask(question('a', { localOnly: true }))).toMatchObject({ why: 'failed' });
  const alone = chainOf([link('openai', elsewhere)]);
  expect(await alone.chain.ask(question('a', { localOnly: true }))).toMatchObject({ why: 'rules' });
  expect(elsewhere.asked).toEqual([]);
});

test('when it stops, what is under way and what waits ends at once, and nothing is asked any more', async () => {
  const provider = held();
  const { chain } = chainOf([link('ollama', provider, { concurrency: 1 })]);
  const answers = [chain.ask(question('running')), chain.ask(question('waiting'))];
  chain.stop();
  const none = { source: 'none', why: 'failed', detail: 'the question was given up' };
  expect(await Promise.all(answers)).toEqual([none, none]);
  expect(await chain.ask(question('late'))).toEqual(none);
  expect(provider.asked[0]?.signal.aborted).toBe(true);
});
