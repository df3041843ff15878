import { AppError } from '../lib/errors.ts';
import { createAnthropic } from './anthropic.ts';
import type { LlmConfig, ProviderName } from './config.ts';
import { createGemini } from './gemini.ts';
import { createOllama } from './ollama.ts';
import { createOpenai } from './openai.ts';
import type { Provider } from './provider.ts';

/** One provider of the chain, ready to be asked. */
export interface Link {
  name: ProviderName;
  model: string;
  ask: Provider;
  deadlineMs: number;
  concurrency: number;
  /** What it is sent stays in the user's hands. */
  local: boolean;
  /** For telemetry. */
  server: { address: string; port: number };
}

/** What each provider takes of the configuration beside address, model, key and headers. */
const creators = {
  ollama: (common, { ollama }) =>
    createOllama({ ...common, contextTokens: ollama.context_tokens, keepAliveSeconds: ollama.keep_alive / 1000 }),
  openai: (common) => createOpenai(common),
  compatible: (common) => createOpenai(common),
  anthropic: (common) => createAnthropic(common),
  gemini: (common) => createGemini(common),
} satisfies Record<ProviderName, (common: Common, config: LlmConfig) => Provider>;

interface Common {
  who: string;
  model: string;
  baseUrl: string;
  apiKey?: string;
  headers: Readonly<Record<string, string>>;
}

/** The providers that the configuration names, in its order. Nothing is loaded or asked before the first question. */
export const connectProviders = (config: LlmConfig): Link[] => config.providers.map((name) => connect(name, config));

function connect(name: ProviderName, config: LlmConfig): Link {
  const { model, base_url: baseUrl, api_key: apiKey, headers, deadline, concurrency } = config[name];
  if (model === undefined || baseUrl === undefined)
    throw new AppError('CONFIG', `llm.${name} needs a model and a base_url, because llm.providers names it`);
  const url = new URL(baseUrl);
  const common = { who: name, model, baseUrl: baseUrl.replace(/\/+$/, ''), headers, ...(apiKey === undefined ? {} : { apiKey }) };
  return {
    name,
    model,
    ask: creators[name](common, config),
    deadlineMs: deadline,
    concurrency,
    local: isLocal(name, model, url, config),
    server: { address: url.hostname, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) },
  };
}

/** Ollama's cloud models have it in their name, and run elsewhere although this machine answers. */
const isLocal = (name: ProviderName, model: string, { hostname }: URL, { compatible }: LlmConfig): boolean =>
  name === 'ollama'
    ? !/[-:]cloud$/.test(model) && !/(?:^|\.)ollama\.com$/.test(hostname)
    : name === 'compatible' && compatible.local;
