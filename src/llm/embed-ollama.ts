import { vectorsOf, type Embed } from './embed.ts';
import { llmErrorOf } from './provider.ts';
import { connectOllama, type OllamaOptions } from './ollama.ts';

/** Vectors by Ollama's own API, `/api/embed`. What is longer than the model's context is cut by Ollama: texts here are short. */
export function embedByOllama(options: Omit<OllamaOptions, 'contextTokens'>): Embed {
  const { who, model, keepAliveSeconds } = options;
  return async ({ texts, signal }) => {
    try {
      const client = await connectOllama(options, signal);
      const answer = await client.embed({ model, input: [...texts], keep_alive: keepAliveSeconds });
      // Servers of old versions, and proxies, may leave out whatever the types promise.
      const tokens = answer.prompt_eval_count as number | undefined;
      return {
        vectors: vectorsOf(who, answer.embeddings, texts.length),
        model: answer.model ?? model,
        usage: tokens === undefined ? null : { inputTokens: tokens, outputTokens: 0 },
      };
    } catch (error) {
      throw llmErrorOf(error, who);
    }
  };
}
