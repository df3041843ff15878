import { describe, expect, test } from 'vitest';
import { callProvider } from '../../../src/llm/call.ts';
import { dimensionsMax } from '../../../src/llm/embed.ts';
import { LlmError, type LlmErrorKind } from '../../../src/llm/provider.ts';
import { embedWires, type EmbedWire } from '../../kit/embed-wires.ts';
import { startLlmServer, type Reply } from '../../kit/llm-server.ts';
import { apiKey } from '../../kit/llm-wires.ts';

const texts = ['KeyError: <STR>', 'OSError: no space left on device'];
const vectors = [
  [0.5, -0.25, 1e-9],
  [0, 1, 0],
];

/** One call as the embedder makes it. */
async function call(wire: EmbedWire, reply: (before: number) => Reply, deadlineMs = 20_000) {
  await using server = await startLlmServer((_received, before) => reply(before));
  const { signal } = new AbortController();
  const options = { who: 'the model', deadlineMs, retryDelayMs: 1 };
  const outcome = await callProvider(wire.create(server.url), { texts, signal }, options).then(
    (answer) => ({ answer, error: undefined }),
    (error: unknown) => ({ answer: undefined, error }),
  );
  return { ...outcome, received: server.received };
}

describe.each(Object.entries(embedWires))('%s', (_name, wire) => {
  test('gives a vector of each text in their order, and is told texts, model and key where they belong, once', async () => {
    const { answer, received } = await call(wire, () => wire.says(vectors));
    const usage = wire.tokens === null ? null : { inputTokens: wire.tokens, outputTokens: 0 };
    expect(answer).toEqual({ vectors, model: wire.model, usage });
    expect(received).toHaveLength(1);
    const [sent] = received;
    expect(sent?.path).toBe(wire.path);
    expect(wire.textsIn(sent?.body ?? {})).toEqual(texts);
    expect(JSON.stringify([sent?.path, sent?.body])).toContain(wire.model.replace('-001', ''));
    expect(Object.entries(sent?.headers ?? {}).map(([name, value]) => `${name}: ${String(value)}`)).toContain(wire.keyHeader);
    expect(`${sent?.path}${JSON.stringify(sent?.body)}`).not.toContain(apiKey);
  });

  test.each<[string, readonly unknown[]]>([
    ['too few vectors', [vectors[0]]],
    ['too many vectors', [...vectors, [1, 2, 3]]],
    [
      'vectors of different lengths',
      [
        [1, 2, 3],
        [1, 2],
      ],
    ],
    ['a vector of nothing', [[], []]],
    [
      'a vector without direction',
      [
        [1, 1],
        [0, 0],
      ],
    ],
    [
      'what is no number',
      [
        [1, 'x'],
        [1, 1],
      ],
    ],
    [
      'a vector longer than any that is kept',
      [Array.from({ length: dimensionsMax + 1 }, () => 1), Array.from({ length: dimensionsMax + 1 }, () => 1)],
    ],
  ])('%s are no answer', async (_what, given) => {
    const { error, received } = await call(wire, () => wire.says(given));
    expect(error).toBeInstanceOf(LlmError);
    expect(error).toMatchObject({ kind: 'bad_answer' });
    expect(received).toHaveLength(1);
  });

  test.each<[number, LlmErrorKind, number]>([
    [401, 'auth', 1],
    [404, 'missing', 1],
    [400, 'bad_request', 1],
    [429, 'rate', 2],
    [500, 'overloaded', 2],
  ])('status %i is an error of kind %s after %i tries, and shows no key', async (status, kind, tries) => {
    const { error, received } = await call(wire, () => wire.fails(status, `or so; your key ${apiKey}`));
    expect(error).toBeInstanceOf(LlmError);
    expect(error).toMatchObject({ kind, status });
    expect(received).toHaveLength(tries);
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain(apiKey);
  });

  test('a second try counts', async () => {
    const { answer, received } = await call(wire, (before) => (before === 0 ? wire.fails(503, 'busy') : wire.says(vectors)));
    expect([answer?.vectors, received.length]).toEqual([vectors, 2]);
  });

  test('a slow answer in time is an answer, and one that never comes is given up at the deadline', async () => {
    expect((await call(wire, () => ({ ...wire.says(vectors), afterMs: 50 }))).answer?.vectors).toEqual(vectors);
    const { error } = await call(wire, () => ({ afterMs: Infinity }), 300);
    expect(error).toMatchObject({ kind: 'timeout' });
  });

  test.each<[string, Reply]>([
    ['a page of a proxy', { headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' }],
    ['JSON of something else', { body: '{"status":"ok"}' }],
  ])('%s is no answer', async (_what, reply) =>
    expect((await call(wire, () => reply)).error).toMatchObject({ kind: 'bad_answer' }),
  );
});
