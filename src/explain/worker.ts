import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { listOccurrences, readIncidents, type Occurrence } from '../incident/occurrences.ts';
import type { Incident } from '../incident/incident.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError, errorText } from '../lib/errors.ts';
import { backoffMs } from '../lib/retry.ts';
import { redact } from '../redact/redact.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import { loadExplained } from './rows.ts';

/** What the worker did, for metrics. */
export interface ExplainReport {
  what: 'explained' | 'failed' | 'refined';
  seconds: number;
  /** Secrets taken out of its log, by rule. */
  redactions: Readonly<Record<string, number>>;
  /** It is settled by this: no model is asked. */
  settled: boolean;
}

/** Finds out what more can be said of an explanation, later; true when that settles it. */
export type Refine = (signal: AbortSignal) => Promise<boolean>;

/** One explanation, made and kept. */
export interface Explained extends Pick<ExplainReport, 'redactions' | 'settled'> {
  refine: Refine | null;
  /** What was not there, such as a log that is not delivered yet, may come: it is worth explaining again in a while. */
  mayKnowMore: boolean;
}

export interface WorkerOptions {
  store: Store;
  airflow: string;
  clock: Clock;
  logger: Logger;
  /** Explains the newest event of an incident and keeps that. */
  explain: (incident: Incident, signal: AbortSignal) => Promise<Explained>;
  report: (report: ExplainReport) => void;
}

export interface Worker {
  /**
   * Explains what is not explained yet, and returns how many incidents that was; what refines them goes on behind. Never throws. At once
   * 0 while another round runs: that one looks again.
   */
  round: () => Promise<number>;
  stop: () => Promise<void>;
}

/** More wait for the next look: new incidents, which may be worse, come in between. */
const perLookMax = 20;
/** What was resolved longer ago is not explained any more. */
const resolvedMs = 3_600_000;
const backoff = { baseMs: 30_000, capMs: 3_600_000 };
/** What waits to be refined: more are left as they are. */
const refinesMax = 100;

/** Somebody else leads now: it is theirs to explain. */
const isOthers = (error: unknown): boolean => error instanceof AppError && error.code === 'CONFLICT';

/** How often one is explained again that may be known better later. */
const againMax = 3;

interface Failed {
  times: number;
  untilMs: number;
}

const keyOf = ({ incidentId, event }: Pick<Occurrence, 'incidentId' | 'event'>): string => `${incidentId}\u0000${event}`;

/** A surge is explained by what the failures in it are: after them, so that their errors are known, but not after all of a storm. */
function turnOf(wanted: readonly Occurrence[]): Occurrence[] {
  const [surges, others] = [true, false].map((is) => wanted.filter(({ kind }) => (kind === 'failure_rate_high') === is));
  return [...(others ?? []).slice(0, perLookMax), ...(surges ?? []).slice(0, perLookMax)];
}

/** Explains incidents by what the rows say is missing: a restart loses nothing. One that fails is tried again, ever later, and holds up no other. */
export function createWorker({ store, airflow, clock, logger, explain, report }: WorkerOptions): Worker {
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Of what is explained, so that rows are asked for what is new only. */
  let explained = new Set<string>();
  const failed = new Map<string, Failed>();
  /** Explained, and worth another look. */
  const wanting = new Map<string, Failed>();
  const refines: Refine[] = [];
  let refining: Promise<void> = Promise.resolve();
  let running: Promise<number> | undefined;
  let again = false;

  const later = (times: number): Failed => ({ times, untilMs: clock.monotonicMs() + backoffMs(times, backoff, 1) });

  async function look(): Promise<Occurrence[]> {
    const listed = await listOccurrences(store, airflow, new Date(clock.now().getTime() - resolvedMs));
    const keys = new Set(listed.map(keyOf));
    const unknown = listed.filter((each) => !explained.has(keyOf(each)));
    if (unknown.length > 0) {
      const rows = await loadExplained(store, airflow, [...new Set(unknown.map(({ incidentId }) => incidentId))]);
      for (const row of rows) explained.add(keyOf(row));
    }
    // What is gone is forgotten.
    explained = new Set([...explained].filter((key) => keys.has(key)));
    for (const map of [failed, wanting]) for (const key of map.keys()) if (!keys.has(key)) map.delete(key);
    const now = clock.monotonicMs();
    return listed.filter((each) => {
      const key = keyOf(each);
      const waiting = explained.has(key) ? wanting.get(key) : (failed.get(key) ?? { untilMs: now });
      return waiting !== undefined && waiting.untilMs <= now;
    });
  }

  async function explainAll(): Promise<number> {
    let count = 0;
    do {
      again = false;
      const wanted = await look();
      const now = turnOf(wanted);
      const incidents = new Map(
        (
          await readIncidents(
            store,
            airflow,
            now.map(({ incidentId }) => incidentId),
          )
        ).map((each) => [each.id, each]),
      );
      for (const each of now) {
        const incident = incidents.get(each.incidentId);
        if (signal.aborted) return count;
        // Something new happened meanwhile: the next look finds that.
        if (incident === undefined || incident.latest.event !== each.event) continue;
        const came = await explainOne(incident);
        // Whoever leads now explains the rest, too.
        if (came === 'others') return count;
        if (came === 'explained') count += 1;
        await yieldToOthers();
      }
      again ||= wanted.length > now.length;
    } while (again && !signal.aborted);
    return count;
  }

  async function explainOne(incident: Incident): Promise<'explained' | 'failed' | 'others'> {
    const began = clock.monotonicMs();
    const key = keyOf({ incidentId: incident.id, event: incident.latest.event });
    const seconds = (): number => (clock.monotonicMs() - began) / 1000;
    try {
      const { refine, redactions, settled, mayKnowMore } = await explain(incident, signal);
      explained.add(key);
      failed.delete(key);
      const times = (wanting.get(key)?.times ?? 0) + 1;
      if (mayKnowMore && times <= againMax) wanting.set(key, later(times));
      else wanting.delete(key);
      if (refine !== null) refineLater(refine);
      report({ what: 'explained', seconds: seconds(), redactions, settled });
      return 'explained';
    } catch (error) {
      if (signal.aborted || isOthers(error)) return 'others';
      const times = (failed.get(key)?.times ?? 0) + 1;
      failed.set(key, later(times));
      if (times === 1)
        logger.warn('an incident could not be explained; it is tried again', {
          incident: incident.id,
          reason: redact(errorText(error)),
        });
      report({ what: 'failed', seconds: seconds(), redactions: {}, settled: false });
      return 'failed';
    }
  }

  /** One after the other: each may read the logs of several runs. */
  function refineLater(next: Refine): void {
    if (refines.length >= refinesMax) return void next(AbortSignal.abort());
    refines.push(next);
    if (refines.length > 1) return;
    refining = refineAll();
  }

  async function refineAll(): Promise<void> {
    for (let next = refines[0]; next !== undefined && !signal.aborted; next = refines[0]) {
      await yieldToOthers();
      const began = clock.monotonicMs();
      await next(signal).then(
        (settled) => report({ what: 'refined', seconds: (clock.monotonicMs() - began) / 1000, redactions: {}, settled }),
        (error: unknown) => {
          if (!signal.aborted) logger.debug('an explanation was not refined', { reason: redact(errorText(error)) });
        },
      );
      refines.shift();
    }
  }

  async function guarded(): Promise<number> {
    try {
      return await explainAll();
    } catch (error) {
      if (!signal.aborted) logger.warn('what is not explained yet cannot be read', { reason: redact(errorText(error)) });
      return 0;
    } finally {
      running = undefined;
    }
  }

  return {
    round() {
      if (signal.aborted) return Promise.resolve(0);
      if (running !== undefined) {
        again = true;
        return Promise.resolve(0);
      }
      return (running = guarded());
    },
    async stop() {
      stopping.abort();
      await Promise.all([running, refining]);
    },
  };
}
