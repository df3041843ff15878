import type { GenerateContentResponse } from '@google/genai/web';
import { LlmError, type Answer, type Finish, type LlmRequest, type Provider } from './provider.ts';
import { systemText } from './schema-text.ts';
import { createFetch } from './transport.ts';

export interface GeminiOptions {
  who: string;
  model: string;
  baseUrl: string;
  apiKey?: string | undefined;
  headers?: Readonly<Record<string, string>>;
}

/** What its models think counts as output. */
const thinkingTokens = 4096;

/** Google's Gemini API. The key goes in a header, never into the address, which logs keep. */
export function createGemini(options: GeminiOptions): Provider {
  const { who, model } = options;
  return async ({ messages, schema, maxTokens, signal }: LlmRequest): Promise<Answer> => {
    const client = await connectGemini(options, signal);
    const system = systemText(messages);
    const response = await client.models.generateContent({
      model,
      contents: messages.flatMap(({ role, content }) =>
        role === 'system' ? [] : [{ role: role === 'user' ? 'user' : 'model', parts: [{ text: content }] }],
      ),
      config: {
        ...(system === '' ? {} : { systemInstruction: system }),
        responseMimeType: 'application/json',
        responseJsonSchema: schema,
        maxOutputTokens: maxTokens + thinkingTokens,
        abortSignal: signal,
      },
    });
    if (response.candidates === undefined && response.promptFeedback === undefined)
      throw new LlmError('bad_answer', `${who} answered without a candidate`);
    return answerOf(response, model);
  };
}

/** Its client, for one question that ends with `signal`. */
export async function connectGemini({ who, model, baseUrl, apiKey = '', headers = {} }: GeminiOptions, signal: AbortSignal) {
  // Its build for browsers reads no environment and loads no Google Cloud sign-in: a third of the memory.
  const { GoogleGenAI } = await import('@google/genai/web');
  const fetch = createFetch({ who, model, secrets: [apiKey, ...Object.values(headers)], headers }, signal);
  return new GoogleGenAI({ apiKey, vertexai: false, apiVersion: 'v1beta', httpOptions: { baseUrl, fetch } });
}

function answerOf(
  { candidates, promptFeedback, usageMetadata: usage, modelVersion }: GenerateContentResponse,
  model: string,
): Answer {
  const [candidate] = candidates ?? [];
  const parts = candidate?.content?.parts ?? [];
  const blocked = promptFeedback?.blockReason !== undefined;
  return {
    text: parts.map(({ text, thought }) => (thought === true ? '' : (text ?? ''))).join(''),
    usage:
      usage === undefined
        ? null
        : {
            inputTokens: usage.promptTokenCount ?? 0,
            outputTokens: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
          },
    model: modelVersion ?? model,
    finish: blocked ? 'refusal' : finishOf(candidate?.finishReason),
  };
}

/** All its other reasons say that something was not to be said. */
function finishOf(reason: string | undefined): Finish {
  if (reason === undefined || reason === 'FINISH_REASON_UNSPECIFIED' || reason === 'OTHER') return 'unknown';
  if (reason === 'STOP') return 'stop';
  return reason === 'MAX_TOKENS' ? 'length' : 'refusal';
}
