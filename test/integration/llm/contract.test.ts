import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../../src/llm/answer.ts';
import { callProvider } from '../../../src/llm/call.ts';
import { LlmError, type LlmErrorKind, type LlmRequest } from '../../../src/llm/provider.ts';
import { eventually } from '../../kit/eventually.ts';
import { startLlmServer, type Reply } from '../../kit/llm-server.ts';
import { apiKey, showsThinking, wires, type Wire } from '../../kit/llm-wires.ts';
import { good, schema, shape } from '../../llm/shape.ts';

// Every provider against a server that speaks its documented format. Deadlines are of tests; nothing here sleeps on purpose
// longer than a retry.
const generousMs = 20_000;

const request = (signal = new AbortController().signal): LlmRequest => ({
  messages: [
    { role: 'system', content: 'You explain failures.' },
    { role: 'user', content: 'L12 MemoryError' },
  ],
  schema,
  maxTokens: 300,
  signal,
});

interface Given {
  replies: (wire: Wire, before: number) => Reply;
  deadlineMs?: number;
  signal?: AbortSignal;
}

/** One call as the chain makes it; what Ollama is asked beforehand is answered and not counted. */
async function call(wire: Wire, { replies, deadlineMs = generousMs, signal }: Given) {
  let chats = 0;
  const server = await startLlmServer((received) => showsThinking(received, false) ?? replies(wire, chats++));
  await using disposed = server;
  const provider = wire.create(disposed.url);
  const options = { who: 'the model', deadlineMs, retryDelayMs: 1 };
  const outcome = await callProvider(provider, request(signal), options).then(
    (answer) => ({ answer, error: undefined }),
    (error: unknown) => ({ answer: undefined, error }),
  );
  const received = server.received.filter(({ path }) => path !== '/api/show');
  await eventually('no connection waits any more', () => server.waiting() === 0, { everyMs: 5 });
  return { ...outcome, received };
}

const always =
  (reply: (wire: Wire) => Reply): Given['replies'] =>
  (wire) =>
    reply(wire);
const json = JSON.stringify(good);

describe.each(Object.entries(wires))('%s', (_name, wire) => {
  test('is asked with its schema, its limits and its key where they belong, once', async () => {
    const { answer, received } = await call(wire, { replies: always(({ says }) => says(json)) });
    expect(answer).toMatchObject({ text: json, finish: 'stop', usage: { inputTokens: 900, outputTokens: 80 } });
    expect(readAnswer(answer?.text ?? '', shape)).toEqual({ ok: true, value: good, unknowns: [] });
    expect(received).toHaveLength(1);
    const [sent] = received;
    expect(sent?.path).toBe(wire.path);
    expect(wire.schemaIn(sent?.body ?? {})).toEqual(schema);
    const headers = Object.entries(sent?.headers ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
    expect(headers).toContain(wire.keyHeader);
    expect(`${sent?.path}${JSON.stringify(sent?.body)}`).not.toContain(apiKey);
    expect(JSON.stringify(sent?.body)).toContain('L12 MemoryError');
  });

  test.each([
    ['prose around it', `Here you are: ${json} Good luck!`],
    ['a fence around it', `\`\`\`json\n${json}\n\`\`\``],
    ['thinking before it', `<think>{"category": 1}</think>${json}`],
  ])('an answer with %s is read', async (_what, text) => {
    const { answer } = await call(wire, { replies: always(({ says }) => says(text)) });
    expect(readAnswer(answer?.text ?? '', shape)).toMatchObject({ ok: true, value: good });
  });

  test('an unknown word becomes unknown and the rest is kept', async () => {
    const text = JSON.stringify({ ...good, category: 'gremlins' });
    const { answer } = await call(wire, { replies: always(({ says }) => says(text)) });
    expect(readAnswer(answer?.text ?? '', shape)).toMatchObject({ ok: true, value: { ...good, category: 'unknown' } });
  });

  test('an answer that was cut says so', async () => {
    const { answer } = await call(wire, { replies: always(({ says }) => says(json.slice(0, 50), 'length')) });
    expect(answer?.finish).toBe('length');
    expect(readAnswer(answer?.text ?? '', shape)).toEqual({ ok: false, problems: ['the JSON object is cut off'] });
  });

  test('a refusal is no answer', async () => {
    const { answer } = await call(wire, { replies: always(({ says }) => says('I must not say.', 'refusal')) });
    if (wire.tellsRefusal) expect(answer?.finish).toBe('refusal');
    expect(readAnswer(answer?.text ?? '', shape).ok).toBe(false);
  });

  test('an empty answer is no answer', async () => {
    const { answer } = await call(wire, { replies: always(({ says }) => says('')) });
    expect(readAnswer(answer?.text ?? '', shape)).toEqual({ ok: false, problems: ['the answer is empty'] });
  });

  test.each<[number, LlmErrorKind, number]>([
    [401, 'auth', 1],
    [403, 'auth', 1],
    [404, 'missing', 1],
    [302, 'missing', 1],
    [400, 'bad_request', 1],
    [408, 'timeout', 2],
    [429, 'rate', 2],
    [500, 'overloaded', 2],
    [503, 'overloaded', 2],
    [529, 'overloaded', 2],
  ])('status %i is an error of kind %s after %i tries, and shows no key', async (status, kind, tries) => {
    const said = `too many tokens, or so; your key ${apiKey}`;
    const { error, received } = await call(wire, { replies: always(({ fails }) => fails(status, said)) });
    expect(error).toBeInstanceOf(LlmError);
    expect(error).toMatchObject({ kind, status });
    expect(received).toHaveLength(tries);
    expect(inspected(error)).not.toContain(apiKey);
    expect(String(error)).not.toContain('\n');
  });

  test('a second try after an error counts, and waits as long as the server asks', async () => {
    const replies: Given['replies'] = ({ fails, says }, before) =>
      before === 0 ? { ...fails(429, 'slow down'), headers: { 'retry-after': '0' } } : says(json);
    expect(await call(wire, { replies })).toMatchObject({ answer: { text: json }, received: [{}, {}] });
  });

  test('a wait that would not end within the deadline is not begun, and is told', async () => {
    const { error, received } = await call(wire, {
      replies: always(({ fails }) => ({ ...fails(429, 'slow down'), headers: { 'retry-after': '3600' } })),
    });
    expect(error).toMatchObject({ kind: 'rate', retryAfterMs: 3_600_000 });
    expect(received).toHaveLength(1);
  });

  test('a slow answer in time is an answer', async () => {
    const { answer } = await call(wire, { replies: always(({ says }) => ({ ...says(json), afterMs: 50 })) });
    expect(answer?.text).toBe(json);
  });

  test('one that never answers is given up at the deadline, once, and its connection is closed', async () => {
    const { error, received } = await call(wire, { replies: always(() => ({ afterMs: Infinity })), deadlineMs: 400 });
    expect(error).toMatchObject({ kind: 'timeout', message: 'the model did not answer within 0.4 s' });
    expect(received.length).toBeLessThanOrEqual(1);
  });

  test('who asked can give up', async () => {
    const signal = AbortSignal.timeout(300);
    expect(await call(wire, { replies: always(() => ({ afterMs: Infinity })), signal })).toMatchObject({
      error: { kind: 'aborted' },
    });
    expect(await call(wire, { replies: always(({ says }) => says(json)), signal })).toMatchObject({
      error: { kind: 'aborted' },
      received: [],
    });
  });

  test.each<[string, Reply, LlmErrorKind]>([
    ['a page of a proxy', { headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' }, 'bad_answer'],
    ['JSON of something else', { body: '{"status":"ok"}' }, 'bad_answer'],
    ['an answer that breaks off', { body: '{"choices": [', breaks: true }, 'network'],
    ['an answer without end', { body: JSON.stringify('x'.repeat(2_100_000)) }, 'bad_answer'],
  ])('%s is an error', async (_what, reply, kind) => {
    const { error } = await call(wire, { replies: always(() => reply) });
    // To Ollama a line of something else is a part of a stream, which then ends too early.
    const isPart = wire === wires.ollama && reply.body === '{"status":"ok"}';
    expect(error).toMatchObject({ kind: isPart ? 'overloaded' : kind });
  });

  test('nobody there is an error of the network that names why', async () => {
    const server = await startLlmServer(() => ({}));
    await server[Symbol.asyncDispose]();
    const asked = callProvider(wire.create(server.url), request(), { who: 'it', deadlineMs: generousMs, retryDelayMs: 1 });
    await expect(asked).rejects.toMatchObject({ kind: 'network', message: expect.stringContaining('ECONNREFUSED') });
  });
});

/** All that an error shows, however deep. */
const inspected = (error: unknown): string =>
  error instanceof Error ? `${error.stack}${JSON.stringify(Object.entries(error))}${inspected(error.cause)}` : String(error);
