import { LlmError, llmErrorOf, type Answer, type Finish, type LlmRequest, type Provider } from './provider.ts';
import { systemText, withSchemaText } from './schema-text.ts';
import { createFetch } from './transport.ts';

export interface AnthropicOptions {
  who: string;
  model: string;
  baseUrl: string;
  apiKey?: string | undefined;
  headers?: Readonly<Record<string, string>>;
}

/** Models that take no schema, by base URL and model. */
const withoutFormat = new Set<string>();

/** Anthropic's messages API. No temperature is sent: newer models refuse any but their own. */
export function createAnthropic(options: AnthropicOptions): Provider {
  const key = `${options.baseUrl} ${options.model}`;
  return async (request) => {
    if (withoutFormat.has(key)) return ask(options, request, false);
    try {
      return await ask(options, request, true);
    } catch (error) {
      const failure = llmErrorOf(error, options.who);
      if (failure.kind !== 'bad_request' || !/output_config|output_format|structured output|schema/i.test(failure.message))
        throw failure;
      const answer = await ask(options, request, false);
      withoutFormat.add(key);
      return answer;
    }
  };
}

async function ask(options: AnthropicOptions, request: LlmRequest, formatted: boolean): Promise<Answer> {
  const { who, model, baseUrl, apiKey = '', headers = {} } = options;
  const { default: Anthropic } = await import('@anthropic-ai/sdk');
  const client = new Anthropic({
    baseURL: baseUrl,
    apiKey,
    maxRetries: 0,
    logLevel: 'off',
    // Its spans would stand beside ours.
    openTelemetry: false,
    fetch: createFetch({ who, model, secrets: [apiKey, ...Object.values(headers)], headers }, request.signal),
  });
  const { schema, maxTokens } = request;
  const messages = formatted ? request.messages : withSchemaText(request.messages, schema);
  const system = systemText(messages);
  const format = { output_config: { format: { type: 'json_schema' as const, schema: { ...schema } } } };
  const message = await client.messages.create(
    {
      model,
      max_tokens: maxTokens,
      ...(system === '' ? {} : { system }),
      messages: messages.flatMap(({ role, content }) => (role === 'system' ? [] : [{ role, content }])),
      ...(formatted ? format : {}),
    },
    { signal: request.signal },
  );
  if (!Array.isArray(message.content)) throw new LlmError('bad_answer', `${who} answered without content`);
  return {
    text: message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    usage: usageOf(message.usage),
    model: message.model ?? model,
    finish: finishOf(message.stop_reason),
  };
}

interface Counted {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number | null;
  cache_read_input_tokens: number | null;
}

/** What is read from and written to their cache is input that is counted apart. */
const usageOf = (usage: Counted | undefined) =>
  usage === undefined
    ? null
    : {
        inputTokens: usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0),
        outputTokens: usage.output_tokens,
      };

function finishOf(reason: string | null): Finish {
  if (reason === 'end_turn' || reason === 'stop_sequence') return 'stop';
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'length';
  return reason === 'refusal' ? 'refusal' : 'unknown';
}
