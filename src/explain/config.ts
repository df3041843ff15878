import { z } from 'zod';
import { rulesConfig, runbooksConfig } from './rules/rules-config.ts';

/** How incidents are explained. */
export const explainConfig = z
  .strictObject({
    rules: rulesConfig,
    runbooks: runbooksConfig,
    local_only_tags: z
      .array(z.string().min(1))
      .default(['pii'])
      .meta({ examples: [['pii', 'gdpr']] })
      .describe(
        'Logs of DAGs with one of these tags leave your hands in no case: only Ollama, and `llm.compatible` with `local: true`, may see them.',
      ),
  })
  .prefault({});

export type ExplainConfig = z.output<typeof explainConfig>;
