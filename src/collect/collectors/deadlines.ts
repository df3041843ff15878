import { readDeadlines } from '../../airflow/read-platform.ts';
import type { Collector } from '../collector.ts';

/** Deadline alerts of 3.1 and later: pending, overdue (due, not marked by a scheduler yet) and missed, by DAG. */
export const deadlines: Collector = {
  // 3.0 has a table of that name with other columns, not yet in use.
  needs: (shape) =>
    shape.major === 2 || (shape.has('deadline', 'id') && !shape.has('deadline', 'deadline_time'))
      ? null
      : [['deadline', 'dagrun_id', 'deadline_time']],
  async collect({ read, shape }) {
    return { deadlines: await readDeadlines(read, shape) };
  },
};
