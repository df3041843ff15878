import type { Kind } from '../../src/detect/kinds.ts';
import { afterPlatformMs, runDueMs, type Fault, type FaultKind } from './faults.ts';
import type { Played, Told } from './play.ts';
import type { LabRun, LabTry } from './timeline.ts';
import { endMs, mappedTaskId, minuteMs, scarcePool, type LabDag, type World } from './world.ts';

/** The kinds of incident that a fault should be found as, and those that may follow from it. */
export const tellsOf: Readonly<Record<FaultKind, { own: readonly Kind[]; also: readonly Kind[] }>> = {
  slow: { own: ['task_slow', 'task_running_long'], also: ['dag_late', 'pattern_broken'] },
  drift: { own: ['trend'], also: ['task_slow', 'task_running_long', 'dag_late', 'pattern_broken'] },
  level_shift: { own: ['trend'], also: ['task_slow', 'task_running_long', 'dag_late', 'pattern_broken'] },
  failure_surge: { own: ['failure_rate_high'], also: ['task_failed', 'dag_run_failed', 'dag_late'] },
  weekday_break: { own: ['pattern_broken'], also: ['task_slow', 'task_running_long', 'dag_late'] },
  mapped_count: { own: ['pattern_broken'], also: [] },
  missing_run: { own: ['dag_late'], also: [] },
  stuck_queue: { own: ['task_stuck_queued'], also: ['dag_late'] },
  pool_starvation: { own: ['pool_starved'], also: ['task_stuck_queued', 'dag_late'] },
  scheduler_death: { own: ['component_down'], also: ['task_stuck_queued', 'dag_late', 'pool_starved'] },
};

/** Runs of each DAG by their number. */
export type RunsOf = ReadonlyMap<LabDag, readonly LabRun[]>;

export const byDag = (runs: readonly LabRun[]): RunsOf =>
  new Map([...Map.groupBy(runs, ({ dag }) => dag)].map(([dag, own]) => [dag, own.toSorted((a, b) => a.index - b.index)]));

/** A fault that happened, when, and on what. */
export interface Case {
  fault: Fault;
  /** When it could be known first: the try that is slow has ended, the run was due, the scheduler died. */
  sinceMs: number;
  fromMs: number;
  /** Until then, what follows from it may be told. */
  untilMs: number;
  /** The tries whose durations it changes, or of the runs that fail. */
  tries: { run: LabRun; tried: LabTry }[];
}

/** Every fault with the tries that it has touched. */
export function casesOf(world: World, faults: readonly Fault[], runs: RunsOf): Case[] {
  return faults.map((fault): Case => {
    const { dag, firstRun, untilRun, kind } = fault;
    if (dag === null)
      return { fault, sinceMs: fault.fromMs, fromMs: fault.fromMs, untilMs: fault.toMs + afterPlatformMs, tries: [] };
    const own = runs.get(dag) ?? [];
    const touched = own.slice(firstRun, untilRun + 1);
    const tries = touched.flatMap((run) =>
      run.tries.flatMap((tried) => (fault.task === null || fault.task === tried.task ? [{ run, tried }] : [])),
    );
    const dueMs = runDueMs(world, dag, firstRun);
    const first = tries.find(({ tried }) => (kind === 'failure_surge' ? tried.failed : true))?.tried;
    const sinceMs =
      kind === 'mapped_count'
        ? (touched[0]?.endMs ?? dueMs)
        : kind === 'missing_run'
          ? dueMs
          : kind === 'stuck_queue'
            ? (first?.queuedMs ?? dueMs)
            : (first?.endMs ?? dueMs);
    const last = touched.at(-1);
    return { fault, sinceMs, fromMs: dueMs, untilMs: (last?.endMs ?? endMs(world)) + 2 * minuteMs, tries };
  });
}

/** Whether an incident may be put down to this case. */
function explains({ fault, fromMs, untilMs }: Case, { incident }: Told): boolean {
  const { kind, subject } = incident;
  const at = incident.openedAt.getTime();
  const { own, also } = tellsOf[fault.kind];
  if (at < fromMs || at > untilMs || !(own.includes(kind) || also.includes(kind))) return false;
  if (fault.dag === null) return fault.kind !== 'pool_starvation' || subject.type !== 'pool' || subject.pool === scarcePool;
  if (!('dagId' in subject) || subject.dagId !== fault.dag.dagId) return false;
  const isCount = 'taskId' in subject && subject.taskId === mappedTaskId;
  if (isCount || fault.kind === 'mapped_count') return isCount && fault.kind === 'mapped_count';
  if (!('taskId' in subject) || fault.task === null) return true;
  return subject.taskId === fault.dag.tasks[fault.task]?.taskId;
}

/** What an incident comes from: a case, a run that failed as some do, or nothing but chance. */
export type Cause = Case | 'failure' | 'chance';

/** The cause of each incident: of several cases the one whose own kind it is, else the latest. */
export function causesOf({ incidents, ended }: Played, cases: readonly Case[]): Map<Told, Cause> {
  const lastEnds = Map.groupBy(ended, ({ dag }) => dag.dagId);
  return new Map(
    incidents.map((told): [Told, Cause] => {
      const { kind } = told.incident;
      const fitting = cases.filter((each) => explains(each, told)).toSorted((a, b) => b.fromMs - a.fromMs);
      const found = fitting.find(({ fault }) => tellsOf[fault.kind].own.includes(kind)) ?? fitting[0];
      if (found !== undefined) return [told, found];
      return [told, isFailure(told, lastEnds) ? 'failure' : 'chance'];
    }),
  );
}

/** A task that failed has failed, whether we planned it or not; and its DAG is late until a run succeeds. */
function isFailure({ incident }: Told, ended: ReadonlyMap<string, readonly LabRun[]>): boolean {
  const { kind, subject, openedAt } = incident;
  if (kind === 'task_failed' || kind === 'dag_run_failed') return true;
  if (kind !== 'dag_late' || !('dagId' in subject)) return false;
  return ended.get(subject.dagId)?.findLast((run) => run.endMs <= openedAt.getTime())?.failed === true;
}
