import { permitOf, type Breaker } from './breaker.ts';
import type { ProviderName } from './config.ts';

const queueLengthMax = 50;
const waitMsMax = 10 * 60_000;

/** A question that waits. */
export interface Waiting {
  /** Higher goes first. */
  priority: number;
  sinceMs: number;
  localOnly: boolean;
  /** Providers that failed it already. */
  failed: ReadonlySet<ProviderName>;
}

/** How one provider stands. */
export interface Standing {
  name: ProviderName;
  local: boolean;
  concurrency: number;
  inFlight: number;
  breaker: Breaker;
}

/** Urgent first, then who waits longest: the order in which the queue is served. */
export const byUrgency = (a: Waiting, b: Waiting): number => b.priority - a.priority || a.sinceMs - b.sinceMs;

/** Who leaves the queue at `nowMs`, because its answer would come too late, or because there are too many: the least urgent. */
export function dropped<Job extends Waiting>(queue: readonly Job[], nowMs: number): Job[] {
  const late = queue.filter(({ sinceMs }) => nowMs - sinceMs > waitMsMax);
  const rest = queue.filter((job) => !late.includes(job)).sort(byUrgency);
  return [...late, ...rest.slice(queueLengthMax)];
}

export type Choice =
  | { kind: 'ask'; name: ProviderName }
  /** For one that is busy, or asked us to wait: until then at the latest. */
  | { kind: 'wait'; untilMs: number }
  /** Nobody may be asked: each is open or degraded, failed this question, or must not see it. */
  | { kind: 'nobody'; why: 'breaker' | 'failed' | 'rules' };

/** Who is to be asked, in the order of the chain. A busy one is waited for, since the order is the user's wish. */
export function choose(job: Waiting, chain: readonly Standing[], nowMs: number): Choice {
  const may = chain.filter(({ name, local }) => !job.failed.has(name) && (local || !job.localOnly));
  let untilMs = Infinity;
  for (const { name, concurrency, inFlight, breaker } of may) {
    const permit = permitOf(breaker, nowMs);
    if (permit.kind === 'yes' || permit.kind === 'probe') {
      return inFlight < concurrency ? { kind: 'ask', name } : { kind: 'wait', untilMs: job.sinceMs + waitMsMax };
    }
    if (permit.kind === 'wait') untilMs = Math.min(untilMs, permit.untilMs);
  }
  if (untilMs <= job.sinceMs + waitMsMax) return { kind: 'wait', untilMs };
  if (job.failed.size > 0) return { kind: 'nobody', why: 'failed' };
  return { kind: 'nobody', why: may.length === 0 ? 'rules' : 'breaker' };
}
