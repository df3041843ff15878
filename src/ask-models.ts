import { randomBytes } from 'node:crypto';
import type { Config } from './config.ts';
import type { AskSettings } from './explain/call/ask-one.ts';
import { createAsker } from './explain/call/ask.ts';
import { loadPastCalls } from './explain/call/calls.ts';
import { systemClock } from './lib/clock.ts';
import { createChain, type Chain, type PastCall } from './llm/chain.ts';
import { connectEmbedder, connectProviders } from './llm/providers.ts';
import { createJoining } from './patterns/join-by-meaning.ts';
import { loadPastEmbeddings } from './patterns/keep-vectors.ts';
import type { Meaning } from './patterns/meaning.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';
import type { RcaMetrics } from './telemetry/rca.ts';

export interface Models {
  /** Takes the configuration that is in force now: what needed a person is tried again. */
  renew(): void;
  /** Who can say what errors mean; undefined: nobody. */
  meaning(): Meaning | undefined;
  stop(): Promise<void>;
}

/** Grows when Windsock's own rules of redaction change so that a prompt would be another. */
const redactVersion = 2;

/** Asks the language models of the configuration about explanations and errors that wait, while this process leads. */
export async function askModels(options: {
  store: Store;
  airflow: string;
  config: () => Config;
  leads: () => boolean;
  metrics: RcaMetrics;
  logger: Logger;
}): Promise<Models> {
  const { store, airflow, config, leads, metrics, logger } = options;
  const chainOf = ({ llm }: Config, before: readonly PastCall[]): Chain =>
    createChain({ ...llm, links: connectProviders(llm), embedLink: connectEmbedder(llm), metrics, log: logger, before });
  // What was asked before this start, here or by another replica, counts.
  const now = systemClock.now();
  const past = await Promise.all([loadPastCalls(store, airflow, now), loadPastEmbeddings(store, airflow, now)]).catch(() => []);
  let chain = chainOf(config(), past.flat());
  metrics.watch(() => chain.standing());
  const asker = createAsker({
    store,
    airflow,
    models: () => chain,
    settings: () => settingsOf(config()),
    leads,
    metrics,
    clock: systemClock,
    logger,
    nonce: () => randomBytes(6).toString('hex'),
  });
  asker.run();
  const meaning = (): Meaning | undefined => {
    const { patterns, explain } = config();
    const { embedder } = chain;
    return embedder && { embedder, similarity: patterns.embedding_similarity, localOnlyTags: explain.local_only_tags };
  };
  const joining = createJoining({ store, airflow, meaning, leads, clock: systemClock, logger });
  joining.run();
  return {
    meaning,
    renew: () => {
      const before = chain;
      chain = chainOf(config(), before.calls());
      before.stop();
    },
    async stop() {
      const stopped = Promise.all([asker.stop(), joining.stop()]);
      chain.stop();
      await stopped;
    },
  };
}

function settingsOf({ prompts, explain, llm, redact, airflow, notify }: Config): AskSettings {
  const known = [airflow.base_url, notify.public_url, ...explain.runbooks.map(({ url }) => url)];
  const hosts = known.flatMap((url) => (url === undefined ? [] : [new URL(url).hostname]));
  return {
    prompts,
    localOnlyTags: explain.local_only_tags,
    hosts: new Set(hosts),
    models: llm.providers.map((provider) => ({ provider, model: llm[provider].model ?? '' })),
    redaction: JSON.stringify([redactVersion, redact]),
  };
}
