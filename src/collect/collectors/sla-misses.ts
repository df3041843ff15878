import { readSlaMisses } from '../../airflow/read-platform.ts';
import type { Collector } from '../collector.ts';

/** SLA misses of the last days that Airflow 2 recorded; upgraded 3.x databases keep a dead table of that name, which is left alone. */
export const slaMisses: Collector = {
  needs: (shape) => (shape.major === 3 ? null : [['sla_miss', 'dag_id', 'task_id', 'execution_date', 'timestamp']]),
  async collect({ read }) {
    return { slaMisses: await readSlaMisses(read) };
  },
};
