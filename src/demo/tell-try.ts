import { branchTaken } from './branch.ts';
import type { Engine } from './engine.ts';
import type { Attempted } from './model.ts';
import type { Ending, TryEventKind } from './try-event.ts';

/** Tells `engine.onTry` what happens to a try now. */
export function tellTry(
  engine: Engine,
  of: Attempted,
  kind: TryEventKind,
  { ending = null, willRetry = false }: { ending?: Ending | null; willRetry?: boolean } = {},
): void {
  const { run, task } = of;
  const { spec } = run.dag;
  const startMs = of.startMs ?? engine.nowMs;
  engine.onTry({
    kind,
    ending,
    willRetry,
    task,
    startMs,
    atMs: engine.nowMs,
    spellMs: of.spellMs ?? startMs,
    airflow: engine.airflow,
    dagId: spec.dagId,
    file: spec.file,
    owner: spec.owner,
    runId: run.runId,
    dateMs: run.logicalMs ?? run.runAfterMs,
    downstream: spec.tasks.filter((other) => other.upstream.includes(task.taskId)).map(({ taskId }) => taskId),
    chosen: task.kind === 'branch' ? (branchTaken(engine.seed, run, task)?.taskId ?? null) : null,
    mapIndex: of.mapIndex,
    tryNumber: of.tryNumber,
    maxTries: of.maxTries,
    uuid: of.id,
    host: of.host,
    pid: of.pid ?? 0,
    jobId: of.jobId ?? 0,
    triggerId: of.triggerId ?? 0,
    triggererId: engine.jobs.find((job) => job.type === 'TriggererJob')?.id ?? 0,
    fault: of.fault,
  });
}
