import type { PoolSlots, UnfinishedTask } from '../collect/snapshot.ts';
import type { Attempt } from '../collect/transition.ts';
import { formatDuration } from '../lib/durations.ts';
import type { Detector, OpenFinding } from './detector.ts';
import type { Facts } from './facts.ts';
import { noJudgement, subjectKey, type Cleared, type Finding, type Subject } from './finding.ts';
import { found, named } from './found.ts';
import { isShort } from './pool-starved.ts';
import type { DetectSettings } from './settings.ts';

const kind = 'task_stuck_queued';
const underWay: ReadonlySet<string> = new Set(['queued', 'running', 'restarting']);
/** A scheduled task may well wait for limits that no table shows (tasks of its DAG at once, parallelism). */
const scheduledFactor = 3;

interface Reads {
  transitions: Facts['transitions'];
  snapshot: Pick<Facts['snapshot'], 'pools' | 'unfinished'>;
}

/** A task that waits, and since when. */
interface Waiting {
  task: UnfinishedTask & { runPk: number };
  since: Date;
  event: string;
}

/**
 * A task is queued longer than the limit (it holds its slots already, so a full pool is no excuse), or scheduled three times
 * as long with free slots in its pool while no other task of its DAG is under way. While a pool is starved a slot is free for a
 * moment only. It is over when the present shows that it
 * started, ended, or is gone, and no other try of it is stuck.
 */
export const stuckQueued: Detector<Reads, DetectSettings> = ({ transitions, snapshot }, open, settings, now) => {
  const { pools, unfinished } = snapshot;
  if (pools === undefined || unfinished === undefined) return noJudgement();
  const slots = new Map(pools.map((pool) => [pool.pool, pool]));
  const waiting = unfinished.tasks.flatMap(waitingOf);
  const starved = new Set([...open.values()].flatMap(({ subject }) => (subject.type === 'pool' ? [subject.pool] : [])));
  const busy = new Set(unfinished.tasks.filter(({ state }) => underWay.has(state)).map(({ dagId }) => dagId));
  const stuck = waiting.filter((each) => isStuck(each, { slots, starved, busy, settings, now }));
  const bySubject = Map.groupBy(stuck, ({ task }) => subjectKey(subjectOf(task)));
  const findings = [...bySubject].map(([key, group]) => findingOf(group, open.get(key)?.event, settings, now));
  const still = new Set(waiting.map(({ event }) => event));
  const present = new Map(unfinished.tasks.map((task) => [placeOf(task), task]));
  const ended = new Set(transitions.flatMap((each) => (each.kind === 'attempt' ? [eventOf(each)] : [])));
  const cleared = [...open].flatMap(([key, each]) => {
    // Another try of it that is stuck goes on with the same trouble.
    if (each.subject.type !== 'task' || still.has(each.event) || bySubject.has(key)) return [];
    const end = endOf(each, { present, ended, complete: unfinished.complete }, now);
    return end === null ? [] : [end];
  });
  return { findings, cleared, judged: waiting.length };
};

const subjectOf = ({ dagId, taskId }: Pick<UnfinishedTask, 'dagId' | 'taskId'>): Subject => ({ type: 'task', dagId, taskId });

type Tried = Pick<Attempt, 'taskId' | 'mapIndex' | 'tryNumber'> & { runPk: number | null };
const placeOf = ({ runPk, taskId, mapIndex }: Tried): string => `run:${runPk}:${taskId}:${mapIndex}`;
const eventOf = (tried: Tried): string => `${placeOf(tried)}:${tried.tryNumber}`;

function waitingOf(task: UnfinishedTask): Waiting[] {
  const since = task.state === 'queued' ? task.queuedAt : task.state === 'scheduled' ? task.scheduledAt : null;
  const { runPk } = task;
  return since === null || runPk === null ? [] : [{ task: { ...task, runPk }, since, event: eventOf(task) }];
}

interface Context {
  slots: ReadonlyMap<string, PoolSlots>;
  /** Pools with an open incident. */
  starved: ReadonlySet<string>;
  /** DAGs with a task that is under way. */
  busy: ReadonlySet<string>;
  settings: DetectSettings;
  now: Date;
}

function isStuck({ task, since }: Waiting, { slots, starved, busy, settings, now }: Context): boolean {
  const { stuckAfterMs } = settings.tuning(task.dagId, task.taskId);
  const waitedMs = now.getTime() - since.getTime();
  if (task.state === 'queued') return waitedMs >= stuckAfterMs;
  if (starved.has(task.pool) || isShort(slots.get(task.pool), task.poolSlots)) return false;
  return waitedMs >= scheduledFactor * stuckAfterMs && !busy.has(task.dagId);
}

function findingOf(group: readonly Waiting[], known: string | undefined, settings: DetectSettings, now: Date): Finding {
  const oldest = group.reduce((a, b) => (b.since < a.since ? b : a));
  // As long as the one that was told of waits, it stands for the others.
  const { task, since, event } = group.find((each) => each.event === known) ?? oldest;
  const { dagId, taskId, runId, runPk, runType, mapIndex, tryNumber, pool, queue, operator } = task;
  const limitMs = settings.tuning(dagId, taskId).stuckAfterMs * (task.state === 'queued' ? 1 : scheduledFactor);
  const waitedMs = now.getTime() - since.getTime();
  const others = group.length > 1 ? `, and so are ${group.length - 1} more of it` : '';
  return found({
    kind,
    subject: subjectOf(task),
    severity: 'warning',
    event,
    since,
    title: `${named(dagId, taskId)} has been ${task.state} for ${formatDuration(waitedMs)}${task.state === 'queued' ? '' : ' with free slots in its pool'}, the limit is ${formatDuration(limitMs)}${others}`,
    occasion: { runId, runPk, runType: runType ?? '', mapIndex: mapIndex < 0 ? null : mapIndex, tryNumber },
    observed: { value: waitedMs / 1000, unit: 'seconds' },
    expected: { lower: null, middle: 0, upper: limitMs / 1000 },
    carried: { host: null, pool, queue, operator },
  });
}

interface Present {
  present: ReadonlyMap<string, UnfinishedTask>;
  ended: ReadonlySet<string>;
  complete: boolean;
}

/** Why one that does not wait any more is over; null while its absence proves nothing. */
function endOf(open: OpenFinding, { present, ended, complete }: Present, now: Date): Cleared | null {
  const place = open.event.slice(0, open.event.lastIndexOf(':'));
  const task = present.get(place);
  if (task === undefined && !complete && !ended.has(open.event)) return null;
  const text = task === undefined ? 'it ended, or is gone' : stateText(task.state);
  return { kind, subject: open.subject, reason: 'cleared', at: now, text };
}

function stateText(state: string): string {
  if (state === 'running') return 'it started';
  return state === 'queued' || state === 'scheduled' ? 'another try of it waits' : `it is ${state.replaceAll('_', ' ')} now`;
}
