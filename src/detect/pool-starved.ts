import type { PoolSlots, UnfinishedTask } from '../collect/snapshot.ts';
import { formatDuration } from '../lib/durations.ts';
import type { Detector } from './detector.ts';
import type { Facts } from './facts.ts';
import { noJudgement, nothingCarried, subjectKey, type Cleared, type Finding, type Subject } from './finding.ts';
import { found, named, sinceEvent, sinceOf } from './found.ts';
import type { DetectSettings } from './settings.ts';

const kind = 'pool_starved';

/** Free slots beside tasks that have waited too long end it only after this, or after the limit where that is shorter. */
const calmMs = 60_000;
const dagsMax = 50;

/**
 * Tasks wait for a pool whose slots do not suffice, longer than the limit. How long they wait stands in their own rows, so
 * that a restart forgets nothing. It is over when nobody waits any more, or slots suffice and all who had waited too long
 * have theirs. A slot is free for a moment whenever one task follows another: while some still wait too long, slots must have
 * sufficed for a while (then it is not the slots that they wait for).
 */
export const poolStarved: Detector<{ snapshot: Pick<Facts['snapshot'], 'pools' | 'unfinished'> }, DetectSettings> = (
  { snapshot: { pools, unfinished } },
  open,
  { config },
  now,
) => {
  if (pools === undefined || unfinished === undefined) return noJudgement();
  const waiting = Map.groupBy(
    unfinished.tasks.filter(({ state }) => state === 'scheduled'),
    ({ pool }) => pool,
  );
  const slots = new Map(pools.map((pool) => [pool.pool, pool]));
  const limitMs = config.pool_starved_after;
  const isTooLong = ({ scheduledAt }: UnfinishedTask): boolean =>
    scheduledAt !== null && now.getTime() - scheduledAt.getTime() >= limitMs;
  const findings: Finding[] = [];
  const cleared: Cleared[] = [];
  for (const pool of new Set([...slots.keys(), ...waiting.keys()])) {
    const starving = waitingFor(waiting.get(pool) ?? [], slots.get(pool));
    const oldest = starving[0];
    if (oldest?.scheduledAt && isTooLong(oldest))
      findings.push(
        findingOf(pool, slots.get(pool), starving, oldest.scheduledAt, open.get(subjectKey(subjectOf(pool)))?.event, now),
      );
  }
  for (const { subject, quietMs } of open.values()) {
    if (subject.type !== 'pool') continue;
    const { pool } = subject;
    const tasks = waiting.get(pool) ?? [];
    // Who waits may be among those that were not read.
    if (tasks.length === 0 && !unfinished.complete) continue;
    if (waitingFor(tasks, slots.get(pool)).length > 0) continue;
    if (tasks.some(isTooLong) && quietMs < Math.min(calmMs, limitMs)) continue;
    const text = tasks.length === 0 ? 'no task waits for it any more' : 'it has free slots again';
    cleared.push({ kind, subject, reason: 'cleared', at: now, text });
  }
  return { findings, cleared, judged: slots.size };
};

const subjectOf = (pool: string): Subject => ({ type: 'pool', pool });

/** Whether a pool has too few slots for a task. One that does not exist has none for anybody. */
export const isShort = (pool: PoolSlots | undefined, slots: number): boolean => (pool?.open ?? 0) < Math.max(1, slots);

/** The tasks that the pool has too few slots for, longest waiting first. */
function waitingFor(tasks: readonly UnfinishedTask[], pool: PoolSlots | undefined): UnfinishedTask[] {
  const waitedMs = ({ scheduledAt }: UnfinishedTask) => scheduledAt?.getTime() ?? Number.POSITIVE_INFINITY;
  return tasks.filter(({ poolSlots }) => isShort(pool, poolSlots)).toSorted((a, b) => waitedMs(a) - waitedMs(b));
}

function findingOf(
  pool: string,
  slots: PoolSlots | undefined,
  starving: readonly UnfinishedTask[],
  oldestAt: Date,
  known: string | undefined,
  now: Date,
): Finding {
  const subject = subjectOf(pool);
  // Who waits longest changes while the pool is starved; that it is starved does not.
  const sinceMs = (known === undefined ? null : sinceOf(known)) ?? oldestAt.getTime();
  const waitedMs = now.getTime() - oldestAt.getTime();
  const tasks = `${starving.length} ${starving.length === 1 ? 'task waits' : 'tasks wait'}`;
  const title =
    slots === undefined
      ? `Pool ${named(pool)} does not exist: ${tasks} for it, the longest for ${formatDuration(waitedMs)}`
      : `Pool ${named(pool)} is starved: ${tasks}, the longest for ${formatDuration(waitedMs)}, while ${slots.running} slots run and ${slots.queued} are queued`;
  return found({
    kind,
    subject,
    severity: 'warning',
    event: sinceEvent(sinceMs),
    since: new Date(sinceMs),
    title,
    observed: { value: starving.length, unit: 'tasks' },
    carried: { ...nothingCarried, pool, dags: [...new Set(starving.map(({ dagId }) => dagId))].slice(0, dagsMax) },
  });
}
