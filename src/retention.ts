import { asLeader, type CycleDeps, type CycleState } from './cycle.ts';
import { trimCalls } from './explain/call/calls.ts';
import { trimErrors } from './explain/error-signatures.ts';
import { trimFeedback } from './explain/feedback/feedback-rows.ts';
import { trimBaselines } from './explain/log/log-baselines.ts';
import { trimExplanations } from './explain/rows.ts';
import { trimIncidents } from './incident/save.ts';
import { trimDays } from './measure/day-totals.ts';
import { trimCounts } from './measure/mapped-rows.ts';
import { forgetCounts } from './measure/mapped-series.ts';
import { forgetRunsBefore } from './measure/run-history.ts';
import { trimSamples } from './measure/samples.ts';
import { trimBook } from './measure/save-book.ts';
import { trimTallies } from './measure/save-tallies.ts';
import { forgetTries } from './measure/series-book.ts';
import { forgetTallies, talliesKeptSince } from './measure/tally.ts';
import { trimSlack } from './notify/slack/rows.ts';
import { attemptsKeptMs, trimAttempts } from './patterns/attempt-facts.ts';
import { trimPatterns } from './patterns/trim.ts';
import { trimCustom } from './sla/custom.ts';
import { trimSla } from './sla/save.ts';
import type { Lease } from './store/lease.ts';

const trimEveryMs = 3_600_000;

/** The retention job of the leader: every table keeps to its bound. */
export function createRetention(options: CycleDeps & { taskExpiryMs: number }) {
  const { store, clock, deployment, taskExpiryMs, incident } = options;
  let trimmedAtMs = -Infinity;
  /** Where the retention of samples, and of tries, goes on; null when it is done. */
  let trimAfter: string | null = null;
  let triesAfter: string | null = null;

  /** Trims hourly what is beyond the bounds, until `deadline()`. True when there is more to do. */
  async function trim(current: CycleState, lease: Lease, deadline: () => boolean): Promise<boolean> {
    if (clock.monotonicMs() - trimmedAtMs > trimEveryMs) {
      trimmedAtMs = clock.monotonicMs();
      await trimAll(current, lease);
      trimAfter = '';
      triesAfter = '';
    }
    while (trimAfter !== null) {
      if (deadline()) return true;
      const [from, before] = [trimAfter, talliesKeptSince(clock.now(), taskExpiryMs)];
      trimAfter = await asLeader(store, lease, (tx) => trimSamples(tx, deployment, before, from));
    }
    while (triesAfter !== null) {
      if (deadline()) return true;
      const [from, before] = [triesAfter, new Date(clock.now().getTime() - attemptsKeptMs)];
      triesAfter = await asLeader(store, lease, (tx) => trimAttempts(tx, deployment, before, from));
    }
    return false;
  }

  async function trimAll(current: CycleState, lease: Lease): Promise<void> {
    const now = clock.now();
    // What runs rarely, or was paused for months, keeps its history as long as its counters.
    const before = talliesKeptSince(now, taskExpiryMs);
    await asLeader(store, lease, async (tx) => {
      await trimBook(tx, deployment, before);
      await trimCounts(tx, deployment, before);
      await trimTallies(tx, deployment, before);
      await trimDays(tx, deployment, now);
      await trimSla(tx, deployment, now);
      await trimCustom(tx, deployment, now);
      await trimIncidents(tx, deployment, new Date(now.getTime() - incident.keep));
      await trimExplanations(tx, deployment);
      await trimCalls(tx, deployment, now);
      await trimFeedback(tx, deployment);
      await trimBaselines(tx, deployment);
      await trimErrors(tx, deployment);
      await trimSlack(tx, deployment, now);
    });
    // By itself: who posts an error waits for it.
    await asLeader(store, lease, (tx) => trimPatterns(tx, deployment, now));
    forgetTallies(current.tallies, before);
    forgetTries(current.book.series, Math.ceil(before.getTime() / 1000));
    forgetCounts(current.book.mapped, Math.ceil(before.getTime() / 1000));
    forgetRunsBefore(current.book.runs, before.getTime());
  }

  return { trim };
}
