import { expect, test, vi } from 'vitest';
import { createChain } from '../../src/llm/chain.ts';
import { llmConfig } from '../../src/llm/config.ts';
import type { Embed } from '../../src/llm/embed.ts';
import { LlmError } from '../../src/llm/provider.ts';
import type { EmbedLink } from '../../src/llm/providers.ts';
import { keptLog } from '../kit/http.ts';

const { budget: defaults, prices } = llmConfig.parse(undefined);
const good: Embed = async ({ texts }) => ({
  vectors: texts.map(() => [1, 0]),
  model: 'e-1',
  usage: { inputTokens: 1000, outputTokens: 0 },
});

function embedder(embed: Embed, given: Partial<EmbedLink> & { budget?: Partial<typeof defaults> } = {}) {
  const { budget, ...over } = given;
  const server = { address: 'llm.example', port: 443 };
  const embedLink: EmbedLink = {
    name: 'openai',
    model: 'e',
    embed,
    deadlineMs: 20_000,
    concurrency: 1,
    local: false,
    server,
    ...over,
  };
  const { logger, lines } = keptLog();
  let now = 0;
  const cost = vi.fn<(amount: number, labels: { provider: string; model: string }) => void>();
  const seen: unknown[] = [];
  const call = async <Result>(asked: unknown, work: () => Promise<Result>): Promise<Result> => {
    seen.push(asked);
    return work();
  };
  const chain = createChain({
    links: [],
    embedLink,
    budget: { ...defaults, ...budget },
    prices: { ...prices, e: { input: 2, output: 0 } },
    metrics: { cost, call },
    log: logger,
    clock: { now: () => new Date(now), monotonicMs: () => now },
  });
  // Another text each time: the same one is asked about once.
  let asked = 0;
  const ask = async (texts = [`text ${asked++}`]) => (await chain.embedder?.embed(texts)) ?? { kind: 'nobody' as const };
  return { chain, ask, cost, seen, lines, pass: (ms: number) => (now += ms) };
}

test('without a provider nobody is there to be asked', () => {
  const { logger } = keptLog();
  const metrics = { cost: () => undefined, call: <Result>(_call: unknown, work: () => Promise<Result>) => work() };
  expect(createChain({ links: [], budget: defaults, prices, metrics, log: logger }).embedder).toBeUndefined();
});

test('vectors are measured as embeddings, priced, and on the books in calls and tokens', async () => {
  const { chain, ask, cost, seen } = embedder(good);
  expect(await ask(['a', 'b'])).toEqual({
    kind: 'vectors',
    vectors: [
      [1, 0],
      [1, 0],
    ],
    tokens: 1000,
  });
  expect(seen).toEqual([
    { operation: 'embeddings', provider: 'openai', model: 'e', maxTokens: null, server: { address: 'llm.example', port: 443 } },
  ]);
  expect(cost).toHaveBeenCalledExactlyOnceWith(0.002, { provider: 'openai', model: 'e' });
  expect(chain.calls()).toEqual([{ ageMs: 0, tokens: 1000 }]);
  expect(chain.standing()).toMatchObject({
    breakers: { 'openai/embeddings': 'closed' },
    budget: { hour: { calls: 29, tokens: defaults.tokens_per_hour - 1000 } },
  });
  expect(chain.embedder?.space).toBe('openai e');
});

test('half of each limit is left to explanations', async () => {
  const calls = embedder(good, { budget: { calls_per_hour: 4 } });
  expect([await calls.ask(), await calls.ask(), await calls.ask()]).toMatchObject([
    { kind: 'vectors' },
    { kind: 'vectors' },
    { kind: 'none', why: 'budget', detail: 'half of llm.budget.calls_per_hour is used up' },
  ]);
  calls.pass(3_600_000);
  expect(await calls.ask()).toMatchObject({ kind: 'vectors' });
  const tokens = embedder(good, { budget: { tokens_per_day: 2000 } });
  expect([await tokens.ask(), await tokens.ask()]).toMatchObject([{ kind: 'vectors' }, { kind: 'none', why: 'budget' }]);
  expect(await embedder(good, { budget: { calls_per_day: 0 } }).ask()).toMatchObject({ kind: 'none', why: 'budget' });
});

test('one that fails five times is left alone for a minute, says so once, and is then tried again', async () => {
  let broken = true;
  const { ask, seen, lines, pass } = embedder(async (request) => {
    if (broken) throw new LlmError('bad_answer', 'openai answered without vectors');
    return good(request);
  });
  for (let count = 0; count < 5; count += 1)
    expect(await ask()).toEqual({ kind: 'none', why: 'failed', detail: 'openai answered without vectors' });
  expect(await ask()).toMatchObject({ kind: 'none', why: 'breaker' });
  expect(seen).toHaveLength(5);
  broken = false;
  pass(60_000);
  expect(await ask()).toMatchObject({ kind: 'vectors' });
  expect(lines.filter((line) => JSON.stringify(line).includes('left alone'))).toHaveLength(1);
});

test('one that refuses the key is not asked again until the configuration is read anew', async () => {
  const { ask, seen, pass } = embedder(() => Promise.reject(new LlmError('auth', 'openai refuses us (401)')));
  await ask();
  pass(86_400_000);
  expect(await ask()).toMatchObject({ kind: 'none', why: 'breaker', detail: 'openai refuses us (401)' });
  expect(seen).toHaveLength(1);
});

test('no more are asked at the same time than it takes; what an SDK throws is no surprise; the end ends what is under way', async () => {
  const { chain, ask } = embedder(() => new Promise(() => undefined));
  const first = ask();
  expect(await ask()).toMatchObject({ kind: 'none', why: 'busy' });
  chain.stop();
  expect(await first).toMatchObject({ kind: 'none', why: 'failed' });
  expect(await embedder(() => Promise.reject(new TypeError('x'))).ask()).toMatchObject({ kind: 'none', why: 'failed' });
});

test('a call takes no longer than who asks can wait', async () => {
  const { chain } = embedder(() => new Promise(() => undefined));
  expect(await chain.embedder?.embed(['a'], 20)).toMatchObject({ why: 'failed', detail: 'openai did not answer within 0.02 s' });
});

test('a single text is asked about once, until 64 others came', async () => {
  const { ask, seen } = embedder(good, { budget: { calls_per_hour: 1000, calls_per_day: 1000 } });
  const once = await ask(['a']);
  expect(await ask(['a'])).toEqual({ ...once, tokens: 0 });
  expect(seen).toHaveLength(1);
  for (let count = 0; count < 64; count += 1) await ask([`b${count}`]);
  await ask(['a']);
  expect(seen).toHaveLength(66);
});
