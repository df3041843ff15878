import type { TaskSpec } from './dag.ts';
import type { Run } from './model.ts';
import { randomOf } from './random.ts';

/** The task that a branch of this run goes to; undefined when nothing comes after it. */
export function branchTaken(seed: number, run: Run, branch: TaskSpec): TaskSpec | undefined {
  const { dagId, tasks } = run.dag.spec;
  const ways = tasks.filter((task) => task.upstream.includes(branch.taskId));
  return ways.length === 0 ? undefined : randomOf(seed, 'branch', dagId, run.runId, branch.taskId).pick(ways);
}
