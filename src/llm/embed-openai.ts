import { vectorsOf, type Embed } from './embed.ts';
import { connectOpenai, type OpenaiOptions } from './openai.ts';
import { LlmError, llmErrorOf } from './provider.ts';

/** Vectors by OpenAI's `/v1/embeddings`, or by any server that speaks it. */
export function embedByOpenai(options: OpenaiOptions): Embed {
  const { who, model } = options;
  return async ({ texts, signal }) => {
    try {
      const client = await connectOpenai(options, signal);
      // Unless it is told a format, the SDK asks for base64, which not every compatible server speaks.
      const answer = await client.embeddings.create({ model, input: [...texts], encoding_format: 'float' }, { signal });
      const data = answer.data as typeof answer.data | undefined;
      if (!Array.isArray(data)) throw new LlmError('bad_answer', `${who} answered without vectors`);
      const usage = answer.usage as typeof answer.usage | undefined;
      const inOrder = data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => embedding);
      return {
        vectors: vectorsOf(who, inOrder, texts.length),
        model: answer.model ?? model,
        usage: usage === undefined ? null : { inputTokens: usage.prompt_tokens ?? 0, outputTokens: 0 },
      };
    } catch (error) {
      throw llmErrorOf(error, who);
    }
  };
}
