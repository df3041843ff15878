import { iso } from './change.ts';
import { nextId, type Engine } from './engine.ts';
import type { Attempted, Run } from './model.ts';

/** A producer succeeded: an event of each asset, and a run of every DAG that waits for it alone or last. */
export function updateAssets(engine: Engine, of: Attempted): void {
  const { event, queue, key } = engine.shape.assetTables;
  const { run, task, mapIndex } = of;
  for (const name of task.outlets) {
    const assetId = engine.assetIds.get(name);
    if (assetId === undefined) continue;
    const id = nextId(engine, event);
    const at = iso(engine.nowMs);
    const row = {
      id,
      [key]: assetId,
      extra: {},
      source_task_id: task.taskId,
      source_dag_id: run.dag.spec.dagId,
      source_run_id: run.runId,
      source_map_index: mapIndex,
      timestamp: at,
      ...(engine.airflow === '3' ? { partition_key: null } : {}),
    };
    engine.sink.insert(event, String(id), () => row);
    for (const dag of engine.dags.values()) {
      const { schedule, dagId, paused } = dag.spec;
      if (schedule.kind !== 'assets' || paused || !schedule.assets.includes(name)) continue;
      const queued = { [key]: assetId, target_dag_id: dagId, created_at: at };
      if (!dag.waiting.has(name)) engine.sink.insert(queue, `${assetId}|${dagId}`, () => queued);
      dag.waiting.set(name, id);
      if (schedule.assets.every((asset) => dag.waiting.has(asset))) {
        engine.queue.push(engine.nowMs + 300 + Math.floor(engine.uuids.next() * 1500), {
          kind: 'create',
          dag,
          type: 'asset',
          user: null,
        });
      }
    }
  }
}

/** A run takes the events that it waited for. */
export function consumeAssets(engine: Engine, run: Run): void {
  const { ofRun, queue, key } = engine.shape.assetTables;
  const { dag } = run;
  for (const [name, eventId] of dag.waiting) {
    const assetId = engine.assetIds.get(name) ?? 0;
    engine.sink.remove(queue, `${assetId}|${dag.spec.dagId}`, () => ({ [key]: assetId, target_dag_id: dag.spec.dagId }));
    const row = { dag_run_id: run.id, event_id: eventId };
    engine.sink.insert(ofRun, `${run.id}|${eventId}`, () => row);
  }
  dag.waiting.clear();
}
