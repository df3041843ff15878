import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { connectEmbedder, connectProviders } from '../../src/llm/providers.ts';

const load = (environment: Record<string, string>) =>
  loadConfig({ WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://a@b/c', ...environment }).llm;
const canary = 'sk-canary-0123456789abcdef';
const openai = { WINDSOCK_LLM_OPENAI_MODEL: 'gpt-x', WINDSOCK_LLM_OPENAI_API_KEY: canary };

test('nobody is asked unless somebody is named', () => {
  expect(load({}).providers).toEqual([]);
  expect(connectProviders(load(openai))).toEqual([]);
});

test('providers are asked in the order of the list; local ones have more time and one question at a time', () => {
  const environment = { ...openai, WINDSOCK_LLM_PROVIDERS: '[ollama, openai]', WINDSOCK_LLM_OLLAMA_MODEL: 'qwen3:8b' };
  expect(connectProviders(load(environment))).toMatchObject([
    {
      name: 'ollama',
      model: 'qwen3:8b',
      deadlineMs: 240_000,
      concurrency: 1,
      local: true,
      server: { address: '127.0.0.1', port: 11_434 },
    },
    {
      name: 'openai',
      model: 'gpt-x',
      deadlineMs: 60_000,
      concurrency: 4,
      local: false,
      server: { address: 'api.openai.com', port: 443 },
    },
  ]);
});

test('a key comes from a file as well', () => {
  const folder = mkdtempSync(join(tmpdir(), 'windsock-llm-'));
  try {
    writeFileSync(join(folder, 'key'), `${canary}\n`);
    expect(load({ WINDSOCK_LLM_GEMINI_API_KEY_FILE: join(folder, 'key') }).gemini.api_key).toBe(canary);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each<[string, Record<string, string>, boolean]>([
  ['ollama', { OLLAMA_MODEL: 'qwen3:8b' }, true],
  ['ollama', { OLLAMA_MODEL: 'gpt-oss:120b-cloud' }, false],
  ['ollama', { OLLAMA_MODEL: 'm', OLLAMA_BASE_URL: 'https://ollama.com' }, false],
  ['compatible', { COMPATIBLE_MODEL: 'm', COMPATIBLE_BASE_URL: 'http://vllm:8000/v1/' }, false],
  ['compatible', { COMPATIBLE_MODEL: 'm', COMPATIBLE_BASE_URL: 'http://vllm:8000/v1/', COMPATIBLE_LOCAL: 'true' }, true],
])('%s with %o stays in your hands: %s', (name, settings, local) => {
  const environment = Object.entries(settings).map(([key, value]) => [`WINDSOCK_LLM_${key}`, value]);
  const config = load({ WINDSOCK_LLM_PROVIDERS: `[${name}]`, ...Object.fromEntries(environment) });
  expect(connectProviders(config)).toMatchObject([{ local }]);
});

test.each<[Record<string, string>, RegExp]>([
  [
    { WINDSOCK_LLM_PROVIDERS: '[ollama]' },
    /llm\.ollama\.model \(WINDSOCK_LLM_OLLAMA_MODEL\) must be set, because llm\.providers names ollama/,
  ],
  [{ WINDSOCK_LLM_PROVIDERS: '[openai]', WINDSOCK_LLM_OPENAI_MODEL: 'm' }, /llm\.openai\.api_key .* must be set/],
  [{ WINDSOCK_LLM_PROVIDERS: '[compatible]', WINDSOCK_LLM_COMPATIBLE_MODEL: 'm' }, /llm\.compatible\.base_url .* must be set/],
  [{ ...openai, WINDSOCK_LLM_PROVIDERS: '[openai, openai]' }, /llm\.providers\[1\] .*names openai a second time/],
  [{ WINDSOCK_LLM_PROVIDERS: '[chatgpt]' }, /llm\.providers\[0\] .*must be one of ollama, openai, compatible, anthropic, gemini/],
  [
    { WINDSOCK_LLM_OPENAI_BASE_URL: `https://me:${canary}@proxy.example/v1` },
    /must hold no user and no password; use api_key or headers/,
  ],
  [{ WINDSOCK_LLM_OLLAMA_DEADLINE: '0s' }, /llm\.ollama\.deadline .*1s to 1h/],
])('%o is refused, without its secrets', (environment, message) => {
  expect(() => load(environment)).toThrow(message);
  expect(() => load(environment)).not.toThrow(canary);
});

test('a gateway that knows us by a header needs no key', () => {
  const environment = { WINDSOCK_LLM_OPENAI_MODEL: 'm', WINDSOCK_LLM_OPENAI_HEADERS: '{x-gateway: abc}' };
  expect(connectProviders(load({ WINDSOCK_LLM_PROVIDERS: '[openai]', ...environment }))).toHaveLength(1);
});

test('nobody turns errors into vectors unless somebody is named, with a model, and with access as that one needs it', () => {
  expect(connectEmbedder(load({ ...openai, WINDSOCK_LLM_PROVIDERS: '[openai]' }))).toBeUndefined();
  const named = (provider: string, more: Record<string, string> = {}) =>
    connectEmbedder(load({ WINDSOCK_LLM_EMBEDDINGS_PROVIDER: provider, WINDSOCK_LLM_EMBEDDINGS_MODEL: 'e', ...more }));
  expect(named('ollama')).toMatchObject({
    name: 'ollama',
    model: 'e',
    local: true,
    deadlineMs: 60_000,
    server: { port: 11_434 },
  });
  expect(named('openai', { WINDSOCK_LLM_OPENAI_API_KEY: canary })).toMatchObject({ name: 'openai', model: 'e', local: false });
  expect(() => named('openai')).toThrow(/llm\.openai\.api_key .*must be set, because llm\.embeddings\.provider names openai/);
  expect(() => named('compatible')).toThrow(/llm\.compatible\.base_url .*must be set/);
  expect(() => named('anthropic')).toThrow('llm.embeddings.provider');
  expect(() => load({ WINDSOCK_LLM_EMBEDDINGS_PROVIDER: 'ollama' })).toThrow(/llm\.embeddings\.model .*must be set/);
});
