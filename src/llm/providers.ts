import { AppError } from '../lib/errors.ts';
import { createAnthropic } from './anthropic.ts';
import type { EmbedderName, LlmConfig, ProviderName } from './config.ts';
import type { Embed } from './embed.ts';
import { embedByGemini } from './embed-gemini.ts';
import { embedByOllama } from './embed-ollama.ts';
import { embedByOpenai } from './embed-openai.ts';
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

/** Who turns texts into vectors, ready to be asked. */
export interface EmbedLink extends Pick<Link, 'model' | 'deadlineMs' | 'concurrency' | 'local' | 'server'> {
  name: EmbedderName;
  embed: Embed;
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

const embedders = {
  ollama: (common, { ollama }) => embedByOllama({ ...common, keepAliveSeconds: ollama.keep_alive / 1000 }),
  openai: (common) => embedByOpenai(common),
  compatible: (common) => embedByOpenai(common),
  gemini: (common) => embedByGemini(common),
} satisfies Record<EmbedderName, (common: Common, config: LlmConfig) => Embed>;

interface Common {
  who: string;
  model: string;
  baseUrl: string;
  apiKey?: string;
  headers: Readonly<Record<string, string>>;
}

/** The providers that the configuration names, in its order. Nothing is loaded or asked before the first question. */
export const connectProviders = (config: LlmConfig): Link[] => config.providers.map((name) => connect(name, config));

/** Who turns texts into vectors by the configuration; undefined: nobody. Nothing is loaded or asked before the first texts. */
export function connectEmbedder(config: LlmConfig): EmbedLink | undefined {
  const { provider: name, model, deadline } = config.embeddings;
  if (name === undefined) return undefined;
  const { common, server, local } = accessOf(name, model, config);
  const { concurrency } = config[name];
  return { name, model: common.model, embed: embedders[name](common, config), deadlineMs: deadline, concurrency, local, server };
}

function connect(name: ProviderName, config: LlmConfig): Link {
  const { model, deadline, concurrency } = config[name];
  const { common, server, local } = accessOf(name, model, config);
  return { name, model: common.model, ask: creators[name](common, config), deadlineMs: deadline, concurrency, local, server };
}

function accessOf(
  name: ProviderName,
  model: string | undefined,
  config: LlmConfig,
): { common: Common } & Pick<Link, 'server' | 'local'> {
  const { base_url: baseUrl, api_key: apiKey, headers } = config[name];
  if (model === undefined || baseUrl === undefined)
    throw new AppError('CONFIG', `llm.${name} needs a model and a base_url, because the configuration names it`);
  const url = new URL(baseUrl);
  return {
    common: { who: name, model, baseUrl: baseUrl.replace(/\/+$/, ''), headers, ...(apiKey === undefined ? {} : { apiKey }) },
    server: { address: url.hostname, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) },
    local: isLocal(name, model, url, config),
  };
}

/** Ollama's cloud models have it in their name, and run elsewhere although this machine answers. */
const isLocal = (name: ProviderName, model: string, { hostname }: URL, { compatible }: LlmConfig): boolean =>
  name === 'ollama'
    ? !/[-:]cloud$/.test(model) && !/(?:^|\.)ollama\.com$/.test(hostname)
    : name === 'compatible' && compatible.local;
