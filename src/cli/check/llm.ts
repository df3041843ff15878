import type { Config } from '../../config.ts';
import { connectProviders, type Link } from '../../llm/providers.ts';
import { tryProvider } from '../../llm/try-provider.ts';
import type { Check } from './line.ts';

/** A check for each language model that may be asked, by its name; a real question costs money, so that it is for `--llm` only. */
export function llmChecks({ llm }: Config, ask: boolean): [what: string, check: Check][] {
  const links = connectProviders(llm);
  if (links.length === 0) return [['llm', async (_config, tell) => tell({ what: 'llm', state: 'ok', detail: none })]];
  return links.map((link) => [`llm ${link.name}`, ask ? checkAnswer(link) : checkConfigured(link)]);
}

const none = 'none configured: rules alone explain; see llm.providers';

const placeOf = ({ model, server, local }: Link): string => `${model} at ${server.address}${local ? ', local' : ''}`;

const checkConfigured =
  (link: Link): Check =>
  async (_config, tell) =>
    tell({ what: `llm ${link.name}`, state: 'ok', detail: `${placeOf(link)}: not asked; --llm asks it for one word` });

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
