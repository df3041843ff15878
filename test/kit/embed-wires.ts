import { embedByGemini } from '../../src/llm/embed-gemini.ts';
import { embedByOllama } from '../../src/llm/embed-ollama.ts';
import { embedByOpenai } from '../../src/llm/embed-openai.ts';
import type { Embed } from '../../src/llm/embed.ts';
import type { Received, Reply } from './llm-server.ts';
import { apiKey } from './llm-wires.ts';

/** How one API puts vectors, by its documentation. */
export interface EmbedWire {
  create: (baseUrl: string) => Embed;
  /** A whole answer. */
  says: (vectors: readonly unknown[]) => Reply;
  /** Its body of an error. */
  fails: (status: number, message: string) => Reply;
  path: string;
  /** The texts of a request. */
  textsIn: (body: Received['body']) => unknown;
  keyHeader: string;
  /** Input tokens that it tells. */
  tokens: number | null;
  model: string;
}

const json = (value: unknown, status = 200): Reply => ({ status, body: JSON.stringify(value) });

const openai: EmbedWire = {
  create: (baseUrl) => embedByOpenai({ who: 'openai', model: 'embed-x', baseUrl: `${baseUrl}/v1`, apiKey }),
  path: '/v1/embeddings',
  keyHeader: `authorization: Bearer ${apiKey}`,
  tokens: 12,
  model: 'embed-x-001',
  textsIn: (body) => body['input'],
  // In any order: the index says which is whose.
  says: (vectors) =>
    json({
      object: 'list',
      data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })).toReversed(),
      model: 'embed-x-001',
      usage: { prompt_tokens: 12, total_tokens: 12 },
    }),
  fails: (status, message) => json({ error: { message, type: 'an_error', param: null, code: null } }, status),
};

const gemini: EmbedWire = {
  create: (baseUrl) => embedByGemini({ who: 'gemini', model: 'gemini-embedding-x', baseUrl, apiKey }),
  path: '/v1beta/models/gemini-embedding-x:batchEmbedContents',
  keyHeader: `x-goog-api-key: ${apiKey}`,
  tokens: null,
  model: 'gemini-embedding-x',
  textsIn: (body) =>
    (body['requests'] as { content: { parts: { text: string }[] } }[]).map(({ content }) => content.parts[0]?.text),
  says: (vectors) => json({ embeddings: vectors.map((values) => ({ values })) }),
  fails: (status, message) => json({ error: { code: status, message, status: 'FAILED' } }, status),
};

const ollama: EmbedWire = {
  create: (baseUrl) => embedByOllama({ who: 'ollama', model: 'nomic-x', baseUrl, apiKey, keepAliveSeconds: 900 }),
  path: '/api/embed',
  keyHeader: `authorization: Bearer ${apiKey}`,
  tokens: 12,
  model: 'nomic-x',
  textsIn: (body) => body['input'],
  says: (embeddings) =>
    json({ model: 'nomic-x', embeddings, total_duration: 14_143_917, load_duration: 1_019_500, prompt_eval_count: 12 }),
  fails: (status, message) => json({ error: message }, status),
};

export const embedWires = { openai, gemini, ollama };
