import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import type { LlmRequest } from '../../../src/llm/provider.ts';
import { startLlmServer, type Received } from '../../kit/llm-server.ts';
import { showsThinking, wires } from '../../kit/llm-wires.ts';
import { good, schema } from '../../llm/shape.ts';

// What servers and models differ in, and what is learned of them.
const { openai, anthropic, ollama } = wires;
const json = JSON.stringify(good);
const request = (content = 'L12 MemoryError', maxTokens = 300): LlmRequest => ({
  messages: [
    { role: 'system', content: 'You explain failures.' },
    { role: 'user', content },
  ],
  schema,
  maxTokens,
  signal: new AbortController().signal,
});
const bodies = (received: readonly Received[]) => received.filter(({ path }) => path !== '/api/show').map(({ body }) => body);

test('a compatible server without json_schema is asked for json_object with the schema as text, and from then on at once', async () => {
  await using server = await startLlmServer(({ body }) =>
    JSON.stringify(body['response_format'] ?? '').includes('json_schema')
      ? openai.fails(400, "'response_format.type' must be 'json_object' or 'text'")
      : openai.says(json),
  );
  const provider = openai.create(server.url);
  expect(await provider(request())).toMatchObject({ text: json });
  expect(await provider(request())).toMatchObject({ text: json });
  const formats = bodies(server.received).map((body) => body['response_format']);
  expect(formats).toMatchObject([{ type: 'json_schema' }, { type: 'json_object' }, { type: 'json_object' }]);
  expect(JSON.stringify(bodies(server.received)[1]?.['messages'])).toContain('root_cause');
});

test('one without any format is asked in plain words', async () => {
  await using server = await startLlmServer(({ body }) =>
    'response_format' in body ? openai.fails(422, 'extra fields not permitted') : openai.says(json),
  );
  expect(await openai.create(server.url)(request())).toMatchObject({ text: json });
  expect(server.received).toHaveLength(3);
});

test('what another model of the same server refused is not held against this one', async () => {
  await using server = await startLlmServer(({ body }) =>
    body['model'] === 'old' && 'response_format' in body ? openai.fails(400, 'no response_format') : openai.says(json),
  );
  await openai.create(server.url, 'old')(request());
  const before = server.received.length;
  await openai.create(server.url, 'new')(request());
  expect(bodies(server.received.slice(before))).toMatchObject([{ response_format: { type: 'json_schema' } }]);
});

test('a model that refuses temperature and the older limit gets neither', async () => {
  await using server = await startLlmServer(({ body }) => {
    if ('temperature' in body) return openai.fails(400, "Unsupported value: 'temperature' does not support 0 with this model.");
    if ('max_tokens' in body)
      return openai.fails(400, "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.");
    return openai.says(json);
  });
  expect(await openai.create(server.url)(request())).toMatchObject({ text: json });
  const last = bodies(server.received).at(-1);
  expect(last).toMatchObject({ max_completion_tokens: 300 + 4096, response_format: { type: 'json_schema' } });
  expect(last).not.toHaveProperty('max_tokens');
});

test('a prompt that is too long is not sent again in other forms', async () => {
  await using server = await startLlmServer(() => openai.fails(400, 'the request exceeds the available context size'));
  await expect(openai.create(server.url)(request())).rejects.toMatchObject({ kind: 'bad_request' });
  expect(server.received).toHaveLength(1);
});

test('a compatible server may leave out usage', async () => {
  await using server = await startLlmServer(() => ({ body: JSON.stringify({ choices: [{ message: { content: json } }] }) }));
  expect(await openai.create(server.url)(request())).toEqual({ text: json, usage: null, model: 'gpt-x', finish: 'unknown' });
});

test('a Claude that takes no schema is asked in plain words, and from then on at once; none is told a temperature', async () => {
  await using server = await startLlmServer(({ body }) =>
    'output_config' in body ? anthropic.fails(400, 'output_config: extra inputs are not permitted') : anthropic.says(json),
  );
  const provider = anthropic.create(server.url);
  await provider(request());
  expect(await provider(request())).toMatchObject({ text: json });
  expect(bodies(server.received).map((body) => 'output_config' in body)).toEqual([true, false, false]);
  expect(server.received.some(({ body }) => 'temperature' in body)).toBe(false);
  expect(bodies(server.received)[1]?.['system']).toContain('root_cause');
});

test('Ollama streams, holds its context and cuts no prompt; what it can is asked once', async () => {
  await using server = await startLlmServer((received) => showsThinking(received, false) ?? ollama.says(json));
  const provider = ollama.create(server.url);
  await provider(request());
  await provider(request());
  expect(server.received.map(({ path }) => path)).toEqual(['/api/show', '/api/chat', '/api/chat']);
  const [sent] = bodies(server.received);
  expect(sent).toMatchObject({ stream: true, truncate: false, keep_alive: 900, format: schema });
  expect(sent?.['options']).toEqual({ num_ctx: 4096, num_predict: 300, temperature: 0, seed: 1 });
  expect(sent).not.toHaveProperty('think');
  expect(JSON.stringify(sent?.['messages'])).toContain('additionalProperties');
});

test('a model that thinks is told not to, and is let where it then loses the schema', async () => {
  await using server = await startLlmServer((received) => {
    const { body } = received;
    return showsThinking(received, true) ?? ollama.says(body['think'] === false ? 'The worker has no memory left.' : json);
  });
  const provider = ollama.create(server.url);
  expect((await provider(request())).text).toBe('The worker has no memory left.');
  expect((await provider(request())).text).toBe(json);
  expect(bodies(server.received)).toMatchObject([{ think: false }, { think: true, options: { num_predict: 300 + 2048 } }]);
});

test('a prompt over the context is refused: before it is sent, by Ollama, and when an old version filled the context', async () => {
  await using server = await startLlmServer(
    (received) =>
      showsThinking(received, false) ??
      (JSON.stringify(received.body).includes('refuse')
        ? ollama.fails(400, 'the input length exceeds the context length')
        : {
            body: `${JSON.stringify({ message: { content: '{}' }, done: true, done_reason: 'stop', prompt_eval_count: 4095 })}\n`,
          }),
  );
  const provider = ollama.create(server.url);
  const tooLong = { kind: 'bad_request', message: 'ollama: the prompt does not fit its context_tokens of 4096; set more' };
  await expect(provider(request('x'.repeat(6 * 4096)))).rejects.toMatchObject(tooLong);
  expect(server.received).toHaveLength(0);
  await expect(provider(request('refuse'))).rejects.toMatchObject({ kind: 'bad_request', status: 400 });
  await expect(provider(request())).rejects.toMatchObject(tooLong);
});

test('an error in the middle of a stream, as when the model runner dies, is an error with its words', async () => {
  await using server = await startLlmServer(
    (received) =>
      showsThinking(received, false) ?? {
        headers: { 'content-type': 'application/x-ndjson' },
        body: '{"message":{"content":"{"},"done":false}\n{"error":"model runner has unexpectedly stopped"}\n',
      },
  );
  await expect(ollama.create(server.url)(request())).rejects.toMatchObject({
    kind: 'overloaded',
    message: 'ollama broke off: model runner has unexpectedly stopped',
  });
});

test('what is not on this machine is asked through the proxy of the standard variables', async () => {
  await using server = await startLlmServer(() => openai.says(json));
  const asked: string[] = [];
  // It tunnels to our server, whatever host it is told.
  const proxy = createServer().on('connect', (wanted, client) => {
    asked.push(wanted.url ?? '');
    const upstream = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  try {
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    vi.stubEnv('NO_PROXY', 'other.example');
    expect(await openai.create('http://llm.example')(request())).toMatchObject({ text: json });
    expect(await openai.create(server.url)(request())).toMatchObject({ text: json });
    expect(asked).toEqual(['llm.example:80']);
  } finally {
    vi.unstubAllEnvs();
    proxy.closeAllConnections();
    proxy.close();
  }
});
