import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { RcaMetrics } from '../telemetry/rca.ts';
import { errorTypeOf, telemetryNameOf } from './ask-twice.ts';
import { afterCall, afterStart, closedBreaker, permitOf, type Breaker, type CallOutcome } from './breaker.ts';
import { tokensOf } from './budget.ts';
import { callProvider } from './call.ts';
import type { LlmConfig } from './config.ts';
import type { Embedded } from './embed.ts';
import { tellChange } from './dispatch.ts';
import { costFor, type Ledger } from './ledger.ts';
import { LlmError, llmErrorOf } from './provider.ts';
import type { EmbedLink } from './providers.ts';

/** Why there are no vectors. busy: others are being made. breaker: who makes them is left alone for a while. */
export type Embedding =
  | {
      kind: 'vectors';
      vectors: readonly (readonly number[])[];
      /** Of the call; an estimate where the server does not say. */ tokens: number;
    }
  | { kind: 'none'; why: 'budget' | 'breaker' | 'busy' | 'failed'; /** For people, safe to show. */ detail: string };

/** Turns texts into vectors, once, with what asking costs on the books. */
export interface Embedder {
  /** Provider and model: vectors of another space cannot be compared. */
  space: string;
  /** What it is sent stays in the user's hands. */
  local: boolean;
  /** Never throws, and ends within the deadline: the provider's own, or less. */
  embed(texts: readonly string[], deadlineMs?: number): Promise<Embedding>;
  breaker(): Breaker['state'];
}

export interface EmbedderParts {
  clock: Clock;
  metrics: Pick<RcaMetrics, 'call' | 'cost'>;
  prices: LlmConfig['prices'];
  ledger: Ledger;
  log: Logger;
  /** Ends what is under way. */
  signal: AbortSignal;
}

const knownMax = 64;

/** The embedder of the configuration, with a breaker of its own. It spends of the chain's budget what explanations leave: half of each limit. */
export function createEmbedder(link: EmbedLink, parts: EmbedderParts): Embedder {
  const { clock, ledger, log } = parts;
  const nowMs = (): number => clock.monotonicMs();
  let breaker = closedBreaker;
  let inFlight = 0;
  // Of single texts, which people ask about again and again; oldest first.
  const known = new Map<string, readonly number[]>();

  function refusal(tokens: number): Embedding | undefined {
    const permit = permitOf(breaker, nowMs());
    if (permit.kind === 'no' || permit.kind === 'wait') return { kind: 'none', why: 'breaker', detail: breaker.why };
    if (inFlight >= link.concurrency) return { kind: 'none', why: 'busy', detail: 'other vectors are being made' };
    const broken = ledger.brokenSpare(tokens, nowMs());
    return broken === null ? undefined : { kind: 'none', why: 'budget', detail: `half of llm.budget.${broken} is used up` };
  }

  function end(outcome: CallOutcome): void {
    inFlight -= 1;
    const before = breaker;
    breaker = afterCall(before, outcome, nowMs());
    tellChange(log, link, before, breaker);
  }

  return {
    space: `${link.name} ${link.model}`,
    local: link.local,
    async embed(texts, deadlineMs = link.deadlineMs) {
      const [text = ''] = texts;
      const before = texts.length === 1 ? known.get(text) : undefined;
      if (before !== undefined) return { kind: 'vectors', vectors: [before], tokens: 0 };
      const refused = refusal(tokensOf(texts));
      if (refused !== undefined) return refused;
      breaker = afterStart(breaker);
      inFlight += 1;
      try {
        const { vectors, tokens } = await callBooked(link, texts, Math.min(deadlineMs, link.deadlineMs), parts);
        end({ kind: 'answered' });
        if (texts.length === 1 && vectors[0] !== undefined) known.set(text, vectors[0]);
        for (const oldest of known.keys()) if (known.size > knownMax) known.delete(oldest);
        return { kind: 'vectors', vectors, tokens };
      } catch (error) {
        const failure = llmErrorOf(error, link.name);
        end({ kind: 'error', error: failure });
        return { kind: 'none', why: 'failed', detail: failure.message };
      }
    },
    breaker: () => breaker.state,
  };
}

/** One call, measured and on the books. */
async function callBooked(
  link: EmbedLink,
  texts: readonly string[],
  deadlineMs: number,
  parts: EmbedderParts,
): Promise<{ vectors: number[][]; tokens: number }> {
  const { clock, metrics, ledger, signal } = parts;
  const estimate = tokensOf(texts);
  const entry = ledger.book(estimate, clock.monotonicMs());
  const call = {
    operation: 'embeddings' as const,
    provider: telemetryNameOf(link.name),
    model: link.model,
    maxTokens: null,
    server: link.server,
  };
  const asked = async (): Promise<Embedded & { finish: null }> => ({
    ...(await callProvider(link.embed, { texts, signal }, { who: link.name, deadlineMs, clock })),
    finish: null,
  });
  try {
    const { vectors, usage } = await metrics.call(call, asked, errorTypeOf);
    const tokens = usage?.inputTokens ?? estimate;
    entry.settle(tokens);
    costFor(link, { inputTokens: tokens, outputTokens: 0 }, parts);
    return { vectors, tokens };
  } catch (error) {
    // What a server did for nobody may cost as well.
    if (!(error instanceof LlmError && (error.kind === 'timeout' || error.kind === 'aborted'))) entry.settle(0);
    throw error;
  }
}
