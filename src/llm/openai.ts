import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { LlmError, llmErrorOf, type Answer, type Finish, type LlmRequest, type Provider } from './provider.ts';
import { withSchemaText } from './schema-text.ts';
import { createFetch } from './transport.ts';

export interface OpenaiOptions {
  who: string;
  model: string;
  baseUrl: string;
  /** Local servers ask for none. */
  apiKey?: string | undefined;
  headers?: Readonly<Record<string, string>>;
}

/** How the schema is asked for, strictest first. */
const formats = ['json_schema', 'json_object', 'plain'] as const;
type Format = (typeof formats)[number];

/** What a model takes: some refuse a temperature, and the newer name of the limit, or the older one. */
interface Dialect {
  format: Format;
  limit: 'max_completion_tokens' | 'max_tokens';
  temperature: boolean;
}

/** What was learned of a server and model, by base URL and model: not asked again for what it refused. */
const learned = new Map<string, Dialect>();

/** A model that thinks first does so within the same limit. */
const thinkingTokens = 4096;

/** OpenAI, or any server that speaks its chat completions: vLLM, llama.cpp, LM Studio, LiteLLM, OpenRouter, Azure's v1. */
export function createOpenai(options: OpenaiOptions): Provider {
  const { who, baseUrl, model } = options;
  const own = new URL(baseUrl).hostname.endsWith('.openai.com');
  const key = `${baseUrl} ${model}`;
  const first: Dialect = { format: 'json_schema', limit: own ? 'max_completion_tokens' : 'max_tokens', temperature: !own };
  return async (request) => {
    let dialect = learned.get(key) ?? first;
    for (;;) {
      try {
        const answer = await ask(options, dialect, request);
        learned.set(key, dialect);
        return answer;
      } catch (error) {
        const failure = llmErrorOf(error, who);
        const next = simpler(dialect, failure);
        if (next === undefined) throw failure;
        dialect = next;
      }
    }
  };
}

/** What to try after a refusal: without what it names, else with a weaker format; undefined when it is about something else. */
function simpler(dialect: Dialect, { kind, status, message }: LlmError): Dialect | undefined {
  const about = (pattern: RegExp): boolean => pattern.test(message);
  const namesFormat = about(/response_format|json_schema|json_object|grammar|structured|schema/i);
  if (kind !== 'bad_request' && !(kind === 'overloaded' && (status === 501 || namesFormat))) return undefined;
  if (dialect.temperature && about(/temperature/i)) return { ...dialect, temperature: false };
  if (dialect.limit === 'max_tokens' && about(/max_completion_tokens|max_tokens.{0,40}not supported/i))
    return { ...dialect, limit: 'max_completion_tokens' };
  if (dialect.limit === 'max_completion_tokens' && about(/max_completion_tokens/i)) return { ...dialect, limit: 'max_tokens' };
  if (about(/context|too (?:long|large|many)|maximum|exceed/i) && !namesFormat) return undefined;
  const format = formats[formats.indexOf(dialect.format) + 1];
  return format === undefined ? undefined : { ...dialect, format };
}

/** Its client, for one question that ends with `signal`. */
export async function connectOpenai({ who, model, baseUrl, apiKey, headers = {} }: OpenaiOptions, signal: AbortSignal) {
  const { default: OpenAI } = await import('openai');
  return new OpenAI({
    baseURL: baseUrl,
    // The SDK wants one; what it would read from the environment is not meant for us.
    apiKey: apiKey ?? 'none',
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: 'off',
    fetch: createFetch({ who, model, secrets: [apiKey ?? '', ...Object.values(headers)], headers }, signal),
  });
}

async function ask(options: OpenaiOptions, dialect: Dialect, request: LlmRequest): Promise<Answer> {
  const { who, model } = options;
  const client = await connectOpenai(options, request.signal);
  const completion = await client.chat.completions.create(bodyOf(model, dialect, request), { signal: request.signal });
  // A server that is merely compatible may leave out whatever the types promise.
  const choice = (completion.choices as typeof completion.choices | undefined)?.[0];
  if (choice === undefined) throw new LlmError('bad_answer', `${who} answered without a choice`);
  const { usage } = completion;
  const refusal = choice.message?.refusal ?? '';
  return {
    text: choice.message?.content ?? '',
    usage: usage ? { inputTokens: usage.prompt_tokens ?? 0, outputTokens: usage.completion_tokens ?? 0 } : null,
    model: completion.model ?? model,
    finish: refusal === '' ? finishOf(choice.finish_reason) : 'refusal',
  };
}

function bodyOf(
  model: string,
  dialect: Dialect,
  { messages, schema, maxTokens }: LlmRequest,
): ChatCompletionCreateParamsNonStreaming {
  const { format, limit, temperature } = dialect;
  const strict = { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } } as const;
  const asked =
    format === 'plain' ? {} : { response_format: format === 'json_schema' ? strict : ({ type: 'json_object' } as const) };
  return {
    model,
    messages: format === 'json_schema' ? [...messages] : withSchemaText(messages, schema),
    ...asked,
    ...(limit === 'max_tokens' ? { max_tokens: maxTokens } : { max_completion_tokens: maxTokens + thinkingTokens }),
    ...(temperature ? { temperature: 0 } : {}),
  };
}

/** Compatible servers have words of their own. */
function finishOf(reason: string | null): Finish {
  if (reason === 'stop' || reason === 'eos') return 'stop';
  if (reason === 'length') return 'length';
  return reason === 'content_filter' ? 'refusal' : 'unknown';
}
