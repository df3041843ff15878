import { z } from 'zod';
import { duration, serverAddress } from '../lib/config-types.ts';

/** What may be asked, each at most once: `compatible` is any server that speaks OpenAI's chat completions. */
export const providerNames = ['ollama', 'openai', 'compatible', 'anthropic', 'gemini'] as const;
export type ProviderName = (typeof providerNames)[number];

const address = () => serverAddress('api_key or headers');

/** What every provider is told. */
function settings({ model, deadline, concurrency }: { model: string; deadline: string; concurrency: number }) {
  return {
    model: z
      .string()
      .min(1)
      .optional()
      .meta({ examples: [model] })
      .describe('Model to ask; needed where `llm.providers` names this.'),
    api_key: z
      .string()
      .min(1)
      .optional()
      .meta({ secret: true, examples: ['API-KEY'] })
      .describe('Its API key.'),
    headers: z
      .record(z.string(), z.string())
      .meta({ secret: true, examples: [{ 'X-Team': 'data' }] })
      .default({})
      .describe('More headers of each request, such as a gateway wants.'),
    deadline: duration({ minMs: 1000, maxMs: 3_600_000 })
      .prefault(deadline)
      .describe('Limit of one answer, with the one repeat after an error in it.'),
    concurrency: z.number().int().min(1).max(64).default(concurrency).describe('Requests at the same time at most.'),
  };
}

const hosted = (model: string, baseUrl: string) =>
  z
    .strictObject({
      base_url: address().default(baseUrl).describe('Its address, or that of a gateway to it.'),
      ...settings({ model, deadline: '60s', concurrency: 4 }),
    })
    .prefault({});

const ollama = z
  .strictObject({
    base_url: address().default('http://127.0.0.1:11434').describe('Its address.'),
    ...settings({ model: 'qwen3:8b', deadline: '240s', concurrency: 1 }),
    context_tokens: z
      .number()
      .int()
      .min(2048)
      .max(1_048_576)
      .default(8192)
      .describe('Context that the model is loaded with (`num_ctx`): prompt and answer must fit. More takes more memory.'),
    keep_alive: duration().prefault('15m').describe('How long the model stays loaded after an answer.'),
  })
  .prefault({});

const compatible = z
  .strictObject({
    base_url: address()
      .optional()
      .meta({ examples: ['http://vllm.example:8000/v1'] })
      .describe('Its address up to `/chat/completions`: vLLM, llama.cpp, LM Studio, LiteLLM, OpenRouter, Azure OpenAI.'),
    ...settings({ model: 'qwen3-32b', deadline: '240s', concurrency: 4 }),
    local: z
      .boolean()
      .default(false)
      .describe('Whether what it is sent stays in your hands: then it may see what must not leave them.'),
  })
  .prefault({});

const budget = z
  .strictObject({
    calls_per_hour: z.number().int().min(0).default(30).describe('Calls to all providers in any hour at most, repairs included.'),
    calls_per_day: z.number().int().min(0).default(200).describe('Calls in any 24 hours at most.'),
    tokens_per_hour: z.number().int().min(0).default(150_000).describe('Tokens, sent and answered, in any hour at most.'),
    tokens_per_day: z.number().int().min(0).default(500_000).describe('Tokens, sent and answered, in any 24 hours at most.'),
  })
  .prefault({});

/** Anthropic has none. */
export const embedderNames = ['ollama', 'openai', 'compatible', 'gemini'] as const;
export type EmbedderName = (typeof embedderNames)[number];

const embeddings = z
  .strictObject({
    provider: z
      .enum(embedderNames)
      .optional()
      .meta({ examples: ['ollama'] })
      .describe(
        'Who turns errors into vectors, with the address, key and headers of its own section: a second opinion on which errors are one. It is sent classes and masked messages, no logs. Unset: nobody is asked.',
      ),
    model: z
      .string()
      .min(1)
      .optional()
      .meta({ examples: ['nomic-embed-text'] })
      .describe('Its model; needed with `llm.embeddings.provider`. With another one all vectors are made anew.'),
    deadline: duration({ minMs: 1000, maxMs: 3_600_000 })
      .prefault('60s')
      .describe('Limit of one call, with the one repeat after an error in it.'),
  })
  .prefault({});

const price = z.strictObject({ input: z.number().min(0), output: z.number().min(0) });

const unset = (value: string | undefined): boolean => value === undefined;

/** Which language models are asked, and how much. */
export const llmConfig = z
  .strictObject({
    providers: z
      .array(z.enum(providerNames))
      .default([])
      .meta({ examples: [['ollama', 'anthropic']] })
      .describe('Who is asked, in this order: the next one where one fails or is not to be asked. Empty: rules alone explain.'),
    ollama,
    openai: hosted('gpt-5-mini', 'https://api.openai.com/v1'),
    compatible,
    anthropic: hosted('claude-haiku-4-5', 'https://api.anthropic.com'),
    gemini: hosted('gemini-2.5-flash', 'https://generativelanguage.googleapis.com'),
    embeddings,
    budget,
    prices: z
      .record(z.string().min(1), price)
      .default({})
      .meta({ examples: [{ 'gpt-5*': { input: 0.25, output: 2 } }] })
      .describe(
        'Prices of a million tokens by model, with * and ?, in the currency you like: what `rca_cost_total` counts. The first that fits counts.',
      ),
  })
  .prefault({})
  .superRefine((config, context) => {
    const lack = (name: ProviderName | 'embeddings', key: string, named: ProviderName, by = 'llm.providers'): void =>
      context.addIssue({ code: 'custom', path: [name, key], message: `must be set, because ${by} names ${named}` });
    const checkAccess = (name: ProviderName, by?: string): void => {
      if (name === 'compatible' && unset(config.compatible.base_url)) lack(name, 'base_url', name, by);
      const needsKey = name === 'openai' || name === 'anthropic' || name === 'gemini';
      if (needsKey && unset(config[name].api_key) && Object.keys(config[name].headers).length === 0)
        lack(name, 'api_key', name, by);
    };
    for (const [index, name] of config.providers.entries()) {
      if (config.providers.indexOf(name) < index)
        context.addIssue({ code: 'custom', path: ['providers', index], message: `names ${name} a second time` });
      if (unset(config[name].model)) lack(name, 'model', name);
      checkAccess(name);
    }
    const { provider, model } = config.embeddings;
    if (provider === undefined) return;
    const by = 'llm.embeddings.provider';
    if (unset(model)) lack('embeddings', 'model', provider, by);
    if (!config.providers.includes(provider)) checkAccess(provider, by);
  });

export type LlmConfig = z.output<typeof llmConfig>;
