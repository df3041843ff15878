import { readIncidents } from '../../incident/occurrences.ts';
import { mildestFirst, type Incident } from '../../incident/incident.ts';
import { saveEvents } from '../../incident/save.ts';
import { sleep, type Clock } from '../../lib/clock.ts';
import { errorText } from '../../lib/errors.ts';
import type { Chain } from '../../llm/chain.ts';
import { redact } from '../../redact/redact.ts';
import type { Store } from '../../store/store.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { RcaMetrics } from '../../telemetry/rca.ts';
import { fromCache, prepare, questionFor, type AskSettings } from './ask-one.ts';
import { saveCall, type AskedCall } from './calls.ts';
import { sureFrom } from './confidence.ts';
import { lineOf } from '../explanation.ts';
import { nothing, ofAnswer, ofCache, type Settlement } from './settlement.ts';
import { loadWaiting, settleExplanation, type KeptExplanation } from '../rows.ts';

export interface AskerOptions {
  store: Store;
  airflow: string;
  models: () => Chain;
  settings: () => AskSettings;
  /** Only who leads asks. */
  leads: () => boolean;
  metrics: Pick<RcaMetrics, 'explained' | 'verified'>;
  clock: Clock;
  logger: Logger;
  /** Of one call, not to be guessed. */
  nonce: () => string;
}

export interface Asker {
  /** Begins to ask for what waits; returns how many questions that is. Never throws. */
  round(): Promise<number>;
  /** Looks every second until it is stopped. */
  run(): void;
  /** Resolves when what is being asked now has an end. */
  settled(): Promise<void>;
  /** Resolves when nothing is written any more. What was not settled stays as it is, for who asks next. */
  stop(): Promise<void>;
}

const lookEveryMs = 1000;
/** More wait as rows: the chain drops the mildest of more than 50. */
const inFlightMax = 20;
const rowsMax = 100;
/** After a failure of the store. */
const notAgainMs = 30_000;
/** What nobody could ask about for so long is not worth it any more. */
const staleMs = 3_600_000;

const keyOf = ({ incidentId, event }: Pick<KeptExplanation, 'incidentId' | 'event'>): string => `${incidentId}\u0000${event}`;

/**
 * Asks language models about explanations that wait, by rows: a restart loses nothing. One statement settles each, and only once, whoever
 * else tries; whatever happens, result A stands.
 */
export function createAsker(options: AskerOptions): Asker {
  const { store, airflow, models, settings, leads, metrics, clock, logger } = options;
  const stopping = new AbortController();
  const flights = new Map<string, Promise<void>>();
  /** Errors that are being asked about: who comes with the same takes that answer from the cache. */
  const errorsAsked = new Set<string>();
  const notBefore = new Map<string, number>();
  let troubled = false;

  async function settle(kept: KeptExplanation, { outcome, resultB, call, ratio }: Settlement): Promise<void> {
    const settled = await store.transaction(async (tx) => {
      if (!(await settleExplanation(tx, airflow, kept, { resultB, outcome }))) return false;
      if (call !== null) await saveCall(tx, airflow, call);
      const isShown = resultB !== null && (outcome === 'llm' || outcome === 'cache');
      // What agrees with the rules in their own words is told already.
      if (isShown && resultB.rootCause !== kept.resultA.rootCause)
        await saveEvents(tx, airflow, [
          { incidentId: kept.incidentId, at: clock.now(), kind: 'explained', who: 'windsock', text: lineOf(resultB) },
        ]);
      return true;
    });
    if (!settled) return;
    metrics.explained(outcome);
    if (ratio !== null) metrics.verified(ratio);
  }

  async function askOne(kept: KeptExplanation, incident: Incident): Promise<void> {
    const current = settings();
    if (kept.resultA.confidence >= sureFrom || current.models.length === 0) return settle(kept, nothing('rules'));
    if (clock.now().getTime() - (kept.askAfter ?? kept.madeAt).getTime() > staleMs) return settle(kept, nothing('busy'));
    const prepared = await prepare(store, airflow, { kept, incident }, current);
    const { hosts } = current;
    const cached = await fromCache(store, airflow, prepared, { hosts, signature: kept.signature, now: clock.now() });
    if (cached !== undefined) return settle(kept, ofCache(cached));
    const question = await questionFor(store, airflow, { kept, incident, prepared }, current, options.nonce());
    const chain = models();
    const answer = await chain.ask(question);
    // A chain that was given up says nothing of the question: who comes next asks again.
    if (stopping.signal.aborted || (answer.source === 'none' && models() !== chain)) return;
    const call: AskedCall = {
      incidentId: kept.incidentId,
      event: kept.event,
      at: clock.now(),
      signature: kept.signature,
      outcome: 'llm',
      detail: '',
      prompt: question.messages,
      record: answer.record ?? null,
      answer: null,
      features: null,
      cacheKey: null,
    };
    await settle(kept, await ofAnswer(store, airflow, answer, { kept, prepared, current, call }));
  }

  function start(kept: KeptExplanation, incident: Incident): void {
    const key = keyOf(kept);
    const { signature } = kept;
    if (signature !== null) errorsAsked.add(signature);
    const flight = askOne(kept, incident)
      .then(
        () => void (troubled = false),
        (error: unknown) => {
          notBefore.set(key, clock.monotonicMs() + notAgainMs);
          if (stopping.signal.aborted || troubled) return;
          troubled = true;
          logger.warn('a language model could not be asked about an incident; it is tried again', {
            reason: redact(errorText(error)),
          });
        },
      )
      .finally(() => {
        flights.delete(key);
        if (signature !== null) errorsAsked.delete(signature);
      });
    flights.set(key, flight);
  }

  async function look(): Promise<number> {
    const rows = await loadWaiting(store, airflow, clock.now(), rowsMax);
    const waiting = rows.filter(
      (row) => !flights.has(keyOf(row)) && (notBefore.get(keyOf(row)) ?? -Infinity) <= clock.monotonicMs(),
    );
    if (waiting.length === 0) return 0;
    const ids = [...new Set(waiting.map(({ incidentId }) => incidentId))];
    const incidents = new Map((await readIncidents(store, airflow, ids)).map((each) => [each.id, each]));
    const severityOf = ({ incidentId }: KeptExplanation): number =>
      mildestFirst.indexOf(incidents.get(incidentId)?.severity ?? 'info');
    let started = 0;
    for (const kept of waiting.toSorted((a, b) => severityOf(b) - severityOf(a))) {
      const incident = incidents.get(kept.incidentId);
      if (incident === undefined || flights.size >= inFlightMax || stopping.signal.aborted) continue;
      if (kept.signature !== null && errorsAsked.has(kept.signature)) continue;
      start(kept, incident);
      started += 1;
    }
    return started;
  }

  async function round(): Promise<number> {
    if (!leads() || stopping.signal.aborted) return 0;
    for (const [key, untilMs] of notBefore) if (untilMs < clock.monotonicMs()) notBefore.delete(key);
    // The cycles say already when the store is away.
    return look().catch(() => 0);
  }

  let running: Promise<void> = Promise.resolve();
  const settled = async (): Promise<void> => {
    await Promise.all(flights.values());
  };
  return {
    round,
    settled,
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
      await settled();
    },
  };
}
