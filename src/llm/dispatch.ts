import type { Logger } from '../telemetry/logger.ts';
import { afterCall, afterStart, closedBreaker, type Breaker, type CallOutcome } from './breaker.ts';
import type { ProviderName } from './config.ts';
import type { Ledger } from './ledger.ts';
import type { Link } from './providers.ts';
import type { NoneWhy } from './question.ts';
import { byUrgency, choose, dropped, type Standing, type Waiting } from './queue.ts';

/** A question in the queue. */
export interface Job extends Waiting {
  /** About how many tokens it takes. */
  tokens: number;
  /** Asks one provider, and settles the question unless that failed with an error. Never throws. */
  run: (link: Link) => Promise<CallOutcome>;
  /** Settles it without an answer. */
  end: (why: NoneWhy, detail: string) => void;
}

export interface Dispatcher {
  add(job: Job): void;
  breakers(): Record<string, Breaker['state']>;
  waiting(): number;
  /** Ends all that wait; what is under way is for its signal. */
  stop(): void;
}

const givenUp = 'the question was given up';
/** setTimeout's own limit. */
const timerMsMax = 2 ** 31 - 1;

/** Brings questions to providers: the queue, who may be asked, and what becomes of it. All decisions are pure functions. */
export function createDispatcher(
  links: readonly Link[],
  { ledger, log, nowMs }: { ledger: Ledger; log: Logger; nowMs: () => number },
): Dispatcher {
  const standings: Standing[] = links.map(({ name, local, concurrency }) => ({
    name,
    local,
    concurrency,
    inFlight: 0,
    breaker: closedBreaker,
  }));
  let queue: Job[] = [];
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let usedUp: string | null = null;

  function pump(): void {
    clearTimeout(timer);
    const leave = new Set(dropped(queue, nowMs()));
    queue = queue.filter((job) => !leave.has(job));
    for (const job of leave) job.end('busy', 'too many questions wait for a language model');
    let wakeMs = Infinity;
    for (const job of queue.toSorted(byUrgency)) {
      const choice = choose(job, standings, nowMs());
      if (choice.kind === 'wait') wakeMs = Math.min(wakeMs, choice.untilMs);
      if (choice.kind === 'wait') continue;
      queue = queue.filter((other) => other !== job);
      if (choice.kind === 'nobody') job.end(choice.why, whyNobody(choice.why, standings));
      else if (isWithinBudget(job)) start(job, choice.name);
    }
    if (wakeMs < Infinity) timer = setTimeout(pump, Math.min(Math.max(1, wakeMs - nowMs() + 1), timerMsMax)).unref();
  }

  /** Ends the job when it is not; says once when the budget is used up, and once when it is not any more. */
  function isWithinBudget(job: Job): boolean {
    const broken = ledger.broken(job.tokens, nowMs());
    if (broken !== null && usedUp === null)
      log.warn(`llm.budget.${broken} is used up: rules alone explain until there is room again`);
    if (broken === null && usedUp !== null) log.info('there is room in llm.budget again');
    usedUp = broken;
    if (broken !== null) job.end('budget', `llm.budget.${broken} is used up`);
    return broken === null;
  }

  function start(job: Job, name: ProviderName): void {
    const link = links.find((one) => one.name === name);
    const standing = standings.find((one) => one.name === name);
    if (link === undefined || standing === undefined) return job.end('failed', `there is no ${name}`);
    standing.breaker = afterStart(standing.breaker);
    standing.inFlight += 1;
    void follow(job, link, standing);
  }

  async function follow(job: Job, link: Link, standing: Standing): Promise<void> {
    const outcome = await job.run(link);
    standing.inFlight -= 1;
    const before = standing.breaker;
    standing.breaker = afterCall(before, outcome, nowMs());
    tellChange(log, link, before, standing.breaker);
    if (outcome.kind === 'error') {
      // One that asked us to wait did not fail this question: it may still be the one to answer.
      const failed = outcome.error.kind === 'rate' ? job.failed : new Set([...job.failed, link.name]);
      if (stopped) job.end('failed', givenUp);
      else queue.push({ ...job, failed });
    }
    if (!stopped) pump();
  }

  return {
    add(job) {
      if (stopped) return job.end('failed', givenUp);
      queue.push(job);
      pump();
    },
    breakers: () => Object.fromEntries(standings.map(({ name, breaker }) => [name, breaker.state])),
    waiting: () => queue.length,
    stop() {
      stopped = true;
      clearTimeout(timer);
      for (const job of queue.splice(0)) job.end('failed', givenUp);
    },
  };
}

function whyNobody(why: 'breaker' | 'failed' | 'rules', standings: readonly Standing[]): string {
  if (why === 'rules') return 'no language model may be asked';
  const reasons = standings.flatMap(({ name, breaker }) => (breaker.why === '' ? [] : [`${name}: ${breaker.why}`]));
  return reasons.join('; ') || 'no language model can be asked now';
}

/** Once a change: what is left alone, what needs a person, and what works again. */
export function tellChange(log: Logger, { name, model }: Pick<Link, 'name' | 'model'>, before: Breaker, after: Breaker): void {
  const facts = { provider: name, model };
  if (after.state === 'degraded' && before.state !== 'degraded')
    log.warn(`the language model is not asked until the configuration is read again: ${after.why}`, facts);
  if (after.state === 'open' && before.state === 'closed')
    log.warn(`the language model is left alone for a while: ${after.why}`, facts);
  if (after.state === 'closed' && before.state === 'half_open') log.info('the language model answers again', facts);
}
