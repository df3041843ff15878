import { vectorsOf, type Embed } from './embed.ts';
import { connectGemini, type GeminiOptions } from './gemini.ts';
import { llmErrorOf } from './provider.ts';

/** Vectors by Google's Gemini API; it does not tell the tokens. */
export function embedByGemini(options: GeminiOptions): Embed {
  const { who, model } = options;
  return async ({ texts, signal }) => {
    try {
      const client = await connectGemini(options, signal);
      const answer = await client.models.embedContent({
        model,
        // As contents of their own: of plain texts its newer models make one vector for all.
        contents: texts.map((text) => ({ role: 'user', parts: [{ text }] })),
        config: { taskType: 'SEMANTIC_SIMILARITY', abortSignal: signal },
      });
      const vectors = answer.embeddings?.map(({ values }) => values);
      return { vectors: vectorsOf(who, vectors, texts.length), model, usage: null };
    } catch (error) {
      throw llmErrorOf(error, who);
    }
  };
}
