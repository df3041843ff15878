import type { Config } from '../../config.ts';
import { connectEmbedder, connectProviders, type EmbedLink, type Link } from '../../llm/providers.ts';
import { tryEmbedder, tryProvider } from '../../llm/try-provider.ts';
import type { Check } from './line.ts';

type Named = [what: string, check: Check];

/**
 * A check for each language model that may be asked, by its name, and for who makes vectors; a real question costs money, so that it is
 * for `--llm` only.
 */
export function llmChecks({ llm }: Config, ask: boolean): Named[] {
  const models = connectProviders(llm).map((link): Named => {
    const what = `llm ${link.name}`;
    return [what, ask ? checkAnswer(link) : checkConfigured(what, link, 'one word')];
  });
  const nobody: Named = ['llm', async (_config, tell) => tell({ what: 'llm', state: 'ok', detail: none })];
  const embedder = connectEmbedder(llm);
  const vectors: Named[] =
    embedder === undefined
      ? []
      : [[ofVectors, ask ? checkVectors(embedder) : checkConfigured(ofVectors, embedder, 'one vector')]];
  return [...(models.length === 0 ? [nobody] : models), ...vectors];
}

const ofVectors = 'llm embeddings';

const none = 'none configured: rules alone explain; see llm.providers';

const placeOf = ({ model, server, local }: Pick<Link, 'model' | 'server' | 'local'>): string =>
  `${model} at ${server.address}${local ? ', local' : ''}`;

const checkConfigured =
  (what: string, link: Link | EmbedLink, thing: string): Check =>
  async (_config, tell) =>
    tell({ what, state: 'ok', detail: `${placeOf(link)}: not asked; --llm asks it for ${thing}` });

const checkAnswer =
  (link: Link): Check =>
  async (_config, tell) => {
    const { seconds, model, usage, fits } = await tryProvider(link, new AbortController().signal);
    const tokens = usage === null ? 'tokens not told' : `${usage.inputTokens} + ${usage.outputTokens} tokens`;
    const named = model === link.model ? '' : ` as ${model}`;
    tell({
      what: `llm ${link.name}`,
      state: fits ? 'ok' : 'warn',
      detail: `${placeOf(link)} answers${named} in ${seconds.toFixed(1)} s, ${tokens}${fits ? '' : '; its answer does not fit the schema'}`,
      seconds,
    });
  };

const checkVectors =
  (link: EmbedLink): Check =>
  async (_config, tell) => {
    const { seconds, numbers } = await tryEmbedder(link, new AbortController().signal);
    tell({
      what: ofVectors,
      state: 'ok',
      detail: `${placeOf(link)} answers in ${seconds.toFixed(1)} s, with ${numbers} numbers a vector`,
      seconds,
    });
  };
