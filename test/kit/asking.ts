import type { AskSettings } from '../../src/explain/call/ask-one.ts';
import { createAsker, type AskerOptions } from '../../src/explain/call/ask.ts';
import { promptsConfig } from '../../src/explain/call/prompts-config.ts';
import { createChain, type Chain } from '../../src/llm/chain.ts';
import { llmConfig } from '../../src/llm/config.ts';
import { connectProviders } from '../../src/llm/providers.ts';
import type { Store } from '../../src/store/store.ts';
import type { RcaMetrics, RcaOutcome } from '../../src/telemetry/rca.ts';
import { keptLog } from './http.ts';
import { startLlmServer, type Received, type Reply } from './llm-server.ts';
import { wires } from './llm-wires.ts';

/** What a model answers, in the wire format of OpenAI's chat completions. */
export const saying = (text: string, finish?: Parameters<typeof wires.openai.says>[1]): Reply => wires.openai.says(text, finish);
export const failing = (status: number): Reply => wires.openai.fails(status, 'no');

/** An answer as a model writes it. */
export const written = (given: object = {}): string =>
  JSON.stringify({
    evidence: [{ ref: 'L118', quote: 'duplicate key value violates unique constraint' }],
    category: 'data_quality',
    root_cause: 'The insert into mart.orders_daily breaks the unique constraint orders_daily_pkey.',
    transient: 'no',
    next_steps: ['Remove the duplicate rows of 2026-01-02 from the input.'],
    alternative: '',
    certainty: 'high',
    ...given,
  });

export const promptOf = (received: Received | undefined): string => JSON.stringify(received?.body['messages'] ?? '');

export interface Asking extends AsyncDisposable {
  round: () => Promise<number>;
  /** Begins to ask, and waits until nothing is being asked. */
  ask: () => Promise<void>;
  outcomes: RcaOutcome[];
  ratios: number[];
  received: Received[];
  lines: string[];
  time: { now: Date; ms: number };
  chain: () => Chain;
  /** As after a new configuration. */
  renew: () => void;
  stop: () => Promise<void>;
}

/** An asker on a real store, whose model is a server that answers by `reply`. */
export async function startAsking(
  store: Store,
  reply: (received: Received, before: number) => Reply,
  given: { settings?: Partial<AskSettings>; leads?: () => boolean; local?: boolean; now: Date; deadline?: string },
): Promise<Asking> {
  const server = await startLlmServer(reply);
  const outcomes: RcaOutcome[] = [];
  const ratios: number[] = [];
  const { logger, lines } = keptLog();
  const time = { now: given.now, ms: 0 };
  const config = llmConfig.parse({
    providers: ['compatible'],
    compatible: { base_url: `${server.url}/v1`, model: 'm-1', local: given.local ?? false, deadline: given.deadline ?? '20s' },
  });
  const metrics: Pick<RcaMetrics, 'call' | 'cost'> = { call: (_call, ask) => ask(), cost: () => {} };
  const make = (): Chain => createChain({ ...config, links: connectProviders(config), metrics, log: logger });
  let chain = make();
  const settings: AskSettings = {
    prompts: promptsConfig.parse(undefined),
    localOnlyTags: ['pii'],
    hosts: new Set(['airflow.example']),
    models: [{ provider: 'compatible', model: 'm-1' }],
    redaction: '1',
    ...given.settings,
  };
  const options: AskerOptions = {
    store,
    airflow: 'a',
    models: () => chain,
    settings: () => settings,
    leads: given.leads ?? (() => true),
    metrics: { explained: (outcome) => void outcomes.push(outcome), verified: (ratio) => void ratios.push(ratio) },
    clock: { now: () => time.now, monotonicMs: () => time.ms },
    logger,
    nonce: () => '5e1f0a9b3c7d',
  };
  const asker = createAsker(options);
  const stop = async (): Promise<void> => {
    const stopped = asker.stop();
    chain.stop();
    await stopped;
  };
  return {
    round: () => asker.round(),
    async ask() {
      do await asker.settled();
      while ((await asker.round()) > 0);
      await asker.settled();
    },
    outcomes,
    ratios,
    received: server.received,
    lines,
    time,
    chain: () => chain,
    renew() {
      const before = chain;
      chain = make();
      before.stop();
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await server[Symbol.asyncDispose]();
    },
  };
}
