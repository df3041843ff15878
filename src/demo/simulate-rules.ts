import { branchTaken } from './branch.ts';
import { saveTask, type Engine } from './engine.ts';
import { faultOn } from './faults.ts';
import { instancesOf, isTerminal, keyOf, type Attempted, type Run } from './model.ts';
import { randomOf } from './random.ts';
import { endByRule, endEmpty, newTask, scheduleTask } from './simulate-tasks.ts';

type Verdict = 'run' | 'wait' | 'skipped' | 'upstream_failed';

/** What a trigger rule says of a task whose upstream instances are in these states. */
function judge(of: Attempted, upstream: readonly Attempted[]): Verdict {
  const failed = upstream.some(({ state }) => state === 'failed' || state === 'upstream_failed');
  const done = upstream.every(({ state }) => isTerminal(state));
  switch (of.task.triggerRule) {
    case 'all_done':
      return done ? 'run' : 'wait';
    case 'all_success':
      if (failed) return 'upstream_failed';
      if (upstream.some(({ state }) => state === 'skipped')) return 'skipped';
      return done ? 'run' : 'wait';
    case 'none_failed_min_one_success':
      if (failed) return 'upstream_failed';
      if (!done) return 'wait';
      return upstream.some(({ state }) => state === 'success') ? 'run' : 'skipped';
  }
}

/** Decides on every task without a state; true when one changed. */
export function decideTasks(engine: Engine, run: Run): boolean {
  let changed = false;
  for (const of of instancesOf(run)) {
    if (of.state !== null) continue;
    const upstream = of.task.upstream.flatMap((taskId) => run.tasks.get(taskId) ?? []);
    const verdict = notTaken(engine, of, upstream) ? 'skipped' : judge(of, upstream);
    if (verdict === 'wait') continue;
    changed = true;
    if (verdict !== 'run') endByRule(engine, of, verdict);
    else if (of.task.kind === 'empty') endEmpty(engine, of);
    else if (of.task.mapped !== undefined && of.mapIndex === -1) expand(engine, of);
    else scheduleTask(engine, of);
  }
  return changed;
}

/** Whether a branch before this task went another way. */
function notTaken(engine: Engine, of: Attempted, upstream: readonly Attempted[]): boolean {
  const branch = upstream.find((other) => other.task.kind === 'branch' && other.state === 'success');
  if (branch === undefined) return false;
  return branchTaken(engine.seed, of.run, branch.task) !== of.task;
}

/** A mapped task meets its items: the row without index becomes the first one, the others come in. */
function expand(engine: Engine, of: Attempted): void {
  const { run, task } = of;
  const { min, max } = task.mapped ?? { min: 1, max: 1 };
  const random = randomOf(engine.seed, 'map', run.dag.spec.dagId, run.runId, task.taskId);
  const weekday = run.dag.spec.weekday[new Date(run.runAfterMs).getUTCDay()] ?? 1;
  const surge = faultOn(engine, 'surge') !== undefined ? 2 : 1;
  const count = Math.round(random.between(min, max) * weekday * surge);
  if (count === 0) {
    endByRule(engine, of, 'skipped', false);
    return;
  }
  const { dagId } = run.dag.spec;
  engine.sink.remove('task_instance', keyOf(of), () => ({
    dag_id: dagId,
    run_id: run.runId,
    task_id: task.taskId,
    map_index: -1,
  }));
  const instances = [of];
  of.mapIndex = 0;
  for (let index = 1; index < count; index += 1) instances.push(newTask(engine, run, task, index));
  run.tasks.set(task.taskId, instances);
  for (const each of instances) saveTask(engine, each, 'insert');
  for (const each of instances) scheduleTask(engine, each);
}
