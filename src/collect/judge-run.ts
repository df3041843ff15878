import type { RunRow } from '../airflow/read-runs.ts';
import type { KnownRun } from './known.ts';
import { markOf, type PersonAction } from './marks.ts';
import type { Transition } from './transition.ts';

// A clear gives a new number (2.8+) and a new start; `end_date` moves by itself in 2.x.
const cycleOf = (row: RunRow): string => `@${row.clearNumber}@${row.startDate?.getTime() ?? 0}`;

/** The end of a finished run, told apart from its ends in other clear cycles; null while it is open. */
export const endOf = (row: RunRow): string | null =>
  row.state === 'success' || row.state === 'failed' ? `${row.state}${cycleOf(row)}` : null;

/** What happened to a run since the last look; pure. Returns the parts of `KnownRun` that it decides. */
export function judgeRun(
  known: Pick<KnownRun, 'row' | 'started' | 'endCounted' | 'baselineMs'> | undefined,
  row: RunRow,
  actions: readonly PersonAction[],
): { started: boolean; endCounted: string | null; transitions: Transition[] } {
  const transitions: Transition[] = [];
  const ref = {
    dagId: row.dagId,
    runPk: row.id,
    runId: row.runId,
    runType: row.runType,
    logicalDate: row.logicalDate,
    dueAt: row.dueAt,
  };
  const baselineMs = known?.baselineMs ?? null;
  let started = known?.started ?? false;
  if (!started && row.startDate !== null) {
    started = true;
    // A cleared run starts again long after it was due: only its first start tells the schedule's delay.
    const ours = baselineMs === null && row.clearNumber === 0;
    const delaySeconds =
      row.runType === 'scheduled' && row.dueAt !== null ? (row.startDate.getTime() - row.dueAt.getTime()) / 1000 : null;
    if (ours)
      transitions.push({ kind: 'run_started', ...ref, delaySeconds: delaySeconds === null ? null : Math.max(0, delaySeconds) });
  }
  const endCounted = known?.endCounted ?? null;
  const end = endOf(row);
  if (end === null) return { started, endCounted: null, transitions };
  if (end === endCounted) return { started, endCounted, transitions };
  // One finished state after the other without a clear: a person's doing, whatever end it left in the row.
  const overruled = endCounted?.endsWith(cycleOf(row)) === true;
  if (overruled || baselineMs === null || (row.endDate?.getTime() ?? 0) > baselineMs) {
    const runActions = actions.filter(({ kind }) => kind === 'mark_run');
    const byPerson = overruled || markOf({ ...row, taskId: '', mapIndex: -1, updatedAt: null }, runActions) === 'set_state';
    const ended = { kind: 'run_ended', ...ref, startedAt: row.startDate, endedAt: row.endDate } as const;
    // It ended by itself and a person set another state, all since the last look: what they set is what it was not.
    const changed =
      !byPerson && runActions.some(({ at }) => row.endDate !== null && at > row.endDate && at <= (row.updatedAt ?? 0));
    const [state, other] = row.state === 'success' ? (['success', 'failed'] as const) : (['failed', 'success'] as const);
    if (changed) transitions.push({ ...ended, state: other, byPerson: false });
    transitions.push({ ...ended, state, byPerson: byPerson || changed });
  }
  return { started, endCounted: end, transitions };
}
