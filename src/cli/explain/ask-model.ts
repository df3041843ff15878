import { randomBytes } from 'node:crypto';
import type { Config } from '../../config.ts';
import { answerShapes } from '../../explain/call/answer-shape.ts';
import { judgeAnswer } from '../../explain/call/judge-answer.ts';
import { promptFor } from '../../explain/call/prompt.ts';
import { showCase, type Case } from '../../explain/call/shown.ts';
import { createChain } from '../../llm/chain.ts';
import type { ProviderName } from '../../llm/config.ts';
import { connectProviders } from '../../llm/providers.ts';
import { AppError } from '../../lib/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Answer } from './answer.ts';

export interface AskOptions {
  config: Config;
  provider: ProviderName;
  dagId: string;
  taskId: string;
}

const answerTokens = 700;
const quiet: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => quiet };
function nothing(): void {}

/** An answer with a model's word beside that of the rules, if it holds; else with what kept it away. */
export async function askModel(answer: Answer, { config, provider, dagId, taskId }: AskOptions): Promise<Answer> {
  const { explanation, log, evidence, timings, localOnly } = answer;
  if (config.llm[provider].model === undefined)
    throw new AppError(
      'CONFIG',
      `--llm ${provider}: name its model by llm.${provider}.model (WINDSOCK_LLM_${provider.toUpperCase()}_MODEL)`,
    );
  const kase: Case = { type: 'failure', dagId, taskId, evidence, log, rules: explanation };
  const shown = showCase(kase);
  const chain = createChain({
    ...config.llm,
    links: connectProviders({ ...config.llm, providers: [provider] }),
    metrics: { call: (_call, run) => run(), cost: nothing },
    log: quiet,
  });
  const began = performance.now();
  const answered = await chain.ask({
    key: log.signature,
    messages: promptFor(kase, shown, { prompts: config.prompts, nonce: randomBytes(6).toString('hex') }),
    shape: answerShapes.failure,
    maxTokens: answerTokens,
    priority: 0,
    localOnly,
  });
  chain.stop();
  const ms = Math.round(performance.now() - began);
  const all = { ...timings, model_ms: ms, total_ms: (timings['total_ms'] ?? 0) + ms };
  if (answered.source === 'none') return { ...answer, timings: all, model: `${provider} was not heard: ${answered.detail}` };
  const options = { rules: explanation, hosts: hostsOf(config), history: { confirmed: 0, refuted: 0 }, fit: null, cached: false };
  const judged = judgeAnswer(answered.value, shown, options);
  if (judged.kind === 'verified') return { ...answer, explanation: judged.explanation, timings: all, model: null };
  return { ...answer, timings: all, model: `what ${provider} said does not hold: ${judged.why}` };
}

const hostsOf = ({ airflow, notify }: Config): Set<string> =>
  new Set([airflow.base_url, notify.public_url].flatMap((url) => (url === undefined ? [] : [new URL(url).hostname])));
