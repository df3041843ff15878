import { systemClock, type Clock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ChainStanding, RcaMetrics } from '../telemetry/rca.ts';
import { askTwice, type AskParts, type Told } from './ask-twice.ts';
import type { CallOutcome } from './breaker.ts';
import type { LlmConfig } from './config.ts';
import { createDispatcher } from './dispatch.ts';
import { createEmbedder, type Embedder } from './embedder.ts';
import { estimateOf, openLedger } from './ledger.ts';
import { llmErrorOf } from './provider.ts';
import type { EmbedLink, Link } from './providers.ts';
import { wasAsked, type CallRecord, type ChainAnswer, type Question } from './question.ts';

export interface ChainOptions {
  links: readonly Link[];
  /** Who turns texts into vectors; on the same books. */
  embedLink?: EmbedLink | undefined;
  budget: LlmConfig['budget'];
  prices: LlmConfig['prices'];
  metrics: Pick<RcaMetrics, 'call' | 'cost'>;
  log: Logger;
  clock?: Clock;
  /** Calls of the last day that were made before this chain: they count in its budget. */
  before?: readonly PastCall[];
}

/** A call: how long ago, and its tokens. */
export interface PastCall {
  ageMs: number;
  tokens: number;
}

export interface Chain {
  /** Never throws, and ends: within the deadlines of its providers once it is asked, and 10 minutes at most before. */
  ask<Value>(question: Question<Value>): Promise<ChainAnswer<Value>>;
  /** Turns texts into vectors; undefined: nobody does. */
  readonly embedder: Embedder | undefined;
  standing(): ChainStanding;
  /** Calls of the last day, for the chain that comes after a new configuration. */
  calls(): PastCall[];
  /** Gives up all questions. */
  stop(): void;
}

/** How long a question that failed is not asked again. */
const notAgainMs = 5 * 60_000;
const failuresKept = 1000;

/**
 * The providers in their order, with a breaker each, a queue, budgets, one flight a key, and a memory for what failed. Whatever
 * happens, the last link is none: the rules stand alone.
 */
export function createChain(options: ChainOptions): Chain {
  const { links, embedLink, budget, prices, metrics, log, clock = systemClock, before = [] } = options;
  const nowMs = (): number => clock.monotonicMs();
  const ledger = openLedger(
    budget,
    before.map(({ ageMs, tokens }) => ({ atMs: nowMs() - ageMs, tokens })),
  );
  const dispatcher = createDispatcher(links, { ledger, log, nowMs });
  const ended = new AbortController();
  const parts: AskParts = { clock, metrics, prices, ledger, signal: ended.signal };
  const embedder = embedLink === undefined ? undefined : createEmbedder(embedLink, { ...parts, log });
  const flights = new Map<string, Promise<ChainAnswer<unknown>>>();
  const failures = new Map<string, { untilMs: number; answer: ChainAnswer<unknown> }>();

  const fly = <Value>(question: Question<Value>): Promise<ChainAnswer<Value>> =>
    new Promise((resolve) =>
      dispatcher.add({
        priority: question.priority,
        sinceMs: nowMs(),
        localOnly: question.localOnly ?? false,
        failed: new Set(),
        tokens: estimateOf(question.messages, question.maxTokens),
        end: (why, detail) => resolve({ source: 'none', why, detail }),
        run: (link) => run(link, question, parts, resolve),
      }),
    );

  return {
    async ask<Value>(question: Question<Value>): Promise<ChainAnswer<Value>> {
      if (links.length === 0) return { source: 'none', why: 'rules', detail: 'no language model is configured' };
      const { key } = question;
      const failed = failures.get(key);
      // The same key asks for the same shape.
      if (failed !== undefined && failed.untilMs > nowMs()) return failed.answer as ChainAnswer<Value>;
      const flying = flights.get(key);
      if (flying !== undefined) return flying as Promise<ChainAnswer<Value>>;
      const flight = fly(question);
      flights.set(key, flight);
      const answer = await flight;
      flights.delete(key);
      failures.delete(key);
      // The same question would end the same, but not where it never reached anybody.
      if (answer.source === 'none' && wasAsked(answer.why)) failures.set(key, { untilMs: nowMs() + notAgainMs, answer });
      for (const oldest of failures.keys()) if (failures.size > failuresKept) failures.delete(oldest);
      return answer;
    },
    embedder,
    standing: () => ({
      breakers: {
        ...dispatcher.breakers(),
        ...(embedder === undefined || embedLink === undefined ? {} : { [`${embedLink.name}/embeddings`]: embedder.breaker() }),
      },
      budget: ledger.left(nowMs()),
      waiting: dispatcher.waiting(),
    }),
    calls: () => ledger.spent(nowMs()).map(({ atMs, tokens }) => ({ ageMs: nowMs() - atMs, tokens })),
    stop() {
      ended.abort();
      dispatcher.stop();
    },
  };
}

async function run<Value>(
  link: Link,
  question: Question<Value>,
  parts: AskParts,
  settle: (answer: ChainAnswer<Value>) => void,
): Promise<CallOutcome> {
  try {
    const { told, record } = await askTwice(link, question, parts);
    settle(answerOf(told, record));
    return told.kind === 'unreadable' ? { kind: 'unreadable', why: unreadable(link.name, told.problems) } : { kind: 'answered' };
  } catch (error) {
    return { kind: 'error', error: llmErrorOf(error, link.name) };
  }
}

const unreadable = (name: string, problems: readonly string[]): string =>
  `${name} answered what cannot be used: ${problems.join('; ')}`;

function answerOf<Value>(told: Told<Value>, record: CallRecord): ChainAnswer<Value> {
  switch (told.kind) {
    case 'answered':
      return { source: 'llm', value: told.value, unknowns: told.unknowns, record };
    case 'refused':
      return { source: 'none', why: 'refused', detail: `${record.provider} would not answer`, record };
    case 'unreadable':
      return { source: 'none', why: 'invalid', detail: unreadable(record.provider, told.problems), record };
  }
}
