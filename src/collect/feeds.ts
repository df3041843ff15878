import type { AirflowRead } from '../airflow/connect.ts';
import type { Shape } from '../airflow/probe.ts';
import { readLogAbove, readMaxLogId, type LogRow } from '../airflow/read-log.ts';
import {
  readActiveRuns,
  readMaxRunId,
  readRunKeysByDate,
  readRunsAbove,
  readRunsById,
  readRunsByKey,
  type RunKey,
  type RunRow,
} from '../airflow/read-runs.ts';
import type { ActivityRow } from '../airflow/read-tasks.ts';
import { idOverlap, isOpen, type Known, type Watermarks } from './known.ts';
import { mayBeOneEnd, readAction, type PersonAction } from './marks.ts';
import type { CollectMemory, HeardAction } from './memory.ts';
import { keyOf, type RunsSeen } from './plan-reads.ts';

const newRunsMax = 5000;
const logRowsMax = 5000;
/** After a time away pages of rows are read until so many are held, or the rest of the cycle's transaction needs what is left of its time. */
const logRowsHeldMax = 100_000;
const logReserveMs = 700;
/** Actions in mind; beyond, the oldest are let go. */
const actionsMax = 50_000;
/** An action is committed before what it does (facts §8): its run is looked at again for this long, and in two cycles at least. */
const actionLifeMs = 45_000;

const isFollowed = ({ firstSeenMs, seenAgainMs }: HeardAction, nowMs: number): boolean =>
  nowMs - firstSeenMs < actionLifeMs || seenAgainMs === null || seenAgainMs === nowMs;

export interface FeedsRead {
  seen: RunsSeen;
  watermarks: Watermarks;
}

/** The change feeds A to C, E and F of facts §2.8: which runs exist, changed, ended, vanished or were touched. All by index. */
export async function readFeeds(
  read: AirflowRead,
  shape: Shape,
  known: Known,
  { activity, memory, at }: { activity: readonly ActivityRow[]; memory: CollectMemory; at: Date },
): Promise<FeedsRead> {
  const active = await readActiveRuns(read, shape);
  const { fresh, above, dropped } = await readNewRuns(read, shape, known);
  const rows = new Map<number, RunRow>([...fresh, ...active].map((row) => [row.id, row]));

  const lost = [...known.runs.values()].filter(({ row }) => isOpen(row) && !rows.has(row.id)).map(({ row }) => row.id);
  for (const row of await readRunsById(read, shape, lost)) rows.set(row.id, row);
  const gone = [...dropped, ...lost.filter((id) => !rows.has(id))];

  const log = await readActions(read, shape, known, { memory, at });
  const here = new Set([...rows.values()].map(keyOf));
  const activeKeys = new Set(activity.map(keyOf));
  const wanted = new Map<string, RunKey>();
  for (const key of [...log.touched, ...activity]) if (!here.has(keyOf(key))) wanted.set(keyOf(key), key);
  for (const row of await readRunsByKey(read, shape, [...wanted.values()])) rows.set(row.id, row);

  const watermarks = { runId: Math.max(above, ...fresh.map(({ id }) => id)), logId: log.logId, at };
  const touched = new Set(log.touched.map(keyOf));
  return { seen: { rows: [...rows.values()], gone, actions: log.actions, touched, active: activeKeys }, watermarks };
}

/**
 * Feed B, and `above`, which the next watermark is never below. Ids far below the watermark and none near it: the runs were deleted, or the
 * database was made anew. Then the feed starts from the ids that there are; finished runs known by ids above them are dropped.
 */
async function readNewRuns(
  read: AirflowRead,
  shape: Shape,
  known: Known,
): Promise<{ fresh: RunRow[]; above: number; dropped: number[] }> {
  const before = known.watermarks?.runId ?? (await readMaxRunId(read));
  const fresh = await readRunsAbove(read, shape, Math.max(0, before - idOverlap), newRunsMax);
  if (fresh.length > 0) return { fresh, above: before, dropped: [] };
  const max = await readMaxRunId(read);
  const dropped = [...known.runs.values()].filter(({ row }) => !isOpen(row) && row.id > max).map(({ row }) => row.id);
  return { fresh: await readRunsAbove(read, shape, Math.max(0, max - idOverlap), newRunsMax), above: max, dropped };
}

interface ActionsRead {
  /** By run. */
  actions: Map<string, PersonAction[]>;
  /** Runs to look at again. */
  touched: RunKey[];
  logId: number;
}

/** Feed F: what people did lately. */
export async function readActions(
  read: AirflowRead,
  shape: Shape,
  known: Known,
  { memory, at }: { memory: CollectMemory; at: Date },
): Promise<ActionsRead> {
  const before = known.watermarks;
  if (!shape.has('log', 'id', 'dttm', 'event', 'dag_id')) return { actions: new Map(), touched: [], logId: before?.logId ?? 0 };
  // Before our first cycle nobody's action is ours to follow.
  if (before === null) return { actions: new Map(), touched: [], logId: await readMaxLogId(read) };
  const { rows, from } = await readNewLog(read, shape, before.logId, memory);
  // After a restart the overlap is read anew: what the cycles before saw is followed from its own time on, and no longer.
  const restarted = memory.actions.size === 0;
  for (const row of rows) {
    const action = readAction(row);
    if (action === null || memory.actions.has(row.id)) continue;
    const heardBefore = restarted && row.id <= before.logId;
    memory.actions.set(row.id, {
      action,
      firstSeenMs: (heardBefore ? row.at : at).getTime(),
      seenAgainMs: heardBefore ? row.at.getTime() : null,
    });
  }
  for (const heard of memory.actions.values()) if (heard.firstSeenMs < at.getTime()) heard.seenAgainMs ??= at.getTime();
  const logId = Math.max(from, rows.at(-1)?.id ?? 0);
  // Runs that could not be read in time are judged later, by what was done to them in the meantime.
  const isBehind = [...known.runs.values()].some(({ settled }) => !settled);
  const isWanted = (heard: HeardAction): boolean => isBehind || isFollowed(heard, at.getTime());
  forgetActions(memory.actions, logId - 2 * idOverlap, isWanted);
  const remembered = [...memory.actions.values()].filter(isWanted);
  const named = await nameRuns(read, shape, remembered);
  // A worker's own word is heard, and is no reason to look.
  const byPeople = named.filter(({ action }) => action.kind !== 'own_end');
  const keys = new Set(byPeople.map(({ action }) => keyOf(action)));
  const actions = new Map<string, PersonAction[]>();
  for (const { action } of named) {
    const key = keyOf(action);
    const ofRun = actions.get(key);
    if (ofRun !== undefined) ofRun.push(action);
    else if (keys.has(key)) actions.set(key, [action]);
  }
  const touched = byPeople.filter(({ heard }) => isFollowed(heard, at.getTime())).map(({ action }) => action);
  return { actions, touched, logId };
}

/**
 * Forgets actions that the overlap cannot bring back and nobody wants: what was logged while we were away may be far back when it is first
 * heard. Of workers' own words so far back only those are of use that stand beside a person's.
 */
function forgetActions(actions: Map<number, HeardAction>, belowId: number, isWanted: (heard: HeardAction) => boolean): void {
  const runOf = ({ dagId, runId, logicalDate }: PersonAction): string => `${dagId}\u0000${runId ?? logicalDate?.getTime()}`;
  const byPeople = Map.groupBy(
    [...actions.values()].flatMap(({ action }) => (action.kind === 'own_end' ? [] : [action])),
    runOf,
  );
  const isOfUse = (action: PersonAction): boolean =>
    action.kind !== 'own_end' || (byPeople.get(runOf(action))?.some((other) => mayBeOneEnd(action, other)) ?? false);
  for (const [id, heard] of actions) if (id <= belowId && !(isWanted(heard) && isOfUse(heard.action))) actions.delete(id);
  for (const id of actions.keys()) {
    if (actions.size <= actionsMax) break;
    actions.delete(id);
  }
}

/** Audit rows above the watermark; none although there are some far below it: the table was emptied and begins anew. */
async function readNewLog(
  read: AirflowRead,
  shape: Shape,
  logId: number,
  memory: CollectMemory,
): Promise<{ rows: LogRow[]; from: number }> {
  const rows = await readLogPages(read, shape, Math.max(0, logId - idOverlap));
  if (rows.length > 0) return { rows, from: logId };
  const max = await readMaxLogId(read);
  if (max < logId) memory.actions.clear();
  return { rows: await readLogAbove(read, shape, Math.max(0, max - idOverlap), logRowsMax), from: max };
}

/** The audit rows above an id: after a time away in several pages, so that no run is judged before what people did to it is known. */
async function readLogPages(read: AirflowRead, shape: Shape, id: number): Promise<LogRow[]> {
  const rows = await readLogAbove(read, shape, id, logRowsMax);
  for (let page = rows; page.length === logRowsMax && rows.length < logRowsHeldMax && read.leftMs() > logReserveMs;) {
    page = await readLogAbove(read, shape, page.at(-1)?.id ?? id, logRowsMax);
    rows.push(...page);
  }
  return rows;
}

/** Gives every action its run id: before 2.9 the log names a run by its logical date. */
async function nameRuns(
  read: AirflowRead,
  shape: Shape,
  remembered: readonly HeardAction[],
): Promise<{ action: PersonAction & RunKey; heard: HeardAction }[]> {
  const dated = remembered.flatMap(({ action: { runId, logicalDate, dagId } }) =>
    runId === null && logicalDate !== null ? [{ dagId, logicalDate }] : [],
  );
  const dateKey = (dagId: string, date: Date | null): string => `${dagId}\u0000${date?.getTime() ?? ''}`;
  const runIds = new Map(
    (await readRunKeysByDate(read, shape, dated)).map(({ dagId, logicalDate, runId }) => [dateKey(dagId, logicalDate), runId]),
  );
  return remembered.flatMap((heard) => {
    const { action } = heard;
    const runId = action.runId ?? runIds.get(dateKey(action.dagId, action.logicalDate));
    return runId === undefined ? [] : [{ action: { ...action, runId }, heard }];
  });
}
