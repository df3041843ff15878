import type { Row } from './change.ts';
import type { DagSpec, TaskSpec } from './dag.ts';
import type { Engine } from './engine.ts';
import { md5 } from './random.ts';

const downstreamOf = (spec: DagSpec, taskId: string): string[] =>
  spec.tasks
    .filter((task) => task.upstream.includes(taskId))
    .map((task) => task.taskId)
    .sort();

function serializedTask(spec: DagSpec, task: TaskSpec, version: 1 | 3): object {
  const settings = {
    retries: task.retries,
    retry_delay: task.retryDelaySeconds,
    ...(task.pool === 'default_pool' ? {} : { pool: task.pool }),
    ...(task.queue === 'default' ? {} : { queue: task.queue }),
  };
  return {
    __type: 'operator',
    __var: {
      task_id: task.taskId,
      owner: spec.owner,
      downstream_task_ids: downstreamOf(spec, task.taskId),
      ...(version === 1 ? { _task_type: task.operator } : { task_type: task.operator }),
      _task_module: `airflow.providers.standard.operators.${task.kind}`,
      ...(task.triggerRule === 'all_success' ? {} : { trigger_rule: task.triggerRule }),
      ...(task.mapped === undefined ? settings : { _is_mapped: true, partial_kwargs: settings }),
    },
  };
}

function dependenciesOf(engine: Engine, spec: DagSpec): object[] {
  const asset = engine.airflow === '3' ? 'asset' : 'dataset';
  const waits =
    spec.schedule.kind === 'assets'
      ? spec.schedule.assets.map((name) => ({ source: asset, target: spec.dagId, dependency_type: asset, dependency_id: name }))
      : [];
  const does = spec.tasks.flatMap((task) => [
    ...task.outlets.map((name) => ({ source: spec.dagId, target: asset, dependency_type: asset, dependency_id: name })),
    ...(task.triggers === undefined
      ? []
      : [{ source: spec.dagId, target: task.triggers, dependency_type: 'trigger', dependency_id: task.taskId }]),
  ]);
  return [...waits, ...does];
}

/** A DAG as Airflow serialises it: version 3 from Airflow 3.1 on, 1 in 2.x. */
export function serializedDag(engine: Engine, spec: DagSpec): Row {
  const version = engine.airflow === '3' ? 3 : 1;
  const group = {
    _group_id: null,
    prefix_group_id: true,
    children: Object.fromEntries(spec.tasks.map((task) => [task.taskId, ['operator', task.taskId]])),
  };
  return {
    __version: version,
    dag: {
      ...(version === 1
        ? { _dag_id: spec.dagId, _task_group: group, _max_active_tasks: spec.maxActiveTasks }
        : { dag_id: spec.dagId, task_group: group, max_active_tasks: spec.maxActiveTasks }),
      fileloc: `/opt/airflow/dags/${spec.file}`,
      timezone: 'UTC',
      catchup: false,
      max_active_runs: spec.maxActiveRuns,
      tags: [...spec.tags],
      tasks: spec.tasks.map((task) => serializedTask(spec, task, version)),
      dag_dependencies: dependenciesOf(engine, spec),
      ...(spec.runTimeoutSeconds === undefined ? {} : { dagrun_timeout: spec.runTimeoutSeconds }),
    },
  };
}

/** The hash that tells Airflow whether a DAG has changed. */
export const hashOf = (engine: Engine, spec: DagSpec): string => md5(JSON.stringify(serializedDag(engine, spec)));
