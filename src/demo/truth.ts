export const taskOutcomes = ['success', 'failure', 'retry', 'skipped', 'upstream_failed', 'marked'] as const;
export type TaskOutcome = (typeof taskOutcomes)[number];
export const runOutcomes = ['run_success', 'run_failure', 'run_marked'] as const;
export type RunOutcome = (typeof runOutcomes)[number];

/** What has truly happened: exact counts by `dag` or `dag.task` and outcome. */
export interface GroundTruth {
  tasks: ReadonlyMap<string, Readonly<Record<TaskOutcome, number>>>;
  runs: ReadonlyMap<string, Readonly<Record<RunOutcome, number>>>;
}

export interface TruthCounter {
  task(dagId: string, taskId: string, outcome: TaskOutcome): void;
  run(dagId: string, outcome: RunOutcome): void;
  read(): GroundTruth;
}

const noTask = (): Record<TaskOutcome, number> => ({
  success: 0,
  failure: 0,
  retry: 0,
  skipped: 0,
  upstream_failed: 0,
  marked: 0,
});
const noRun = (): Record<RunOutcome, number> => ({ run_success: 0, run_failure: 0, run_marked: 0 });

function bump<Name extends string>(
  counts: Map<string, Record<Name, number>>,
  key: string,
  zero: () => Record<Name, number>,
  name: Name,
): void {
  const found = counts.get(key) ?? zero();
  found[name] += 1;
  counts.set(key, found);
}

const copy = <Counts extends object>(counts: ReadonlyMap<string, Counts>): Map<string, Counts> =>
  new Map([...counts].map(([key, value]) => [key, { ...value }]));

export function createTruth(): TruthCounter {
  const tasks = new Map<string, Record<TaskOutcome, number>>();
  const runs = new Map<string, Record<RunOutcome, number>>();
  return {
    task: (dagId, taskId, outcome) => bump(tasks, `${dagId}.${taskId}`, noTask, outcome),
    run: (dagId, outcome) => bump(runs, dagId, noRun, outcome),
    read: () => ({ tasks: copy(tasks), runs: copy(runs) }),
  };
}

/** What happened between two readings. */
export function truthSince(before: GroundTruth, after: GroundTruth): GroundTruth {
  const tasks = copy(after.tasks) as Map<string, Record<TaskOutcome, number>>;
  const runs = copy(after.runs) as Map<string, Record<RunOutcome, number>>;
  for (const [key, counts] of before.tasks) for (const name of taskOutcomes) (tasks.get(key) ?? noTask())[name] -= counts[name];
  for (const [key, counts] of before.runs) for (const name of runOutcomes) (runs.get(key) ?? noRun())[name] -= counts[name];
  return { tasks, runs };
}
