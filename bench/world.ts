import { dag, every, task, type World } from '../src/demo/dag.ts';

/** How a simulated deployment is laid out. */
export interface Layout {
  dags: number;
  tasksPerDag: number;
  /** Every DAG runs once in this time, each at a minute of its own. */
  periodSeconds: number;
  medianSeconds: number;
}

export const dagIdOf = (index: number): string => `team_${index % 7}_pipeline_${String(index).padStart(3, '0')}`;
export const taskIdOf = (index: number): string => `load_partition_${index}`;

/** Many DAGs of one shape: chains of tasks, spread over their period, so that about the same number is always under way. */
export function benchWorld({ dags, tasksPerDag, periodSeconds, medianSeconds }: Layout): World {
  const tasks = Array.from({ length: tasksPerDag }, (_, index) =>
    task(taskIdOf(index), index === 0 ? [] : [taskIdOf(index - 1)], { medianSeconds, spread: 0.3, failRate: 0.01 }),
  );
  return {
    parallelism: dags * tasksPerDag,
    hosts: ['airflow-worker-0.airflow-worker', 'airflow-worker-1.airflow-worker', 'airflow-worker-2.airflow-worker'],
    pools: [{ pool: 'default_pool', slots: dags * tasksPerDag, description: 'Default pool', includeDeferred: false }],
    assets: [],
    dags: Array.from({ length: dags }, (_, index) =>
      dag(dagIdOf(index), every(periodSeconds, Math.floor((index * periodSeconds) / dags), '0 * * * *', 'Once an hour'), tasks, {
        owner: `team-${index % 7}`,
        tags: ['benchmark', `tier-${index % 3}`],
      }),
    ),
  };
}
