import type { RunKey, RunRow } from '../airflow/read-runs.ts';
import { baselineAll, idOverlap, isOpen, runKey, type Known, type KnownRun } from './known.ts';
import { judgeRun } from './judge-run.ts';
import type { PersonAction } from './marks.ts';
import type { Transition } from './transition.ts';

export interface RunsSeen {
  /** Every run that a feed named, each once. */
  rows: readonly RunRow[];
  /** Ids of known open runs that are no longer in the database. */
  gone: readonly number[];
  /** What people did, by run. */
  actions: ReadonlyMap<string, readonly PersonAction[]>;
  /** Runs that a person touched a moment ago: the effect may still be on its way. */
  touched: ReadonlySet<string>;
  /** Runs that hold unfinished task instances. */
  active: ReadonlySet<string>;
}

/** Which runs' task instances to read: all of them, or only those that changed. */
export interface ReadPlan {
  full: KnownRun[];
  changed: KnownRun[];
  transitions: Transition[];
  /** Runs whose record changed. */
  touched: KnownRun[];
}

/** Takes what the feeds showed into `known`, and says what must be read next. `first` is true in a deployment's first cycle. */
export function planReads(known: Known, seen: RunsSeen, { first, at }: { first: boolean; at: Date }): ReadPlan {
  const plan: ReadPlan = { full: [], changed: [], transitions: [], touched: [] };
  for (const id of seen.gone) known.runs.delete(id);
  for (const row of seen.rows) {
    const key = runKey(row.dagId, row.runId);
    const actions = seen.actions.get(key) ?? [];
    const same = known.runs.get(row.id);
    // The id of another run: the database was made anew.
    const before = same !== undefined && keyOf(same.row) === key ? same : undefined;
    const run = before ?? newRun(known, row, actions, { first, at });
    const judged = judgeRun({ ...run, row: before?.row ?? row }, row, actions);
    // What the first look finds is history, whatever a skewed clock says about when it ended.
    if (!first) plan.transitions.push(...judged.transitions);
    const changed = before === undefined || isDifferent(before.row, row);
    // A finished run of our first start is history; its tasks are read only when somebody touches it.
    const history = before === undefined && first && !isOpen(row) && !seen.active.has(key);
    if (changed && !history && (!isOpen(row) || before === undefined)) unsettle(run);
    if (seen.touched.has(key) || row.clearNumber > run.row.clearNumber) unsettle(run);
    if (run.settled && !isOpen(row) && seen.active.has(key)) unsettle(run);
    run.row = row;
    run.started = judged.started;
    run.endCounted = judged.endCounted;
    known.runs.set(row.id, run);
    if (changed) plan.touched.push(run);
  }
  for (const run of known.runs.values()) {
    if (!run.settled) plan.full.push(run);
    else if (isOpen(run.row)) plan.changed.push(run);
  }
  return plan;
}

/** Its task instances must be read in full, from the first on. */
function unsettle(run: KnownRun): void {
  run.settled = false;
  run.page = null;
}

function newRun(
  known: Known,
  row: RunRow,
  actions: readonly PersonAction[],
  { first, at }: { first: boolean; at: Date },
): KnownRun {
  const run: KnownRun = {
    row,
    clearNumberBefore: row.clearNumber,
    settled: false,
    page: null,
    baselineMs: null,
    started: false,
    endCounted: null,
    tasks: new Map(),
  };
  const watermarks = known.watermarks;
  if (first || watermarks === null) {
    const open = isOpen(row);
    // By the clocks of Airflow's hosts, which stamp its tasks, too: the database's may be minutes off.
    const endedMs = Math.max(row.endDate?.getTime() ?? at.getTime(), row.updatedAt?.getTime() ?? 0);
    return { ...run, settled: !open, baselineMs: open ? baselineAll : endedMs, started: row.startDate !== null };
  }
  // Forgotten long ago and back: what ended before it was touched is counted already.
  if (row.id <= watermarks.runId - forgottenBelow) {
    const touchedMs = Math.min(watermarks.at.getTime(), ...actions.map(({ at }) => at.getTime()));
    return { ...run, baselineMs: touchedMs, started: true };
  }
  return run;
}

/** Runs this far below the watermark that we do not know were forgotten, not committed late (idOverlap). */
const forgottenBelow = idOverlap;

function isDifferent(a: RunRow, b: RunRow): boolean {
  return (
    a.state !== b.state ||
    a.clearNumber !== b.clearNumber ||
    a.startDate?.getTime() !== b.startDate?.getTime() ||
    a.endDate?.getTime() !== b.endDate?.getTime()
  );
}

/**
 * Forgets runs that are finished, settled and below the overlap; returns their ids. Those that people touched are kept as long as
 * that is followed: forgotten, they would come back with the next look and be counted again.
 */
export function forgetRuns(
  known: Known,
  keep: { aboveId: number; tasksMax: number; touched: ReadonlySet<string> },
): { gone: number[]; reduced: KnownRun[] } {
  const gone: number[] = [];
  let tasks = 0;
  for (const run of known.runs.values()) {
    const old = run.row.id <= keep.aboveId && !keep.touched.has(keyOf(run.row));
    if (!isOpen(run.row) && run.settled && old) gone.push(run.row.id);
    else tasks += run.tasks.size;
  }
  for (const id of gone) known.runs.delete(id);
  const reduced: KnownRun[] = [];
  if (tasks <= keep.tasksMax) return { gone, reduced };
  for (const run of [...known.runs.values()].sort((a, b) => a.row.id - b.row.id)) {
    if (tasks <= keep.tasksMax) break;
    if (isOpen(run.row) || !run.settled || run.tasks.size === 0) continue;
    tasks -= run.tasks.size;
    run.baselineMs = lastMs(run);
    run.tasks = new Map();
    reduced.push(run);
  }
  return { gone, reduced };
}

/** When the last thing of a finished run happened, as far as it is known. */
function lastMs({ row, tasks }: KnownRun): number {
  let last = row.endDate?.getTime() ?? 0;
  for (const { endMs, updatedMs } of tasks.values()) last = Math.max(last, endMs ?? 0, updatedMs ?? 0);
  return last;
}

export const keyOf = ({ dagId, runId }: RunKey): string => runKey(dagId, runId);
