import type { RunRow } from '../airflow/read-runs.ts';
import type { ClosedTry, TaskRow } from '../airflow/read-tasks.ts';
import { closedTry, hiddenTry, mayHideItsTry, missingTries, ownTry } from './closed-tries.ts';
import type { KnownTask } from './known.ts';
import { markOf, type PersonAction } from './marks.ts';
import type { Attempt, AttemptOutcome, Transition } from './transition.ts';

export interface TaskContext {
  run: RunRow;
  /** The run's clear number at the last look. */
  clearNumberBefore: number;
  /** See `KnownRun.baselineMs`. */
  baselineMs: number | null;
  /** What people did to this run lately. */
  actions: readonly PersonAction[];
  /** 2.10 and later: a try is numbered when it is scheduled (facts §2.4). */
  triesCountFromScheduling: boolean;
}

const ms = (date: Date | null): number | null => date?.getTime() ?? null;

/** Queue wait in seconds. A resume from deferral moves the queued time beyond the start, which it leaves: unknown then. */
function queueWait(row: { startDate: Date | null; queuedAt: Date | null }): number | null {
  if (row.startDate === null || row.queuedAt === null) return null;
  const wait = (row.startDate.getTime() - row.queuedAt.getTime()) / 1000;
  return wait >= 0 ? wait : null;
}

/** A duration in seconds. A worker whose clock was set back leaves a negative one: that is none. */
const durationOf = ({ durationSeconds }: { durationSeconds: number | null }): number | null =>
  durationSeconds !== null && durationSeconds >= 0 && durationSeconds < Infinity ? durationSeconds : null;

/** An attempt as transitions tell it, from a task instance or a row of its history. */
export function attemptOf(run: RunRow, row: TaskRow | ClosedTry, outcome: AttemptOutcome, tryNumber: number): Attempt {
  return {
    kind: 'attempt',
    outcome,
    dagId: row.dagId,
    taskId: row.taskId,
    mapIndex: row.mapIndex,
    runPk: run.id,
    runId: run.runId,
    runType: run.runType,
    tryNumber,
    startedAt: row.startDate,
    endedAt: row.endDate,
    durationSeconds: durationOf(row),
    queueWaitSeconds: queueWait(row),
    queue: row.queue,
    pool: row.pool,
    operator: row.operator,
    hostname: row.hostname,
    ...('executor' in row && row.executor != null && row.executor !== '' ? { executor: row.executor } : {}),
    dueAt: run.dueAt,
    runStartedAt: run.startDate,
    clearNumber: run.clearNumber,
  };
}

/** Failed for good or to be tried again: Airflow allows `max_tries + 1` attempts (facts §2.4). */
function failedOutcome(tryNumber: number, maxTries: number): AttemptOutcome {
  return maxTries >= 0 && tryNumber > maxTries ? 'failure' : 'retry';
}

/**
 * What happened to one task instance since the last look; pure. `closed` are its history rows where `missingTries` asked
 * for them. Returns what is known now, and the transitions in the order of the tries.
 */
export function judgeTask(
  known: KnownTask | undefined,
  row: TaskRow,
  closed: readonly ClosedTry[],
  context: TaskContext,
): { task: KnownTask; transitions: Transition[] } {
  const counted = [...(known?.counted ?? [])];
  const transitions: Transition[] = [];
  for (const number of missingTries(known, row, context.triesCountFromScheduling)) {
    counted.push(String(number));
    transitions.push(...judgeClosed(row, closedTry(number, row, closed, known), number, context));
  }
  const hidden = mayHideItsTry(known, row, context.actions.length > 0)
    ? hiddenTry(row, closed, context.triesCountFromScheduling)
    : undefined;
  if (hidden !== undefined) {
    counted.push(String(row.tryNumber));
    transitions.push(...judgeClosed(row, hidden, row.tryNumber, context));
  }
  const own = judgeOwn(hidden === undefined ? known : before(known, hidden, row), row, counted, context);
  counted.push(...own.keys);
  transitions.push(...own.transitions);
  const { taskId, mapIndex, state, tryNumber } = row;
  const updatedMs = ownTry(state) === 'entered' ? ms(row.updatedAt) : null;
  return { task: { taskId, mapIndex, state, tryNumber, endMs: ms(row.endDate), updatedMs, counted }, transitions };
}

function isBaseline(end: Date | null, { baselineMs }: TaskContext): boolean {
  return baselineMs !== null && (end?.getTime() ?? 0) <= baselineMs;
}

/** What would have been known, had the task been seen when its try was closed. */
const before = (
  known: KnownTask | undefined,
  { state, endDate }: ClosedTry,
  { taskId, mapIndex, tryNumber }: TaskRow,
): KnownTask => ({
  ...(known ?? { taskId, mapIndex, updatedMs: null, counted: [] }),
  state: state === 'failed' ? 'up_for_retry' : null,
  tryNumber,
  endMs: ms(endDate),
});

function judgeClosed(row: TaskRow, tried: ClosedTry | undefined, number: number, context: TaskContext): Transition[] {
  // Airflow kept no trace of that try (a known gap of its history): nothing to count.
  if (tried === undefined || isBaseline(tried.endDate, context)) return [];
  const { run } = context;
  const ref = refOf(row, context);
  const state = tried.state ?? 'failed';
  if (state === 'removed') return [];
  const marked = markOf({ ...tried, updatedAt: null }, context.actions) === 'set_state';
  if (state === 'success') return [marked ? { kind: 'marked', state, ...ref } : attemptOf(run, tried, 'success', number)];
  if (state === 'skipped' || state === 'upstream_failed')
    return [marked ? { kind: 'marked', state, ...ref } : { kind: 'entered', state, at: tried.endDate, ...ref }];
  if (marked) return [{ kind: 'marked', state: 'failed', ...ref }];
  // Whoever clears a running task has it tried again, whether Airflow owed it a try or not.
  return [attemptOf(run, tried, tried.cutShort ? 'retry' : failedOutcome(number, tried.maxTries), number)];
}

interface OwnJudgement {
  /** Tries that are counted with it. */
  keys: string[];
  transitions: Transition[];
}

function judgeOwn(known: KnownTask | undefined, row: TaskRow, counted: readonly string[], context: TaskContext): OwnJudgement {
  const tryKeys = row.tryNumber > 0 && !counted.includes(String(row.tryNumber)) ? [String(row.tryNumber)] : [];
  switch (ownTry(row.state)) {
    case 'open':
      return { keys: [], transitions: [] };
    case 'gone':
      return { keys: tryKeys, transitions: [] };
    case 'entered':
      return { keys: tryKeys, transitions: judgeEntered(known, row, context) };
    case 'ended':
      return judgeEnded(known, row, counted, context);
  }
}

function refOf(row: TaskRow, { run }: TaskContext) {
  return { dagId: row.dagId, taskId: row.taskId, mapIndex: row.mapIndex, runPk: run.id, runId: run.runId, runType: run.runType };
}

/** skipped and upstream_failed: counted when the state is new. After a clear Airflow enters it with the old dates, but writes the row. */
function judgeEntered(known: KnownTask | undefined, row: TaskRow, context: TaskContext): Transition[] {
  const again =
    known?.state === row.state && known.updatedMs !== ms(row.updatedAt) && context.run.clearNumber > context.clearNumberBefore;
  if (known?.state === row.state && !again) return [];
  // By when it was written: after a clear it is entered with the old dates.
  if (isBaseline(row.updatedAt ?? row.endDate, context)) return [];
  const state = row.state === 'skipped' ? 'skipped' : 'upstream_failed';
  const mark = markOf(row, context.actions);
  const overruled = mark === 'after_end' && known !== undefined && ownTry(known.state) !== 'open';
  if (mark === 'set_state' || overruled) return [{ kind: 'marked', state, ...refOf(row, context) }];
  return [{ kind: 'entered', state, at: row.endDate, ...refOf(row, context) }];
}

function judgeEnded(known: KnownTask | undefined, row: TaskRow, counted: readonly string[], context: TaskContext): OwnJudgement {
  const { triesCountFromScheduling: modern, run } = context;
  const state = row.state ?? '';
  const marked: Transition = { kind: 'marked', state, ...refOf(row, context) };
  // An EmptyOperator of 2.9 and before ends with try 0: its end tells its runs apart.
  const key = row.tryNumber > 0 ? String(row.tryNumber) : `0@${ms(row.endDate) ?? 0}`;
  if (counted.includes(key)) {
    // A new state without a new attempt: only a person does that.
    const changed = known !== undefined && known.state !== state && state !== 'up_for_retry';
    return { keys: [], transitions: changed ? [marked] : [] };
  }
  if (isBaseline(row.endDate, context)) return { keys: [key], transitions: [] };
  if (state !== 'up_for_retry') {
    // From 2.10 every attempt has a number of its own, an EmptyOperator's too.
    const noAttempt =
      modern &&
      (row.tryNumber === 0 || (known !== undefined && ownTry(known.state) !== 'open' && known.tryNumber === row.tryNumber));
    const mark = noAttempt ? 'set_state' : markOf(row, context.actions);
    if (mark === 'set_state') return { keys: [key], transitions: [marked] };
    if (mark === 'after_end')
      return { keys: [key], transitions: [attemptOf(run, row, overruledOutcome(row), row.tryNumber), marked] };
  }
  const outcome = state === 'success' ? 'success' : state === 'failed' ? 'failure' : 'retry';
  return { keys: [key], transitions: [attemptOf(run, row, outcome, row.tryNumber)] };
}

/** A person changed the state after the try had ended: what they set is what it was not. */
function overruledOutcome(row: TaskRow): AttemptOutcome {
  return row.state === 'success' ? failedOutcome(row.tryNumber, row.maxTries) : 'success';
}
