import type { AirflowRead } from '../airflow/connect.ts';
import type { Shape } from '../airflow/probe.ts';
import { readClosedTries, type ClosedTry, type TaskKey, type TaskRow } from '../airflow/read-tasks.ts';
import { asksHistory } from './closed-tries.ts';
import { judgeTask } from './judge-task.ts';
import { baselineAll, isOpen, taskKey, type KnownRun, type KnownTask } from './known.ts';
import type { PersonAction } from './marks.ts';
import { keyOf } from './plan-reads.ts';
import type { Transition } from './transition.ts';

export interface TasksJudged {
  transitions: Transition[];
  /** Task instances whose record changed, by run. */
  changed: Map<KnownRun, KnownTask[]>;
  /** Runs that were to be read in part and must now be read in full. */
  unsettled: Set<KnownRun>;
  /** Ended runs of our own time that were read in full. */
  settled: Set<KnownRun>;
  /** True when reads of changed rows were left over: the next cycle must look as far back as this one. */
  behind: boolean;
}

/** Rows that were read, with all that judging them takes. */
export interface TaskBatch {
  runs: readonly KnownRun[];
  rows: readonly TaskRow[];
  /** Earlier tries, by task instance. */
  closed: ReadonlyMap<string, readonly ClosedTry[]>;
  /** What people had done when the rows were read, by run. */
  actions: ReadonlyMap<string, readonly PersonAction[]>;
  /** True when these are the last rows of a full read. */
  settles: boolean;
}

const instanceKey = (row: TaskKey): string => `${keyOf(row)}\u0000${taskKey(row.taskId, row.mapIndex)}`;

/** The earlier tries that rows of these runs call for. */
export async function readClosed(
  read: AirflowRead,
  shape: Shape,
  { runs, rows, actions }: Pick<TaskBatch, 'runs' | 'rows' | 'actions'>,
): Promise<Map<string, ClosedTry[]>> {
  const byKey = new Map(runs.map((run) => [keyOf(run.row), run]));
  const asked = rows.filter((row) => {
    const run = byKey.get(keyOf(row));
    // History of before our time is not counted, so it is not read either.
    if (run === undefined || run.baselineMs === baselineAll) return false;
    const known = run.tasks.get(taskKey(row.taskId, row.mapIndex));
    return asksHistory(known, row, shape.triesCountFromScheduling, actions.has(keyOf(row)));
  });
  const closed = new Map<string, ClosedTry[]>();
  for (const tried of await readClosedTries(read, shape, asked)) {
    const others = closed.get(instanceKey(tried));
    if (others === undefined) closed.set(instanceKey(tried), [tried]);
    else others.push(tried);
  }
  return closed;
}

/** Judges what was read; the known states of the runs take what was found. Pure work, for when no transaction is open. */
export function judgeBatch({ runs, rows, closed, actions, settles }: TaskBatch, shape: Shape, out: TasksJudged): void {
  const byKey = new Map(runs.map((run) => [keyOf(run.row), run]));
  for (const row of rows) {
    const run = byKey.get(keyOf(row));
    if (run === undefined) continue;
    const key = taskKey(row.taskId, row.mapIndex);
    const before = run.tasks.get(key);
    const { task, transitions } = judgeTask(before, row, closed.get(instanceKey(row)) ?? [], {
      run: run.row,
      clearNumberBefore: run.clearNumberBefore,
      baselineMs: run.baselineMs,
      actions: actions.get(keyOf(row)) ?? [],
      triesCountFromScheduling: shape.triesCountFromScheduling,
    });
    out.transitions.push(...transitions);
    if (before !== undefined && isSame(before, task)) continue;
    run.tasks.set(key, task);
    // Pushed, not copied: a run may have tens of thousands.
    const others = out.changed.get(run);
    if (others === undefined) out.changed.set(run, [task]);
    else others.push(task);
  }
  if (!settles) return;
  for (const run of runs) {
    if (run.baselineMs === null && !isOpen(run.row)) out.settled.add(run);
    settle(run);
  }
}

function settle(run: KnownRun): void {
  run.settled = true;
  run.page = null;
  run.clearNumberBefore = run.row.clearNumber;
  run.baselineMs = null;
}

function isSame(a: KnownTask, b: KnownTask): boolean {
  return (
    a.state === b.state &&
    a.tryNumber === b.tryNumber &&
    a.endMs === b.endMs &&
    a.updatedMs === b.updatedMs &&
    a.counted.length === b.counted.length
  );
}
