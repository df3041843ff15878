import { createAnthropic } from '../../src/llm/anthropic.ts';
import { createGemini } from '../../src/llm/gemini.ts';
import { createOllama } from '../../src/llm/ollama.ts';
import { createOpenai } from '../../src/llm/openai.ts';
import type { Finish, Provider } from '../../src/llm/provider.ts';
import type { Received, Reply } from './llm-server.ts';

/** A canary: no error and no address may ever show it. */
export const apiKey = 'sk-canary-5f2c7d1e9b8a4c3d2e1f';

/** How one API puts things, by its documentation. */
export interface Wire {
  create: (baseUrl: string, model?: string) => Provider;
  /** A whole answer with this text, stopped for this reason. */
  says: (text: string, finish?: Finish) => Reply;
  /** Its body of an error. */
  fails: (status: number, message: string) => Reply;
  /** Where it is asked. */
  path: string;
  /** The schema that a request asks for. */
  schemaIn: (body: Received['body']) => unknown;
  /** The API says itself that it refused, not only in its text. */
  tellsRefusal: boolean;
  /** Its header with the key. */
  keyHeader: string;
}

const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce(
    (inner: unknown, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
const json = (value: unknown, status = 200): Reply => ({ status, body: JSON.stringify(value) });

const openai: Wire = {
  create: (baseUrl, model = 'gpt-x') => createOpenai({ who: 'openai', model, baseUrl: `${baseUrl}/v1`, apiKey }),
  path: '/v1/chat/completions',
  keyHeader: `authorization: Bearer ${apiKey}`,
  tellsRefusal: true,
  schemaIn: (body) => at(body, 'response_format', 'json_schema', 'schema'),
  says: (text, finish = 'stop') =>
    json({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'gpt-x-2026-01-01',
      choices: [
        {
          index: 0,
          logprobs: null,
          finish_reason: finish === 'length' ? 'length' : 'stop',
          message:
            finish === 'refusal'
              ? { role: 'assistant', content: null, refusal: text }
              : { role: 'assistant', content: text, refusal: null },
        },
      ],
      usage: { prompt_tokens: 900, completion_tokens: 80, total_tokens: 980 },
    }),
  fails: (status, message) => json({ error: { message, type: 'an_error', param: null, code: null } }, status),
};

const anthropic: Wire = {
  create: (baseUrl, model = 'claude-x') => createAnthropic({ who: 'anthropic', model, baseUrl, apiKey }),
  path: '/v1/messages',
  keyHeader: `authorization: Bearer ${apiKey}`,
  tellsRefusal: true,
  schemaIn: (body) => at(body, 'output_config', 'format', 'schema'),
  says: (text, finish = 'stop') =>
    json({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-x-20260101',
      content: text === '' ? [] : [{ type: 'text', text, citations: null }],
      stop_reason: finish === 'stop' ? 'end_turn' : finish === 'length' ? 'max_tokens' : 'refusal',
      stop_sequence: null,
      usage: { input_tokens: 300, cache_creation_input_tokens: 200, cache_read_input_tokens: 400, output_tokens: 80 },
    }),
  fails: (status, message) => json({ type: 'error', error: { type: 'an_error', message }, request_id: 'req_1' }, status),
};

const gemini: Wire = {
  create: (baseUrl, model = 'gemini-x') => createGemini({ who: 'gemini', model, baseUrl, apiKey }),
  path: '/v1beta/models/gemini-x:generateContent',
  keyHeader: `x-goog-api-key: ${apiKey}`,
  tellsRefusal: true,
  schemaIn: (body) => at(body, 'generationConfig', 'responseJsonSchema'),
  says: (text, finish = 'stop') =>
    json({
      ...(finish === 'refusal'
        ? { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }
        : {
            candidates: [
              {
                index: 0,
                content: { role: 'model', parts: [{ text: 'let me think', thought: true }, { text }] },
                finishReason: finish === 'length' ? 'MAX_TOKENS' : 'STOP',
              },
            ],
          }),
      usageMetadata: { promptTokenCount: 900, candidatesTokenCount: 60, thoughtsTokenCount: 20, totalTokenCount: 980 },
      modelVersion: 'gemini-x-001',
    }),
  fails: (status, message) => json({ error: { code: status, message, status: 'FAILED' } }, status),
};

/** As it streams: a line a part, and a last one that counts. */
function ollamaLines(text: string, finish: Finish): string {
  const half = Math.ceil(text.length / 2);
  const parts = [text.slice(0, half), text.slice(half)].map((content) => ({
    message: { role: 'assistant', content },
    done: false,
  }));
  const last = {
    message: { role: 'assistant', content: '' },
    done: true,
    done_reason: finish === 'length' ? 'length' : 'stop',
    prompt_eval_count: 900,
    eval_count: 80,
  };
  return [...parts, last]
    .map((part) => `${JSON.stringify({ model: 'qwen-x', created_at: '2026-01-01T00:00:00Z', ...part })}\n`)
    .join('');
}

const ollama: Wire = {
  create: (baseUrl, model = 'qwen-x') =>
    createOllama({ who: 'ollama', model, baseUrl, apiKey, contextTokens: 4096, keepAliveSeconds: 900 }),
  path: '/api/chat',
  keyHeader: `authorization: Bearer ${apiKey}`,
  tellsRefusal: false,
  schemaIn: (body) => at(body, 'format'),
  says: (text, finish = 'stop') => ({ headers: { 'content-type': 'application/x-ndjson' }, body: ollamaLines(text, finish) }),
  fails: (status, message) => json({ error: message }, status),
};

export const wires = { openai, anthropic, gemini, ollama };

/** Answers Ollama's question what a model can, which comes before the first chat; else `otherwise`. */
export const showsThinking = (received: Received, thinks: boolean): Reply | undefined =>
  received.path === '/api/show' ? json({ capabilities: thinks ? ['completion', 'thinking'] : ['completion'] }) : undefined;
