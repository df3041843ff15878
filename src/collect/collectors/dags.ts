import { readDags } from '../../airflow/read-dags.ts';
import type { Collector } from '../collector.ts';

/** The DAG catalogue: owners, tags, schedule, next run, paused. */
export const dags: Collector = {
  needs: (shape) => [
    [
      'dag',
      'dag_id',
      'is_paused',
      'owners',
      'next_dagrun_create_after',
      shape.major === 3 ? 'timetable_summary' : 'schedule_interval',
      shape.major === 3 ? 'is_stale' : 'is_active',
      'fileloc',
      'has_import_errors',
    ],
  ],
  async collect({ read, shape }) {
    return { dags: await readDags(read, shape) };
  },
};
