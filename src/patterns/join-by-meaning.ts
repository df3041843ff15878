import { sleep, type Clock } from '../lib/clock.ts';
import { errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import { readFounders, readVectors, readWaiting, saveVectors } from './keep-vectors.ts';
import { mayBeSent, pairsOf, textOf, type Meaning } from './meaning.ts';
import { joinErrors } from './record-errors.ts';

export interface JoiningOptions {
  store: Store;
  airflow: string;
  /** Undefined: nobody makes vectors. */
  meaning: () => Meaning | undefined;
  /** Only who leads asks. */
  leads: () => boolean;
  clock: Clock;
  logger: Logger;
}

export interface Joining {
  /** Asks once about clusters that wait; returns how many got a vector. Never throws. */
  round(): Promise<number>;
  /** Looks every minute until it is stopped. */
  run(): void;
  /** Resolves when nothing is written any more. */
  stop(): Promise<void>;
}

const lookEveryMs = 60_000;
/** Of one call: its answer stays far below what is read of one. */
const textsMax = 16;
/** One that is refused alone is not asked about again so soon. */
const notAgainMs = 3_600_000;

/**
 * Makes vectors of clusters that have none, by rows, and joins clusters that mean the same, beside the cycles. Without a provider, or
 * when it fails, clusters stay as words have them. Nothing is ever split.
 */
export function createJoining({ store, airflow, meaning, leads, clock, logger }: JoiningOptions): Joining {
  const stopping = new AbortController();
  const notBefore = new Map<string, number>();
  let batch = textsMax;
  let troubled = false;

  async function join(by: Meaning): Promise<number> {
    const { embedder, similarity: at } = by;
    const { space } = embedder;
    const nowMs = clock.monotonicMs();
    for (const [id, untilMs] of notBefore) if (untilMs <= nowMs) notBefore.delete(id);
    const waiting = await mayBeSent(store, airflow, await readWaiting(store, airflow, space), by);
    const next = waiting.filter(({ id }) => !notBefore.has(id)).slice(0, batch);
    const founders = await readFounders(
      store,
      airflow,
      next.map(({ id }) => id),
    );
    if (founders.length === 0) return 0;
    const answer = await embedder.embed(founders.map((each) => textOf(each)));
    if (answer.kind === 'none') {
      // It may be about one of them: then the others go on, one by one.
      if (answer.why === 'failed' && batch === 1) notBefore.set(next[0]?.id ?? '', nowMs + notAgainMs);
      if (answer.why === 'failed') batch = 1;
      return 0;
    }
    batch = textsMax;
    const fresh = founders.map((each, index) => ({ ...each, vector: answer.vectors[index] ?? [] }));
    const types = [...new Set(fresh.map(({ type }) => type))];
    const pairs = pairsOf(fresh, [], at);
    for await (const known of readVectors(store, airflow, { space, types })) pairs.push(...pairsOf(fresh, known, at));
    if (stopping.signal.aborted) return 0;
    // Together: what has a vector was compared.
    const joined = await store.transaction(async (tx) => {
      await saveVectors(tx, airflow, fresh, { space, tokens: answer.tokens, now: clock.now() });
      return joinErrors(tx, airflow, pairs);
    });
    if (joined > 0) logger.info('clusters of errors that mean the same were joined', { clusters: joined });
    return fresh.length;
  }

  async function round(): Promise<number> {
    const by = meaning();
    if (by === undefined || !leads() || stopping.signal.aborted) return 0;
    try {
      const made = await join(by);
      troubled = false;
      return made;
    } catch (error) {
      if (!stopping.signal.aborted && !troubled)
        logger.warn('errors could not be compared by their meaning; it is tried again', { reason: redact(errorText(error)) });
      troubled = true;
      return 0;
    }
  }

  let running: Promise<void> = Promise.resolve();
  return {
    round,
    run() {
      running = (async () => {
        while (!stopping.signal.aborted) {
          await round();
          await sleep(lookEveryMs, stopping.signal);
        }
      })();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
