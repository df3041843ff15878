import { errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import { LlmError, llmErrorOf, type Answer, type Finish, type LlmRequest, type Provider } from './provider.ts';
import { withSchemaText } from './schema-text.ts';
import { createFetch } from './transport.ts';

export interface OllamaOptions {
  who: string;
  model: string;
  baseUrl: string;
  /** For a server behind a proxy that asks for one. */
  apiKey?: string | undefined;
  headers?: Readonly<Record<string, string>>;
  /** The context it is loaded with: prompt and answer. */
  contextTokens: number;
  /** How long the model stays loaded afterwards. */
  keepAliveSeconds: number;
}

/** unset: the model cannot think. off: it is told not to. low: it cannot but think. on: told not to, it ignored the schema. */
type Thinking = 'unset' | 'off' | 'low' | 'on';

/** What was learned, by base URL and model. */
const learned = new Map<string, Thinking>();

const thinkingTokens = 2048;
/** Fewer characters a token than in any log: what is more than this certainly does not fit. */
const charactersPerTokenMax = 6;

/** Ollama's own API, since over its OpenAI-compatible one the size of the context cannot be set. */
export function createOllama(options: OllamaOptions): Provider {
  const { who, baseUrl, model } = options;
  const key = `${baseUrl} ${model}`;
  return async (request) => {
    const characters = request.messages.reduce((sum, { content }) => sum + content.length, 0);
    if (characters / charactersPerTokenMax + request.maxTokens > options.contextTokens) throw tooLong(who, options.contextTokens);
    const client = await connectOllama(options, request.signal);
    const thinking = learned.get(key) ?? (await probe(client, model));
    learned.set(key, thinking);
    const answer = await ask(client, options, thinking, request).catch((error: unknown) => {
      throw error instanceof LlmError ? error : brokeOff(who, error);
    });
    // Some models lose the schema when they may not think: the next call lets them.
    if (thinking === 'off' && answer.finish === 'stop' && !answer.text.includes('{')) learned.set(key, 'on');
    return answer;
  };
}

const tooLong = (who: string, contextTokens: number): LlmError =>
  new LlmError('bad_request', `${who}: the prompt does not fit its context_tokens of ${contextTokens}; set more`);

/** What Ollama says in the middle of a stream, when its status was 200 already. */
const brokeOff = (who: string, error: unknown): LlmError =>
  new LlmError('overloaded', `${who} broke off: ${redact(errorText(error).slice(0, 200))}`);

/** Its client, for one question that ends with `signal`. */
export async function connectOllama(
  { who, model, baseUrl, apiKey, headers = {} }: Omit<OllamaOptions, 'contextTokens' | 'keepAliveSeconds'>,
  signal: AbortSignal,
) {
  const { Ollama } = await import('ollama/browser');
  const all = { ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }), ...headers };
  // The SDK takes no signal, prints what it cannot read, and sends an OLLAMA_API_KEY that it finds: our fetch does none of that.
  return new Ollama({
    host: baseUrl,
    fetch: createFetch({ who, model, secrets: [apiKey ?? '', ...Object.values(headers)], headers: all }, signal),
  });
}

type Client = Awaited<ReturnType<typeof connectOllama>>;

/** Whether the model thinks, which would eat the answer's tokens unless it is told not to. */
async function probe(client: Client, model: string): Promise<Thinking> {
  try {
    const { capabilities } = await client.show({ model });
    // Old versions do not tell.
    if (!Array.isArray(capabilities) || !capabilities.includes('thinking')) return 'unset';
    return /(?:^|\/)gpt-oss/.test(model) ? 'low' : 'off';
  } catch (error) {
    const failure = llmErrorOf(error, 'ollama');
    // Some proxies let only the chat through.
    if (failure.kind === 'bad_request' || failure.kind === 'bad_answer') return 'unset';
    throw failure;
  }
}

const thinkOf: Record<Thinking, { think?: boolean | 'low' }> = {
  unset: {},
  off: { think: false },
  low: { think: 'low' },
  on: { think: true },
};

async function ask(client: Client, options: OllamaOptions, thinking: Thinking, request: LlmRequest): Promise<Answer> {
  const { who, model, contextTokens, keepAliveSeconds } = options;
  const { schema, maxTokens } = request;
  const thinks = thinking === 'on' || thinking === 'low';
  const body = {
    model,
    messages: withSchemaText(request.messages, schema),
    format: schema,
    // Not in the SDK's types: without it Ollama cuts a prompt that is too long, and says nothing.
    truncate: false,
    keep_alive: keepAliveSeconds,
    ...thinkOf[thinking],
    options: {
      num_ctx: contextTokens,
      num_predict: maxTokens + (thinks ? thinkingTokens : 0),
      temperature: 0,
      seed: 1,
    },
  };
  let text = '';
  for await (const part of await client.chat({ ...body, stream: true })) {
    text += part.message?.content ?? '';
    if (!part.done) continue;
    // Versions that do not know `truncate` fill the context to the brim.
    if (part.prompt_eval_count >= contextTokens - 1) throw tooLong(who, contextTokens);
    return {
      text,
      usage: { inputTokens: part.prompt_eval_count ?? 0, outputTokens: part.eval_count ?? 0 },
      model: part.model ?? model,
      finish: finishOf(part.done_reason),
    };
  }
  throw new LlmError('network', `${who} ended before its answer did`);
}

function finishOf(reason: string | undefined): Finish {
  if (reason === 'stop') return 'stop';
  return reason === 'length' ? 'length' : 'unknown';
}
